// Hangs pictures: loads each out of sight, then cross-fades it over the picture before, with its credit.

import { byId, say } from "./publish.js";
import { broken, plain } from "./words.js";

const strip = byId("strip");
let asked = 0, shown = 0, failed;

// Shows the picture once it is loaded, unless a newer picture is shown by then.
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

// Called when the network may be better.
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

// An element with plain text. It is a block of its own, so that a stranger's right-to-left mark ends with it.
const text = (name, textContent) => Object.assign(document.createElement(name), { dir: "auto", textContent });

const link = (href, name) => Object.assign(text("a", name), href && { href, target: "_blank" });

// Arranges the last pictures, newest first. A click shows a picture again, in this tab only.
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
