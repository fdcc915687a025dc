// This tab's end of the line: shared with others where a SharedWorker answers, else its own, given up while hidden.

import { close, listen, resume, wake } from "./line.js";

// A worker's script has to come first.
const SILENCE = 10_000;
// Browsers end workers, too.
const CHECK = 60_000;

let port, timer;

export function connect(tell) {
  listen(tell);
  try {
    const worker = new SharedWorker("/worker.js", { type: "module" });
    worker.onerror = part;
    port = worker.port;
    port.onmessage = ({ data }) => {
      clearTimeout(timer);
      if (data[0] === "pictures") resume(data[1]);
      tell(...data);
    };
  } catch {}
  look();
  for (const name of ["visibilitychange", "pageshow", "online"]) addEventListener(name, () => look(name === "online"));
  setInterval(() => document.hidden || look(), CHECK);
}

// The tab may have been shown or hidden, or the line be dead.
export function look(anew) {
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
