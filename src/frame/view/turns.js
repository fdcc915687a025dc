// The turns: a bar for each, and the histogram of their lengths.

import { draw, fill, nanos, shape } from "./dom.js";

/// The parts of a bar, each with the steps that it stands for.
const PARTS = {
  serve: ["serve", "tell_ends", "read_on"],
  deliver: ["deliver"],
  expire: ["expire"],
  accept: ["accept"],
  sweep: ["turn", "bury"],
};
const BARS = 100;
const WIDTH = 600;
const AXIS = 150;
const BELOW = 60;

let shown = [];
let first;

/// Keeps the turns of a look.
export function note({ steps, turns, lengths }) {
  first ??= lengths;
  const made = turns.map(([number, events, took]) => {
    const sum = (names) => names.reduce((total, name) => total + took[steps.indexOf(name)], 0);
    const parts = Object.entries(PARTS).map(([name, names]) => [name, sum(names)]);
    const work = parts.reduce((total, [, length]) => total + length, 0);
    return { number, events, wait: sum(["wait"]), parts, work };
  });
  shown = [...shown, ...made].slice(-BARS);
}

/// Draws the last turns.
export function drawTurns(section) {
  const last = shown.at(-1);
  const words = last
    ? `The last ${shown.length} turns. Turn ${last.number} waited ${nanos(last.wait)} and worked ${nanos(last.work)}.`
    : "No turn yet.";
  const width = WIDTH / BARS;
  const bars = shown.flatMap((turn, at) => bar(turn, WIDTH - (shown.length - at) * width, width * 0.8));
  draw(section.querySelector("svg"), words, [...scale(), ...bars]);
  if (!section.querySelector("li")) legend(section.querySelector("ul"));
  if (section.querySelector("details").open) tabulate(section.querySelector("table"));
}

/// The height of a length on a logarithmic scale from a microsecond to ten seconds.
function height(length, most) {
  return (most * Math.log10(Math.max(length / 1e3, 1))) / 7;
}

/// The lines of the scale.
function scale() {
  const lines = [1e4, 1e5, 1e6, 1e7, 1e8].map((length) => [AXIS - height(length, AXIS), bound(nanos(length))]);
  const [second, name] = [AXIS + height(1e9, BELOW), bound(nanos(1e9))];
  return [...lines, [AXIS, ""], [second, name]].flatMap(([y, words]) => [
    shape("path", { class: "line", d: `M0 ${y}H${WIDTH}` }),
    shape("text", { class: "soft start", y: y - 2 }, words),
  ]);
}

function bar({ wait, parts, work }, x, width) {
  const whole = height(work, AXIS);
  let top = AXIS;
  const up = parts.filter(([, length]) => length > 0).map(([name, length]) => {
    const part = (whole * length) / work;
    top -= part;
    return shape("rect", { class: name, x, y: top.toFixed(2), width, height: part.toFixed(2) });
  });
  return [...up, shape("rect", { class: "wait", x, y: AXIS, width, height: height(wait, BELOW).toFixed(2) })];
}

function legend(list) {
  for (const name of ["wait", ...Object.keys(PARTS)]) {
    const entry = list.appendChild(document.createElement("li"));
    entry.appendChild(document.createElement("span")).className = name;
    entry.append(name);
  }
}

function tabulate(table) {
  const columns = ["turn", "events", "wait", ...Object.keys(PARTS), "all work"];
  const rows = shown.slice(-20).reverse().map(({ number, events, wait, parts, work }) => [
    number, events, nanos(wait), ...parts.map(([, length]) => nanos(length)), nanos(work),
  ]);
  fill(table, columns, rows);
}

/// Draws the histogram of the turns since the page was opened.
export function drawLengths(section, { lengths }) {
  const counts = lengths.map(([bound, count], at) => [bound, Math.max(count - first[at][1], 0)]);
  const all = counts.reduce((total, [, count]) => total + count, 0);
  const most = Math.max(...counts.map(([, count]) => count), 1);
  const names = counts.map(([bound]) => (bound === null ? "more" : nanos(bound * 1e9)));
  const width = WIDTH / counts.length;
  const bars = counts.flatMap(([, count], at) => {
    const [middle, tall] = [(at + 0.5) * width, (count / most) * 150];
    return [
      shape("rect", { class: "serve", x: at * width + 3, y: 180 - tall, width: width - 6, height: tall }),
      shape("text", { x: middle, y: 174 - tall }, count ? short(count) : ""),
      shape("text", { class: "soft", x: middle, y: at % 2 ? 212 : 197 }, bound(names[at])),
    ];
  });
  const fullest = names[counts.findIndex(([, count]) => count === most)] ?? "none";
  draw(section.querySelector("svg"), `${all} turns. Most of them took up to ${fullest}.`, bars);
  if (section.querySelector("details").open) {
    fill(section.querySelector("table"), ["up to", "turns"], counts.map(([, count], at) => [names[at], count]));
  }
}

/// A bound without the digits that say nothing.
function bound(name) {
  return name.replace(".0 ", " ").replace(" ", "\u00a0");
}

function short(count) {
  return count < 10_000 ? `${count}` : `${Math.round(count / 1000)}k`;
}
