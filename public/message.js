// The line in which the page speaks to whoever types, with a countdown where waiting helps.

import { countdown } from "./words.js";

// Time to read it twice; a frame should not show yesterday's error.
const STAYS = 15_000;

const words = document.getElementById("words");
const clock = document.getElementById("countdown");
let timer = 0;

// Stays until something else is said, or "".
export function hold(text) {
  clearTimeout(timer);
  words.textContent = text;
  clock.textContent = "";
}

// Takes `text` back, unless something newer was said meanwhile.
export function release(text) {
  if (words.textContent === text) hold("");
}

export function say(text, seconds = 0) {
  hold(text);
  if (seconds) count(Date.now() + seconds * 1000);
  else timer = setTimeout(hold, STAYS, "");
}

function count(deadline) {
  const seconds = Math.ceil((deadline - Date.now()) / 1000);
  clock.textContent = countdown(seconds);
  timer = seconds > 0 ? setTimeout(count, 1000, deadline) : setTimeout(hold, STAYS, "");
}
