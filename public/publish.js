// Publishes a keyword, and tells how that went until the picture hangs.

import { isLater } from "./picture.js";
import { look } from "./tab.js";
import { words } from "./words.js";

// Ms for a publish, longer than a look-up, whose end the server tells. A message stays as long.
const TIMEOUT = 30_000;

export const byId = (id) => document.getElementById(id);

const [told, clock] = ["words", "clock"].map(byId);
export const keyword = byId("keyword");
// The keyword whose picture is awaited, the picture's id once known, and the newest picture that has hung.
let sought, awaited, timer, latest = "";

keyword.form.onsubmit = async (event) => {
  event.preventDefault();
  const word = keyword.value.trim();
  if (word === sought || (!word && sought)) return;
  if (!word) return say(words.say("invitation"));
  say(words.say("looking", word));
  sought = word;
  const [problem, end, id] = await publish(word);
  if (word !== sought) return;
  if (problem) return say(problem, end);
  awaited = id;
  settle();
  if (keyword.value.trim() !== word) return;
  keyword.value = "";
  keyword.oninput();
};

async function publish(keyword) {
  try {
    const body = new URLSearchParams({ keyword });
    const response = await fetch("publish", { method: "POST", body, signal: AbortSignal.timeout(TIMEOUT) });
    const { id, detail } = await response.json().catch(() => ({}));
    // A picture that the line does not bring in 1 s shows that the line is dead.
    if (response.ok) {
      setTimeout(() => byId(id) ?? look(true), 1000);
      return [null, 0, id];
    }
    const wait = response.headers.get("Retry-After");
    return [words.refusal(response.status, detail), wait && performance.now() + wait * 1000];
  } catch {
    return [words.say(navigator.onLine ? "unreachable" : "cutOff")];
  }
}

// Says that a picture is lost, until a later picture hangs.
export function lost({ id, keyword }) {
  say(words.say("broken", keyword));
  awaited = id;
}

export function arrived(id = "") {
  if (isLater(id, latest)) latest = id;
  settle();
}

// Ends the wait once the picture hangs, or a later picture in its stead.
const settle = () => awaited && !isLater(awaited, latest) && say();

// Shows a text for a while, with a countdown to `end` if there is one. The text ends the wait for a picture.
export function say(text = "", end = 0) {
  const seconds = Math.ceil((end - performance.now()) / 1000);
  sought = awaited = null;
  clearTimeout(timer);
  if (told.textContent !== text) told.textContent = text;
  clock.textContent = end ? words.countdown(seconds) : "";
  timer = seconds > 0 ? setTimeout(say, 1000, text, end) : setTimeout(say, TIMEOUT);
}
