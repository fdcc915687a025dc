// This tab's end of the line: shared with others where a SharedWorker answers, else its own, given up while hidden.

import { close, listen, resume, wake } from "./line.js";

// A worker's script has to come first.
const SILENCE = 10_000;
// Browsers end workers, too.
const CHECK = 60_000;

let port, timer, isHere = true;

export function connect(tell, version) {
  listen(tell);
  try {
    // A newer page has a newer worker.
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
  addEventListener("pageshow", arrive);
  setInterval(() => document.hidden || look(), CHECK);
}

function arrive() {
  isHere = true;
  look();
}

// The browser may keep a page that is left, for long, with its worker's timers standing still.
function leave() {
  isHere = false;
  clearTimeout(timer);
  port ? port.postMessage({ isGone: true }) : close();
}

// The tab may have been shown or hidden, or the line be dead.
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
