// The label beside the picture: what it is, who made it, under which licence, and where it comes from.

import { isFromFlickr } from "./picture.js";

// Texts are strangers' and only ever text. Each part is a block of its own with a direction of its own, so that no
// right-to-left mark reaches its neighbours.
export function writeLabel(element, picture) {
  const parts = [block("cite", picture.title || picture.keyword)];
  if (picture.owner) parts.push(block("span", picture.owner));
  const source = document.createElement("p");
  if (picture.license) source.append(link(picture.licenseUrl, picture.license, "license"));
  if (picture.page) source.append(link(picture.page, isFromFlickr(picture) ? "View on Flickr" : "View its page"));
  if (source.hasChildNodes()) parts.push(source);
  element.replaceChildren(...parts);
}

function block(name, text) {
  const element = document.createElement(name);
  element.dir = "auto";
  element.textContent = text;
  return element;
}

function link(address, text, relation = "") {
  if (!address) return block("span", text);
  const anchor = block("a", text);
  anchor.href = address;
  anchor.target = "_blank";
  anchor.rel = `noopener noreferrer ${relation}`.trim();
  return anchor;
}
