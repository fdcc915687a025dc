// What the page says, in words that help. Knows nothing of the document.

import { plain } from "./picture.js";

const quoted = (keyword) => `“${plain(keyword)}”`;

// Why the server refused `keyword`. Its `detail` mostly knows better than the status.
export function refusal(status, detail, keyword) {
  if (status === 404) return `No picture of ${quoted(keyword)} was found. Try another word.`;
  if (status === 403) return "Only its own page may publish here. Open it at its own address.";
  if (typeof detail === "string" && detail) return sentence(plain(detail));
  if (status === 413) return "This is too long.";
  if (status === 429) return "Too many look-ups.";
  if (status === 504) return "No answer in time.";
  return `The server is out of order (${status}).`;
}

// Why there was no answer.
export function failure(error, isOnline) {
  if (error.name === "TimeoutError") return "No answer yet. The picture may still come.";
  return isOnline ? "The server cannot be reached. Try again in a moment." : "You are offline.";
}

export const lookingFor = (keyword) => `Looking for ${quoted(keyword)} …`;
export const brokenPicture = (keyword) => `A picture of ${quoted(keyword)} could not be loaded.`;
export const documentTitle = (keyword) => `${plain(keyword)} – Picture frame`;

export function countdown(seconds) {
  if (seconds <= 0) return "You can try again now.";
  return seconds < 90 ? `Try again in ${seconds} s.` : `Try again in ${Math.ceil(seconds / 60)} min.`;
}

export function audience(count) {
  if (!(count > 0)) return "";
  return count === 1 ? "just you" : `${count.toLocaleString("en")} watching`;
}

function sentence(text) {
  return text[0].toUpperCase() + text.slice(1) + (/[.!?…]$/.test(text) ? "" : ".");
}
