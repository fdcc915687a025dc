// Hangs pictures: each is loaded and decoded out of sight, then cross-faded over what hung there before. The newest
// wins, whatever order they load in.

import { describe } from "./label.js";
import { say } from "./message.js";
import { brokenPicture } from "./words.js";

const FADE = 1400;

const wall = document.getElementById("wall");
const stillness = matchMedia("(prefers-reduced-motion: reduce)");
let next = null;
let loading = null;

export function hang(picture) {
  next = picture;
  loading?.removeAttribute("src");
  loading = null;
  // A replay brings many pictures in one go, and only the last of them is worth loading.
  setTimeout(look);
}

// Nothing is loaded while nobody looks. To be called when somebody does again or the network is back, which is also a
// second chance for a picture that failed.
export function look() {
  if (next && !loading && !document.hidden) load(next);
}

async function load(picture) {
  const image = new Image();
  loading = image;
  wall.ariaBusy = true;
  image.alt = picture.title || picture.keyword;
  image.src = picture.url;
  const isDecoded = await image.decode().then(() => true, () => false);
  if (picture !== next) return;
  loading = null;
  wall.ariaBusy = false;
  if (!isDecoded) return say(brokenPicture(picture.keyword));
  next = null;
  fadeIn(image);
  describe(picture);
}

function fadeIn(image) {
  wall.append(image);
  const fade = image.animate({ opacity: [0, 1] }, { duration: stillness.matches ? 0 : FADE, easing: "ease-in-out" });
  fade.onfinish = () => {
    while (image.previousSibling) image.previousSibling.remove();
  };
}
