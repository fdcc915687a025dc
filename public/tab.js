// This tab's end of the line: shared with the other tabs where there is a SharedWorker; where there is none, or it is
// silent, the tab's own, given up while it is hidden.

import { close, listen, wake } from "./line.js";

// A worker answers at once, but its script has to come first.
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
      tell(...data);
    };
  } catch {
    // Then alone.
  }
  look();
  for (const name of ["visibilitychange", "pageshow"]) addEventListener(name, () => look());
  addEventListener("online", () => look(true));
  setInterval(() => document.hidden || look(), CHECK);
}

// For when the tab may have been shown or hidden, or the line may be dead.
export function look(isDoubtful) {
  const isSeen = !document.hidden;
  clearTimeout(timer);
  if (!port) return isSeen ? wake(isDoubtful) : close();
  if (isSeen) timer = setTimeout(part, SILENCE);
  port.postMessage({ isSeen, isDoubtful });
}

function part() {
  port?.postMessage({});
  port?.close();
  port = null;
  look();
}
