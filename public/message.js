// The one line in which the page speaks to whoever types, with a countdown where waiting helps.

import { countdown } from "./words.js";

// Long enough to be read twice; a frame should not show yesterday's error.
const STAYS = 15_000;

export class Message {
  #words;
  #countdown;
  #timer = 0;

  constructor(words, countdown) {
    this.#words = words;
    this.#countdown = countdown;
  }

  // Stays until something else is said.
  hold(words) {
    this.clear();
    this.#words.textContent = words;
  }

  say(words, seconds = 0) {
    this.hold(words);
    if (seconds > 0) this.#count(Date.now() + seconds * 1000);
    else this.#clearLater();
  }

  clear() {
    clearTimeout(this.#timer);
    this.#words.textContent = "";
    this.#countdown.textContent = "";
  }

  #count(deadline) {
    const seconds = Math.ceil((deadline - Date.now()) / 1000);
    this.#countdown.textContent = countdown(seconds);
    if (seconds > 0) this.#timer = setTimeout(() => this.#count(deadline), 1000);
    else this.#clearLater();
  }

  #clearLater() {
    this.#timer = setTimeout(() => this.clear(), STAYS);
  }
}
