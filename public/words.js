// What the page says, in words that help. Knows nothing of the document.

import { plain } from "./picture.js";

const quoted = (keyword) => `“${plain(keyword)}”`;

const WORDS = {
  400: () => "The server did not take this word.",
  403: () => "Another site may not publish here. Open this page at its own address.",
  404: (keyword) => `No picture of ${quoted(keyword)} was found. Try another word.`,
  413: () => "This is too long. Try fewer words.",
  429: () => "Too many look-ups.",
  502: () => "The source of pictures is out of order.",
  503: () => "Too many people are asking at this moment.",
  504: () => "The source of pictures did not answer in time. Try again.",
};

// Where the server knows better than its status tells: what was wrong with the word, or which limit was reached.
const DETAIL_SAYS_IT_ALL = new Set([400, 413, 415, 429, 503]);
const DETAIL_ADDS = new Set([502]);

// Why the server refused `keyword`.
export function refusal(status, detail, keyword) {
  const own = WORDS[status]?.(keyword) ?? `The server answered with an error (${status}).`;
  const theirs = typeof detail === "string" ? sentence(plain(detail.trim())) : "";
  if (theirs && (DETAIL_SAYS_IT_ALL.has(status) || !WORDS[status])) return theirs;
  return theirs && DETAIL_ADDS.has(status) ? `${own} ${theirs}` : own;
}

// Why there was no answer at all.
export function failure(error, isOnline) {
  if (error?.name === "TimeoutError") return "No answer yet. The picture may still come.";
  if (!isOnline) return "You are offline. Try again once you are connected.";
  return "The server cannot be reached. Try again in a moment.";
}

export function lookingFor(keyword) {
  return `Looking for ${quoted(keyword)} …`;
}

export function brokenPicture(keyword) {
  return `A picture of ${quoted(keyword)} came, but it could not be loaded.`;
}

// Seconds until a `Retry-After`, which is a number or a date, has passed; 0 where there is none.
export function retryAfter(field, now = Date.now()) {
  if (!field) return 0;
  const seconds = /^\d+$/.test(field) ? Number(field) : (Date.parse(field) - now) / 1000;
  return Math.max(0, Math.ceil(seconds || 0));
}

export function countdown(seconds) {
  if (seconds <= 0) return "You can try again now.";
  if (seconds < 90) return `Try again in ${seconds} s.`;
  return `Try again in ${Math.ceil(seconds / 60)} min.`;
}

export function audience(count) {
  if (!(count >= 1)) return "";
  return count === 1 ? "just you" : `${count.toLocaleString("en")} watching`;
}

export function documentTitle(keyword) {
  return `${plain(keyword)} – Picture frame`;
}

function sentence(text) {
  if (!text) return "";
  return text[0].toUpperCase() + text.slice(1) + (/[.!?…]$/.test(text) ? "" : ".");
}
