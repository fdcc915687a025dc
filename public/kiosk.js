// A screen on a wall (`?kiosk`): no controls, the keyword for a moment with the page's address for phones, a dark night.

import { byId } from "./publish.js";
import { text } from "./wall.js";
import { words } from "./words.js";

const page = document.body;
const caption = byId("caption");
const options = new URLSearchParams(location.search);
// Two hours as in `dim=22-7`: the screen is dim from the first to the second.
const [from, to] = (options.get("dim") ?? "").split("-").map(Number);
const address = location.origin + location.pathname;
// Said once.
const notes = isSecureContext ? [] : [text("small", words.say("dark"))];
let corner = 0;

page.classList.add("kiosk");
page.classList.toggle("calm", options.has("still"));

// Writing that stands still burns into a screen, so each picture has its credit in another corner.
new MutationObserver(() => {
  page.dataset.corner = corner++ % 2;
  const code = Object.assign(new Image(), { alt: address, src: `qr.svg?text=${encodeURIComponent(address)}` });
  caption.firstChild.append(...notes.splice(0), code);
}).observe(caption, { childList: true });

// Dims the screen at its hours, and moves writing by three pixels a minute at most.
function tend() {
  const hour = new Date().getHours();
  page.classList.toggle("dim", (hour - from + 24) % 24 < (to - from + 24) % 24);
  const minutes = performance.now() / 60_000;
  for (const { style } of [caption, byId("credit")]) style.translate = `${15 * Math.sin(minutes / 7)}px ${15 * Math.cos(minutes / 9)}px`;
}
setInterval(tend, 60_000);
tend();

// The browser takes the lock back when the page is hidden.
export const stayAwake = () => navigator.wakeLock?.request("screen").catch(() => {});
