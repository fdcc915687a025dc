// This tab's line: shared by a SharedWorker if one answers, else its own, and closed while the tab is hidden.

import { close, listen, resume, wake } from "./line.js";

// Ms within which a worker answers; its script has to be loaded first.
const SILENCE = 10_000;
// Ms between checks of the worker, since browsers end workers.
const CHECK = 60_000;

let port, timer, isHere = true;

export function connect(tell, version) {
  listen(tell);
  try {
    // The version gives a newer page a newer worker.
    const worker = new SharedWorker("worker.js?" + version, { type: "module" });
    worker.onerror = part;
    port = worker.port;
    port.onmessage = ({ data }) => {
      clearTimeout(timer);
      if (data[0] === "pictures") resume(data[1]);
      tell(...data);
    };
  } catch {}
  look();
  addEventListener("visibilitychange", () => look());
  for (const name of ["online", "offline"]) addEventListener(name, () => look(true));
  addEventListener("pagehide", leave);
  addEventListener("pageshow", () => {
    isHere = true;
    look();
  });
  setInterval(() => document.hidden || look(), CHECK);
}

// A page that was left may stay in the browser's cache, with its worker's timers standing still.
function leave() {
  isHere = false;
  clearTimeout(timer);
  port ? port.postMessage({ isGone: true }) : close();
}

// Called when the tab was shown or hidden, or when the line may be dead.
export function look(anew) {
  if (!isHere) return;
  const isSeen = !document.hidden;
  clearTimeout(timer);
  if (!port) return isSeen ? wake(anew) : close();
  if (isSeen) timer = setTimeout(part, SILENCE);
  port.postMessage({ isSeen, anew });
}

function part() {
  port?.postMessage({});
  port = null;
  look();
}
