// The line to the server: the stream where it gets through, long polls where it does not. Knows no document.
//
// A browser's EventSource comes back by itself from a broken connection, but gives up for ever on any answer but 200,
// which is what a proxy says while the server restarts; and it cannot tell a live stream from a dead one.

import { parse } from "./picture.js";

// The server's heartbeat, in ms, until three have been heard.
const BEAT = 15_000;

// A stream that has brought nothing by then may be held back on its way.
const DOUBT = 5_000;

// A full server asks for up to 45 s, which the browser waits by itself.
const ASKED_TO_WAIT = 50_000;

// Flickr's terms allow thirty on a page.
const KEPT = 12;

const beats = [BEAT, BEAT, BEAT];
const timers = {};
let tell, source, poll, state;
let last = "";
let pictures = [];
let heardAt = 0;
let failures = 0;

// Calls `listener` with "pictures" (the last ones, in order, each once), "audience" or "state" (live, polling or
// reconnecting), and its value.
export function listen(listener) {
  tell = listener;
}

// For when somebody looks, timers stood still, or the network is another: what was heard lately is left as it is.
export function wake(isDoubtful) {
  const trust = isOpen() && !isDoubtful ? patience() : 1000;
  if (Date.now() - heardAt < trust) return;
  if (poll) ask();
  open();
}

export function close() {
  source?.close();
  source = null;
  stopPolling();
  clearTimeout(timers.open);
  heardAt = 0;
}

function open() {
  if (heardAt && !poll) say("reconnecting");
  heard();
  const canListen = "EventSource" in globalThis;
  if (!poll) after("poll", canListen ? DOUBT : 0, ask);
  if (!canListen) return;
  source?.close();
  source = new EventSource("/subscribe" + (last && "?lastEventId=" + last));
  source.onerror = failed;
  source.onopen = opened;
  for (const name of ["picture", "audience", "missed"]) source.addEventListener(name, brought);
}

function opened() {
  failures = 0;
  heard();
  if (state !== "polling") say("live");
}

function brought({ type, data, lastEventId }) {
  // A heartbeat comes one beat after the last thing sent.
  if (type === "audience") measured(Date.now() - heardAt);
  heard();
  stopPolling();
  say("live");
  take(type, parse(data), lastEventId);
}

function failed() {
  if (state !== "polling") say("reconnecting");
  after("open", source.readyState === 2 ? backoff(failures) : ASKED_TO_WAIT, open);
  if (!poll) after("poll", failures < 3 ? ASKED_TO_WAIT : 0, ask);
  failures++;
}

function heard() {
  heardAt = Date.now();
  after("open", patience(), () => {
    // Dead, or its heart is slower than we thought.
    measured(patience());
    open();
  });
}

function measured(pause) {
  beats.push(pause);
  beats.shift();
}

// Two and a half of the longest of three beats: a network that holds events back makes some look short.
const patience = () => Math.min(Math.max(2.5 * Math.max(...beats), 2_000), 300_000);

// Stream and polls may bring the same. After `missed`, which a server that restarted sends, ids may be lower.
function take(name, data, id) {
  if (name === "audience") tell(name, data);
  if (name === "missed") last = "";
  if (name !== "picture" || !isLater(id, last) || pictures.some((picture) => picture.id === id)) return;
  last = id;
  pictures = [...pictures, { ...data, id }].slice(-KEPT);
  timers.news ??= setTimeout(showNews, 50);
}

// A replay brings many in one go.
function showNews() {
  timers.news = null;
  tell("pictures", pictures);
}

// Polls until the stream brings something. The first does not wait: it asks whether polls get through.
async function ask(wait = 0, attempt = 0) {
  stopPolling();
  const mine = (poll = new AbortController());
  const timeout = setTimeout(() => mine.abort(), (wait + 10) * 1000);
  const answer = await get(`/poll?wait=${wait}&after=${last}`, mine.signal);
  clearTimeout(timeout);
  if (mine !== poll) return;
  const isNew = answer?.last > "" && answer.last !== last;
  // A stream that is open may have had nothing to bring.
  if (isNew || !isOpen()) say(answer ? "polling" : "reconnecting");
  for (const { event, data, id } of answer?.events ?? []) take(event, data, id);
  last = answer?.last ?? last;
  attempt = answer ? 0 : attempt + 1;
  after("poll", isNew ? 0 : backoff(attempt), () => ask(answer ? 25 : 0, attempt));
}

// An empty object where there is nothing new, nothing where there is no answer.
async function get(target, signal) {
  try {
    const response = await fetch(target, { signal });
    if (response.ok) return response.status === 204 ? {} : await response.json();
  } catch {}
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

// In ms; at random, so that all whom a restart threw off do not come back at once.
const backoff = (attempt) => Math.min(1000 * 2 ** attempt, 30_000) * (0.5 + Math.random());

// By milliseconds, then by sequence number.
const isLater = (id, other) => id.localeCompare(other, "en", { numeric: true }) > 0;
