// What the page says. Knows no document.

import { plain } from "./picture.js";

export const lookingFor = (keyword) => `Looking for “${plain(keyword)}” …`;

export const broken = ({ keyword }) => `A picture of “${plain(keyword)}” could not be loaded.`;

// Why the server refused. A proxy on the way has nothing of use to say.
export const refusal = (status, detail) =>
  status === 429 ? "Too many look-ups." : plain(detail ?? `The server is out of order (${status}).`);

// Why there was no answer.
export function failure({ name }, isOnline) {
  if (name === "TimeoutError") return "No answer yet. The picture may still come.";
  return isOnline ? "The server cannot be reached. Try again in a moment." : "You are offline.";
}

export function countdown(seconds) {
  if (seconds <= 0) return "You can try again now.";
  return `Try again in ${seconds < 90 ? seconds + " s" : Math.ceil(seconds / 60) + " min"}.`;
}

export const audience = (count) => (count > 1 ? `${count.toLocaleString("en")} watching` : count ? "just you" : "");
