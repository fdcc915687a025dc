// The form: a word goes out, and what becomes of it is told in words.

import { parse } from "./picture.js";
import { look } from "./tab.js";
import { countdown, failure, lookingFor, refusal } from "./words.js";

// Longer than a look-up may take: the server's own words come first.
const TIMEOUT = 30_000;

// Time to read it twice.
const STAYS = 15_000;

const [form, keyword, words, clock] = ["form", "keyword", "words", "clock"].map((id) => document.getElementById(id));
let latest, timer;

form.onsubmit = async (event) => {
  event.preventDefault();
  const word = keyword.value.trim();
  if (!word) return say("Type a word, then press Enter.");
  const mine = (latest = publish(word));
  form.ariaBusy = true;
  say(lookingFor(word), 0, TIMEOUT);
  const { problem, wait } = await mine;
  if (mine !== latest) return;
  form.ariaBusy = false;
  say(problem, wait);
  if (problem) return;
  if (keyword.value.trim() === word) keyword.value = "";
  // The picture has come by the line, or that is dead.
  setTimeout(look, 500, true);
};

async function publish(keyword) {
  try {
    const body = new URLSearchParams({ keyword });
    const response = await fetch("/publish", { method: "POST", body, signal: AbortSignal.timeout(TIMEOUT) });
    if (response.ok) return {};
    const { detail } = parse(await response.text()) ?? {};
    return { problem: refusal(response.status, detail), wait: response.headers.get("Retry-After") };
  } catch (error) {
    return { problem: failure(error, navigator.onLine) };
  }
}

// With a countdown of `wait` seconds, if any, and then for a while.
export function say(text = "", wait = 0, stays = STAYS) {
  words.textContent = text;
  count(Date.now() + wait * 1000, wait > 0, stays);
}

function count(end, isCounting, stays) {
  const seconds = Math.ceil((end - Date.now()) / 1000);
  clearTimeout(timer);
  clock.textContent = isCounting ? countdown(seconds) : "";
  timer = seconds > 0 ? setTimeout(count, 1000, end, true, stays) : setTimeout(say, stays);
}
