// The texts of the page. Uses no document.

// The text without the marks that would turn the rest of our sentence around.
export const plain = (text) => text.replace(/[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, "");

export const lookingFor = (keyword) => `Looking for “${plain(keyword)}” …`;

export const broken = ({ keyword }) => `A picture of “${plain(keyword)}” could not be loaded.`;

export const refusal = (status, detail) =>
  status === 429 ? "Too many look-ups." : plain(detail ?? `The server is out of order (${status}).`);

export const failure = (isOnline) => (isOnline ? "The server cannot be reached." : "You are offline.");

export function countdown(seconds) {
  if (seconds <= 0) return "You can try again now.";
  return `Try again in ${seconds < 90 ? seconds + " s" : Math.ceil(seconds / 60) + " min"}.`;
}

export const audience = (count) => (count > 1 ? `${count} watching` : count ? "just you" : "");
