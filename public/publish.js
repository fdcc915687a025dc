// Publishes a keyword. Always answers: with `{ data }`, or with `{ words, seconds }`, why not and how long to wait.

import { parse } from "./picture.js";
import { failure, refusal } from "./words.js";

// Longer than a look-up may take, so that the server's own words come first.
const TIMEOUT = 30_000;

export async function publish(keyword) {
  try {
    const body = new URLSearchParams({ keyword });
    const response = await fetch("/publish", { method: "POST", body, signal: AbortSignal.timeout(TIMEOUT) });
    const data = parse(await response.text());
    if (response.ok && data) return { data };
    const words = refusal(response.status, data?.detail, keyword);
    return { words, seconds: Number(response.headers.get("Retry-After")) || 0 };
  } catch (error) {
    return { words: failure(error, navigator.onLine) };
  }
}
