// Hangs pictures: loaded out of sight, then cross-faded over what hung there, with their credits.

import { byId, say } from "./publish.js";
import { broken, plain } from "./words.js";

const strip = byId("strip");
let asked = 0, shown = 0, failed;

// Whichever is loaded first is shown, unless something newer is.
export async function hang(picture) {
  const mine = ++asked;
  const image = imageOf(picture);
  const error = await image.decode().catch((error) => error);
  if (mine < shown) return;
  failed = error && picture;
  if (failed) return say(broken(failed));
  shown = mine;
  byId("wall").append(image);
  image.onanimationend = () => {
    while (image.previousSibling) image.previousSibling.remove();
  };
  describe(picture);
}

// For when the network may be better.
export const retry = () => failed && hang(failed);

function describe({ id, keyword, title, owner, license, license_url, page }) {
  const isFromFlickr = page.startsWith("https://www.flickr.com/");
  const source = text("p", "");
  if (license) source.append(link(license_url, license));
  if (page) source.append(link(page, isFromFlickr ? "View on Flickr" : "its page"));
  byId("label").replaceChildren(text("h1", title), text("span", owner), source);
  if (isFromFlickr) byId("notice").hidden = false;
  for (const button of strip.children) button.ariaCurrent = button.id === id;
  if (byId("caption").textContent === keyword) return;
  byId("keyword").placeholder = keyword;
  byId("caption").replaceChildren(text("span", keyword));
  document.title = `${plain(keyword)} – Picture frame`;
}

const imageOf = ({ title, url }) => Object.assign(new Image(), { alt: title, src: url });

// Only text, and a block of its own, where a stranger's right-to-left mark ends.
const text = (name, textContent) => Object.assign(document.createElement(name), { dir: "auto", textContent });

const link = (href, name) => Object.assign(text("a", name), href && { href, target: "_blank" });

// The last pictures, newest first. A click shows one again, to nobody else.
export function arrange(pictures) {
  for (const picture of pictures) strip.children.namedItem(picture.id) ?? strip.prepend(thumbnail(picture));
  while (strip.children.length > pictures.length) strip.lastChild.remove();
}

function thumbnail(picture) {
  const button = Object.assign(text("button", ""), { id: picture.id, onclick: () => hang(picture) });
  const image = imageOf(picture);
  image.onerror = () => (button.hidden = true);
  button.append(image);
  return button;
}
