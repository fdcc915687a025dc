// The operator's view of the loop: draws each look that the server sends.

import { drawConnections } from "./connections.js";
import { listen, showPace } from "./control.js";
import { drawRing } from "./ring.js";
import { drawLengths, drawTurns, note } from "./turns.js";
import { drawWheel } from "./wheel.js";

/// Users who want little motion get a drawing a second.
const CALM = 1000;

const find = (name) => document.querySelector(name);
const calm = matchMedia("(prefers-reduced-motion: reduce)");
const stream = new EventSource("loop/events");
let look;
let drawn = 0;

listen(find("#controls"));
stream.addEventListener("open", () => tell("live"));
stream.addEventListener("error", () => tell("no connection, trying again"));
stream.addEventListener("loop", ({ data }) => {
  const isFirst = !look;
  look = JSON.parse(data);
  note(look);
  if (isFirst) requestAnimationFrame(frame);
});

/// Draws the newest look, once for each frame of the screen at most.
function frame(now) {
  if (look.isDrawn !== true && (!calm.matches || now - drawn > CALM)) {
    drawn = now;
    look.isDrawn = true;
    drawAll();
  }
  requestAnimationFrame(frame);
}

function drawAll() {
  const viewers = look.viewers === 1 ? "1 viewer" : `${look.viewers} viewers`;
  find("#numbers").textContent = `turn ${look.turn} · ${look.connections} connections · ${viewers}`;
  showPace(find("#controls"), look);
  drawTurns(find("#turns"));
  drawLengths(find("#lengths"), look);
  drawRing(find("#ring"), look);
  drawWheel(find("#wheel"), look);
  drawConnections(find("#connections"), look);
}

function tell(state) {
  const place = find("#state");
  if (place.textContent !== state) place.textContent = state;
}
