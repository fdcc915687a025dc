// The line, the page's way to the server: the stream where it gets through, else long polls. Uses no document.
//
// EventSource alone gives up for ever at any answer but 200, as proxies send while the server restarts, and takes a
// dead stream for a live one.

import { isLater } from "./picture.js";

// Expected ms between heartbeats, until three were measured.
const BEAT = 15_000;
// Ms after which a silent stream counts as held back: a stream begins with `hello`.
const DOUBT = 5_000;
// Ms within which the browser reconnects by itself: 4.5 s unless --retry says otherwise.
const COMEBACK = 5_000;
// Ms that a server may ask for: a full server asks for up to 45 s, and the browser obeys.
const ASKED_TO_WAIT = 50_000;
// Pictures in the strip; Flickr's terms allow thirty on a page.
export const KEPT = 12;

const beats = [BEAT, BEAT, BEAT];
const timers = {};
let tell, source, poll, state;
let last = "", pictures = [], heardAt = -Infinity, failures = 0, brings = false;

// Sets the listener for the last "pictures" (each once), the "audience", the server's "page" and the line's "state".
export const listen = (listener) => (tell = listener);

// Goes on behind the pictures that another line has told.
export function resume(known) {
  pictures = known;
  last = known.at(-1).id;
}

// Called when a tab becomes visible. A line heard lately stays as it is, unless it is to be opened `anew`.
export function wake(anew) {
  const trust = isOpen() && !anew ? patience() : 1000;
  if (performance.now() - heardAt < trust) return;
  if (poll || (anew && !isOpen())) ask();
  open();
}

export function close() {
  source?.close();
  source = null;
  stopPolling();
  clearTimeout(timers.open);
  heardAt = -Infinity;
}

function open() {
  if (!poll) say(heardAt > -Infinity ? "reconnecting" : "connecting");
  heard();
  const { EventSource } = globalThis;
  if (!poll) after("poll", EventSource ? DOUBT : 0, ask);
  if (!EventSource) return;
  source?.close();
  brings = false;
  source = new EventSource("subscribe" + (last && "?lastEventId=" + last));
  source.onerror = failed;
  source.onopen = opened;
  for (const name of ["hello", "picture", "audience", "missed"]) source.addEventListener(name, brought);
}

function opened() {
  failures = 0;
  heard();
  if (!poll) after("poll", DOUBT, ask);
}

function failed() {
  if (state !== "polling") say("reconnecting");
  after("open", source.readyState === 2 ? backoff(failures) : ASKED_TO_WAIT, open);
  const wait = failures > 2 ? 0 : brings ? COMEBACK + DOUBT : ASKED_TO_WAIT;
  if (!poll) after("poll", wait, ask);
  brings = false;
  failures++;
}

function brought({ type, data, lastEventId }) {
  // A heartbeat comes one beat after the last event.
  if (type === "audience") measured(performance.now() - heardAt);
  brings = true;
  heard();
  stopPolling();
  say("live");
  take(type, JSON.parse(data), lastEventId);
}

function heard() {
  heardAt = performance.now();
  after("open", patience(), () => {
    // The stream is dead, or its heartbeat slower than measured.
    measured(patience());
    open();
  });
}

function measured(pause) {
  beats.push(pause);
  beats.shift();
}

// The longest beat counts: where a proxy holds events back, others look short.
const patience = () => Math.min(2.5 * Math.max(...beats, 800), 300_000);

// Takes an event. Stream and polls may bring the same picture; after a restart (`missed`) ids may be lower.
function take(name, data, id) {
  if (name === "audience") tell(name, data);
  if (name === "hello") {
    tell("audience", data.audience);
    tell("page", data.page);
    if (isLater(id, last)) last = id;
  }
  if (name === "missed") last = "";
  if (name !== "picture" || !isLater(id, last) || pictures.some((picture) => picture.id === id)) return;
  last = id;
  pictures = [...pictures, { ...data, id }].slice(-KEPT);
  // A replay brings many pictures at once, told together.
  timers.news ??= setTimeout(() => {
    timers.news = null;
    tell("pictures", pictures);
  }, 50);
}

// Polls until the stream brings an event. The first poll asks only whether polls get through.
async function ask(wait = 0, attempt = 0) {
  stopPolling();
  const mine = (poll = new AbortController());
  const timeout = setTimeout(() => mine.abort(), (wait + 10) * 1000);
  const [answer, pause] = await get(`poll?wait=${wait}&after=${last}`, mine.signal);
  clearTimeout(timeout);
  if (mine !== poll) return;
  const isNew = answer?.last > "" && answer.last !== last;
  say(answer ? "polling" : "reconnecting");
  for (const { event, data, id } of answer?.events ?? []) take(event, data, id);
  last = answer?.last ?? last;
  attempt = answer ? 0 : attempt + 1;
  after("poll", isNew ? 0 : Math.max(pause, backoff(attempt)), () => ask(answer ? 25 : 0, attempt));
}

// The answer, or null after an error, and the ms that a server asks to be left alone.
export async function get(target, signal) {
  try {
    const response = await fetch(target, { signal });
    if (response.ok) return [response.status === 204 ? {} : await response.json(), 0];
    return [null, Math.min(response.headers.get("Retry-After") * 1000 || 0, ASKED_TO_WAIT)];
  } catch {
    return [null, 0];
  }
}

function stopPolling() {
  clearTimeout(timers.poll);
  poll?.abort();
  poll = null;
}

const isOpen = () => source?.readyState === 1;

function say(name) {
  if (name !== state) tell("state", (state = name));
}

function after(name, delay, act) {
  clearTimeout(timers[name]);
  timers[name] = setTimeout(act, delay);
}

// A random wait, so that after a restart not all clients come back at once.
const backoff = (attempt) => Math.min(1000 * 2 ** attempt, 30_000) * (0.5 + Math.random());
