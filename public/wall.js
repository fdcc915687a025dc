// Hangs pictures: each is loaded out of sight, then cross-faded over what hung there, its credit beside it.

import { plain } from "./picture.js";
import { say } from "./publish.js";
import { broken } from "./words.js";

const [wall, strip, label, caption, notice, field] = ["wall", "strip", "label", "caption", "notice", "keyword"].map((id) =>
  document.getElementById(id),
);
let asked = 0;
let shown = 0;
let failed, keyword;

// Whichever is loaded first is shown, unless something newer is.
export async function hang(picture) {
  const mine = ++asked;
  const image = Object.assign(new Image(), { alt: picture.title, src: picture.url });
  const isLoaded = await image.decode().then(() => true, () => false);
  if (mine < shown) return;
  failed = isLoaded ? null : picture;
  if (failed) return say(broken(failed));
  shown = mine;
  wall.append(image);
  image.onanimationend = () => {
    while (image.previousSibling) image.previousSibling.remove();
  };
  describe(picture);
}

// For when the network may be better.
export function retry() {
  if (failed) hang(failed);
}

function describe(picture) {
  const { title, owner, license, licenseUrl, page } = picture;
  const isFromFlickr = page.startsWith("https://www.flickr.com/");
  const source = document.createElement("p");
  if (license) source.append(link(licenseUrl, license));
  if (page) source.append(link(page, isFromFlickr ? "View on Flickr" : "View its page"));
  label.replaceChildren(text("cite", title), text("span", owner), source);
  if (isFromFlickr) notice.hidden = false;
  for (const button of strip.children) button.ariaCurrent = button.id === picture.id;
  if (keyword === picture.keyword) return;
  keyword = field.placeholder = picture.keyword;
  caption.replaceChildren(text("span", keyword));
  document.title = `${plain(keyword)} – Picture frame`;
}

// Only ever text, and in the style sheet a block of its own: a stranger's right-to-left mark ends with it.
const text = (name, textContent) => Object.assign(document.createElement(name), { dir: "auto", textContent });

const link = (href, name) =>
  href ? Object.assign(text("a", name), { href, target: "_blank", rel: "noopener noreferrer" }) : text("span", name);

// The last pictures, newest first. A click shows one again, to nobody else.
export function arrange(pictures) {
  for (const picture of pictures) if (!strip.children.namedItem(picture.id)) strip.prepend(thumbnail(picture));
  while (strip.children.length > pictures.length) strip.lastChild.remove();
}

function thumbnail(picture) {
  const { id, url, title } = picture;
  const button = Object.assign(document.createElement("button"), { id, onclick: () => hang(picture) });
  button.append(Object.assign(new Image(), { alt: title, src: url, onerror: () => (button.hidden = true) }));
  return button;
}
