// The ring of a channel, with the cursors of the connections that are shown.

import { arc, draw, fill, point, shape } from "./dom.js";

const RADIUS = 80;

/// Draws the first ring.
export function drawRing(section, { rings, rows }) {
  const ring = rings[0];
  if (!ring) return;
  const { name, capacity, oldest, held, lengths, number, subscribers } = ring;
  const next = oldest + held;
  const cursors = new Map();
  for (const { cursor, slot } of rows) {
    if (cursor?.ring === number) cursors.set(cursor.next, [...(cursors.get(cursor.next) ?? []), slot]);
  }
  const words = `Channel ${name} holds ${held} of ${capacity} events and has ${subscribers} subscribers. ` +
    `The cursors shown stand at ${cursors.size} places.`;
  const part = (event) => (((event % capacity) + capacity) % capacity) / capacity;
  const events = lengths.map((length, at) => piece(part(next - lengths.length + at), capacity, length));
  const marks = [...cursors].map(([event, slots]) => mark(part(event), slots.length, event === next));
  draw(section.querySelector("svg"), words, [
    shape("circle", { class: "line", r: RADIUS, "stroke-width": 16 }),
    ...events,
    shape("path", { class: "hand", d: `M${point(part(next), RADIUS - 14)}L${point(part(next), RADIUS + 14)}` }),
    ...marks.flat(),
    shape("text", { y: -4 }, `${held} of ${capacity}`),
    shape("text", { class: "soft", y: 12 }, "events held"),
  ]);
  if (section.querySelector("details").open) {
    const places = [...cursors].map(([event, slots]) => [event, next - event, slots.join(", ")]);
    fill(section.querySelector("table"), ["next event", "behind", "slots:"], places);
  }
}

/// An event of the ring; a longer event is a darker one.
function piece(from, capacity, length) {
  const gap = Math.min(0.25 / capacity, 0.002);
  const opacity = Math.min(0.45 + length / 2000, 1).toFixed(2);
  const d = arc(from, 1 / capacity - gap, RADIUS);
  return shape("path", { class: "event", d, opacity, "stroke-width": 16 });
}

/// The cursors that stand at a place.
function mark(part, count, isLive) {
  const [[x, y], [u, v]] = [point(part, RADIUS + 18), point(part, RADIUS + 34)];
  const size = Math.min(3 + Math.sqrt(count), 9);
  return [
    shape("circle", { class: isLive ? "deliver" : "expire", cx: x, cy: y, r: size.toFixed(1) }),
    shape("text", { x: u, y: Number(v) + 4 }, count),
  ];
}
