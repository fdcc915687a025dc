// Hangs pictures: each is loaded and decoded out of sight, then cross-faded over the one before. The newest wins,
// whatever order they load in.

import { brokenPicture } from "./words.js";

const LOAD_TIMEOUT = 30_000;
const FADE = 1400;

const stillness = matchMedia("(prefers-reduced-motion: reduce)");

export class Wall {
  #element;
  #events;
  #next = null;
  #image = null;

  // `events` has `shown(picture)` and `broken(words)`.
  constructor(element, events) {
    this.#element = element;
    this.#events = events;
  }

  hang(picture) {
    this.#next = picture;
    this.#image?.removeAttribute("src");
    this.#image = null;
    // A replay brings many pictures in one go; only the last of them is worth loading.
    setTimeout(() => this.wake());
  }

  // Nothing is loaded while nobody looks; call this when somebody does again.
  wake() {
    if (this.#next && !this.#image && !document.hidden) this.#load(this.#next);
  }

  async #load(picture) {
    const image = new Image();
    this.#image = image;
    this.#element.ariaBusy = true;
    image.alt = picture.title || picture.keyword;
    image.src = picture.url;
    const isDecoded = await decoded(image);
    if (picture !== this.#next) return;
    this.#next = null;
    this.#image = null;
    this.#element.ariaBusy = false;
    if (!isDecoded) return this.#events.broken(brokenPicture(picture.keyword));
    this.#fadeIn(image);
    this.#events.shown(picture);
  }

  #fadeIn(image) {
    this.#element.append(image);
    const fade = image.animate({ opacity: [0, 1] }, { duration: stillness.matches ? 0 : FADE, easing: "ease-in-out" });
    fade.onfinish = () => {
      while (image.previousSibling) image.previousSibling.remove();
    };
  }
}

function decoded(image) {
  const late = new Promise((resolve) => setTimeout(resolve, LOAD_TIMEOUT, false));
  const decode = image.decode().then(
    () => true,
    () => false,
  );
  return Promise.race([decode, late]);
}
