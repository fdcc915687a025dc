// Publishes a keyword. Always answers, with `{ id, data }` or with `{ words, seconds }`: why not, and how long to wait
// before trying again.

import { failure, refusal, retryAfter } from "./words.js";

// Longer than a look-up may take, so that the server's own words come first.
const TIMEOUT = 30_000;

export async function publish(keyword) {
  try {
    const response = await fetch("/publish", {
      method: "POST",
      body: new URLSearchParams({ keyword }),
      signal: AbortSignal.timeout(TIMEOUT),
    });
    const data = await readJson(response);
    if (response.ok && data) return { id: data.id, data };
    const seconds = [429, 503].includes(response.status) ? retryAfter(response.headers.get("Retry-After")) : 0;
    return { words: refusal(response.status, data?.detail, keyword), seconds };
  } catch (error) {
    return { words: failure(error, navigator.onLine), seconds: 0 };
  }
}

// A proxy on the way answers its errors with a page of its own; the status is enough then.
async function readJson(response) {
  const text = await response.text();
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
