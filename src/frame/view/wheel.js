// The timer wheel: the entries of the next seconds, around the hand.

import { draw, fill, point, seconds, shape } from "./dom.js";

const RADIUS = 90;

/// Draws the wheel.
export function drawWheel(section, { wheel: { span, entries, buckets } }) {
  const spokes = Array.from({ length: 20 }, (_, at) => at / 20).map((part) =>
    shape("path", { class: "line", d: `M${point(part, RADIUS - 4)}L${point(part, RADIUS + 4)}` }));
  const numbers = [5, 10, 15].map((at) => {
    const [x, y] = point((at * 1000) / span, RADIUS + 16);
    return shape("text", { class: "soft", x, y: Number(y) + 4 }, `${at} s`);
  });
  const dots = buckets.flatMap(([until, sockets, alarms]) => [
    dot(until / span, RADIUS, sockets, "serve"),
    dot(until / span, RADIUS - 18, alarms, "sweep"),
  ]);
  const next = buckets[0] ? ` The next comes up in ${seconds(buckets[0][0])}.` : "";
  draw(section.querySelector("svg"), `The wheel has ${entries} entries.${next}`, [
    shape("circle", { class: "line", r: RADIUS }),
    ...spokes,
    ...numbers,
    shape("path", { class: "hand", d: `M0 0V${-RADIUS - 8}` }),
    ...dots.filter(Boolean),
    shape("text", { y: 28 }, entries),
    shape("text", { class: "soft", y: 43 }, entries === 1 ? "entry" : "entries"),
  ]);
  if (section.querySelector("details").open) {
    const rows = buckets.map(([until, sockets, alarms]) => [seconds(until), sockets, alarms]);
    fill(section.querySelector("table"), ["in", "connections", "alarms"], rows);
  }
}

function dot(part, radius, count, name) {
  const [cx, cy] = point(part, radius);
  return count > 0 && shape("circle", { class: name, cx, cy, r: Math.min(2.5 + Math.log2(count), 9).toFixed(1) });
}
