// Publishes a keyword, and tells how that went.

import { look } from "./tab.js";
import { countdown, failure, lookingFor, refusal } from "./words.js";

// Bound on a publish: longer than a look-up, whose end the server tells in its own words. A message stays as long.
const TIMEOUT = 30_000;

export const byId = (id) => document.getElementById(id);

const [form, keyword, words, clock] = ["form", "keyword", "words", "clock"].map(byId);
let latest, timer;

form.onsubmit = async (event) => {
  event.preventDefault();
  const word = keyword.value.trim();
  if (!word) return say("Type a word, then press Enter.");
  say(lookingFor(word));
  const mine = (latest = publish(word));
  const [problem, end] = await mine;
  if (mine !== latest) return;
  say(problem, end);
  if (problem || keyword.value.trim() !== word) return;
  keyword.value = "";
  keyword.oninput();
};

async function publish(keyword) {
  try {
    const body = new URLSearchParams({ keyword });
    const response = await fetch("publish", { method: "POST", body, signal: AbortSignal.timeout(TIMEOUT) });
    const { id, detail } = await response.json().catch(() => ({}));
    if (response.ok) return expect(id);
    const wait = response.headers.get("Retry-After");
    return [refusal(response.status, detail), wait && Date.now() + wait * 1000];
  } catch {
    return [failure(navigator.onLine)];
  }
}

// Waits for the picture by the line. A picture that does not come in 1 s shows that the line is dead.
function expect(id) {
  setTimeout(() => byId(id) ?? look(true), 1000);
  return [];
}

// Shows a text for a while, with a countdown to `end` if there is one.
export function say(text = "", end = 0) {
  const seconds = Math.ceil((end - Date.now()) / 1000);
  clearTimeout(timer);
  if (words.textContent !== text) words.textContent = text;
  clock.textContent = end ? countdown(seconds) : "";
  timer = seconds > 0 ? setTimeout(say, 1000, text, end) : setTimeout(say, TIMEOUT);
}
