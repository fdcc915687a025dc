// Hangs pictures: loads one at a time out of sight, then fades it in over the picture before, with its credit.

import { scaleOf } from "./picture.js";
import { arrived, byId, keyword, lost } from "./publish.js";
import { plain, words } from "./words.js";

// Ms for which a picture may go on loading while a newer picture waits.
const PATIENCE = 3000;
// Ms without a new picture after which the picture stands still.
const QUIET = 600_000;

const [wall, caption, label, strip] = ["wall", "caption", "label", "strip"].map(byId);
const page = document.body.classList;
let next, loading, giveUp, failed, timer, size;

// Shows the picture once it is loaded. Of the pictures that come meanwhile only the newest is loaded.
export function hang(picture, isEarlier) {
  next = { ...picture, isEarlier };
  if (!loading) return (loading = load());
  clearTimeout(timer);
  timer = setTimeout(giveUp, PATIENCE);
}

async function load() {
  page.add("pending");
  while (next) {
    const picture = next;
    next = null;
    const image = Object.assign(new Image(), { alt: picture.title, src: picture.url });
    const tooLong = new Promise((resolve) => (giveUp = resolve));
    const problem = await Promise.race([tooLong.then(() => true), image.decode().catch(() => true)]);
    clearTimeout(timer);
    failed = problem && !next && picture;
    if (failed?.id) lost(failed);
    if (!problem) show(picture, image);
  }
  page.remove("pending");
  loading = null;
}

export const retry = () => failed && hang(failed, failed.isEarlier);

function show(picture, image) {
  const figure = document.createElement("figure");
  figure.append(image);
  figure.isDrawn = picture.isDrawn;
  figure.style.setProperty("--picture", `url(${JSON.stringify(picture.url)})`);
  place(figure);
  wall.append(figure);
  figure.onanimationend = () => {
    while (figure.previousSibling) figure.previousSibling.remove();
  };
  if (picture.id) describe(picture);
  else announce(picture.keyword, words.say("invitation"));
  stir();
  arrived(picture.id);
}

// Places the picture: the server's own pictures are made to be cropped, a photograph is not.
function place(figure) {
  const { naturalWidth: width, naturalHeight: height, style } = figure.lastChild;
  const scale = figure.isDrawn ? 0 : scaleOf([width, height], size, devicePixelRatio);
  figure.classList.toggle("whole", scale > 0);
  style.width = scale ? `${width * scale}px` : "";
}

// A phone's keyboard makes the window lower. The picture then stays as it is.
onresize = () => {
  const [width, height] = size ?? [];
  const isTyping = document.activeElement === keyword && matchMedia("(pointer: coarse)").matches;
  if (isTyping && innerWidth === width && innerHeight < height) return;
  size = [innerWidth, innerHeight];
  wall.style.height = `${innerHeight}px`;
  for (const figure of wall.querySelectorAll("figure")) place(figure);
};
onresize();

function stir() {
  page.remove("still");
  clearTimeout(stir.timer);
  stir.timer = setTimeout(() => page.add("still"), QUIET);
}

function describe({ id, keyword: word, title, owner, isDrawn, isEarlier, license, license_url, page }) {
  const isFromFlickr = page.startsWith("https://www.flickr.com/");
  const source = text("p", "");
  if (license) source.append(link(license_url, license));
  if (page) source.append(link(page, isFromFlickr ? words.say("flickr") : new URL(page).host));
  const name = title === word ? "" : title;
  const heading = text("h1", "");
  heading.append(Object.assign(link(`?id=${id}`, word), { target: "", title: words.say("link") }));
  label.replaceChildren(glass(heading, text("p", name), text("p", isDrawn ? "" : owner), source));
  byId("back").hidden = !isEarlier;
  if (isFromFlickr) byId("notice").hidden = false;
  for (const button of strip.children) button.ariaCurrent = button.id === id;
  announce(word, name);
  document.title = `${plain(word)} – Picture frame`;
}

// The words of a screen on a wall, with which a picture comes.
const announce = (word, name) => caption.replaceChildren(glass(text("b", word), text("span", name)));

function glass(...parts) {
  const box = Object.assign(document.createElement("div"), { className: "glass" });
  box.append(...parts.filter(({ childNodes }) => childNodes.length));
  return box;
}

// An element with plain text, a block of its own: a stranger's right-to-left mark ends with it.
export const text = (name, textContent) => Object.assign(document.createElement(name), { dir: "auto", textContent });

const link = (href, name) => Object.assign(text("a", name), href && { href, target: "_blank" });

// Arranges the last pictures, newest last, in the strip. A click on a picture has it `chosen`.
export function arrange(pictures, chosen) {
  pictures.toReversed().forEach((picture, at) => {
    const button = strip.children.namedItem(picture.id) ?? thumbnail(picture, chosen);
    // A button that is in its place is not moved, since it may have the focus.
    if (strip.children[at] !== button) strip.insertBefore(button, strip.children[at] ?? null);
  });
  while (strip.children.length > pictures.length) strip.lastChild.remove();
}

function thumbnail(picture, chosen) {
  const { keyword, title } = picture;
  const name = title === keyword ? title : `${keyword}: ${title}`;
  const button = Object.assign(text("button", ""), { id: picture.id, title: name, onclick: () => chosen(picture) });
  const onerror = () => (button.hidden = true);
  button.append(Object.assign(new Image(), { alt: name, src: picture.url, onerror }));
  return button;
}

strip.onwheel = (event) => (strip.scrollLeft += event.deltaX || event.deltaY);
