// What the page says of the picture that hangs: on its label what it is, whose, under which licence and where from.

import { isFromFlickr } from "./picture.js";
import { documentTitle } from "./words.js";

const byId = (id) => document.getElementById(id);

export function describe(picture) {
  document.title = documentTitle(picture.keyword);
  byId("keyword").placeholder = picture.keyword;
  byId("label").replaceChildren(...label(picture));
  if (isFromFlickr(picture)) byId("notice").hidden = false;
}

function label(picture) {
  const source = document.createElement("p");
  if (picture.license) source.append(link(picture.licenseUrl, picture.license));
  if (picture.page) source.append(link(picture.page, isFromFlickr(picture) ? "View on Flickr" : "View its page"));
  return [text("cite", picture.title || picture.keyword), text("span", picture.owner), source];
}

// Only ever text, and in the style sheet a block of its own: a stranger's right-to-left mark ends with it.
function text(name, content) {
  const element = document.createElement(name);
  element.dir = "auto";
  element.textContent = content;
  return element;
}

function link(address, content) {
  if (!address) return text("span", content);
  return Object.assign(text("a", content), { href: address, target: "_blank", rel: "noopener noreferrer" });
}
