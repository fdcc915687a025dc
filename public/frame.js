// Joins the parts: pictures arrive by the line, and the form publishes keywords.

import { readPicture } from "./picture.js";
import { byId, keyword, say } from "./publish.js";
import { isResting, restUnless } from "./rest.js";
import { connect } from "./tab.js";
import { arrange, hang, retry } from "./wall.js";
import { words } from "./words.js";

// Pictures in the strip. Flickr's terms allow thirty on a page.
const KEPT = 12;
// A picture of the server's own, for a frame in which no picture has hung.
const WELCOME = { url: "/gallery/mountain-lake-3e74ab83a4172ef6.svg", keyword: "Picture frame" };
// Ms for which the page waits for the first poll, where a link names a picture.
const FIRST = 5000;

const [status, state, watching, fill, back] = ["status", "state", "audience", "fill", "back"].map(byId);
const options = new URLSearchParams(location.search);
const kiosk = options.has("kiosk") && (await import("./kiosk.js"));
const version = document.documentElement.dataset.page;
let wanted = options.get("id"), line = "connecting", held = [], newest, newer;

const read = (list) => list.map((data) => readPicture(data, location.href)).filter(Boolean);

// Takes pictures in their order: those that were held before this page came, and those that the line brings.
function take(before, after) {
  const known = (list) => (picture) => list.some(({ id }) => id === picture.id);
  const [older, later] = [before, after].map(read);
  held = [...older.filter((picture) => !known(held)(picture)), ...held];
  held = [...held.filter((picture) => !known(later)(picture)), ...later].slice(-KEPT);
  if (!held.length) return;
  document.body.classList.add("has-pictures");
  arrange(held, choose);
  if (held.at(-1).id === newest) return;
  newest = held.at(-1).id;
  hang(held.at(-1));
}

const choose = (picture) => hang(picture, picture.id !== newest);

function now() {
  if (!back.hidden) hang(held.at(-1));
}

// Asks for the last pictures, beside the line, whose beginning takes longer.
async function first() {
  const target = wanted ? `after=${before(wanted)}&wait=0` : `newest=${KEPT}`;
  const answer = await fetch(`poll?${target}`, { signal: AbortSignal.timeout(FIRST) });
  const events = answer.status === 200 ? (await answer.json()).events : [];
  const pictures = events.filter(({ id }) => id).map(({ id, data }) => ({ ...data, id }));
  take(pictures, []);
  if (!answer.ok) return;
  if (wanted) open(read(pictures).find(({ id }) => id === wanted));
  if (!held.length) hang(readPicture(WELCOME, location.href));
}

const before = (id) => id.replace(/^(\d+)-(\d+)$/, (_, ms, at) => (at > 0 ? `${ms}-${at - 1}` : `${ms - 1}-${2 ** 31}`));

// Shows the picture that a link names.
const open = (picture) => (picture ? choose(picture) : say(words.say("gone")));

const told = {
  pictures: (list) => opened.then(() => take([], list)),
  audience: (count) => (watching.textContent = words.audience(count)),
  page(tag) {
    newer = tag === `"${version}"` ? null : tag;
    if (!newer) history.replaceState(null, "");
    renew();
  },
  state: (name) => show((line = name)),
};

// Reloads once for each newer page that the server names, since a cache may go on serving the old page.
function renew() {
  const tried = history.state ?? [];
  if (!newer || tried.includes(newer) || (keyword.value && !document.hidden && !kiosk)) return;
  history.replaceState([...tried, newer].slice(-9), "");
  location.reload();
}

// Shows the state of the line. navigator.onLine counts only while the server is silent.
function show() {
  const isHeard = line === "live" || line === "polling";
  status.dataset.state = isHeard || navigator.onLine ? line : "offline";
  state.textContent = words.say(status.dataset.state);
  watching.hidden = line !== "live";
}

function seen() {
  show();
  renew();
  document.body.classList.toggle("unseen", document.hidden);
  if (document.hidden) return;
  retry();
  if (kiosk) kiosk.stayAwake();
}

function speak() {
  document.documentElement.lang = words.language;
  byId("invitation").textContent = words.say("invitation");
  back.textContent = words.say("earlier");
  keyword.ariaLabel = keyword.placeholder = words.say("hint");
  for (const id of ["send", "fill", "strip"]) byId(id).ariaLabel = words.say(id);
  fill.title = fill.ariaLabel;
  const ideas = words.say("ideas").split(" ");
  for (const word of ideas) byId("ideas").append(idea(word));
  keyword.form.hidden = false;
  keyword.focus();
}

function idea(word) {
  const button = Object.assign(document.createElement("button"), { type: "button", className: "glass", textContent: word });
  button.onclick = () => {
    keyword.value = word;
    keyword.form.requestSubmit();
  };
  return button;
}

onkeydown = ({ key, target, ctrlKey, metaKey, altKey }) => {
  if (key === "Escape") {
    now();
    target.blur();
  }
  const isFree = target !== keyword || (isResting() && !keyword.value);
  if (key === "f" && isFree && !ctrlKey && !metaKey && !altKey) {
    fill.click();
    return target !== keyword;
  }
};
back.onclick = byId("wall").onclick = now;
fill.onclick = () => (document.fullscreenElement ? document.exitFullscreen() : document.body.requestFullscreen());
fill.hidden = !document.fullscreenEnabled;
document.onfullscreenchange = () => (fill.ariaPressed = Boolean(document.fullscreenElement));
keyword.oninput = renew;
for (const name of ["visibilitychange", "online", "offline"]) addEventListener(name, seen);
speak();
if (!kiosk) restUnless(() => keyword.value || byId("words").textContent);
const asked = first().catch(() => {});
const opened = wanted ? asked : Promise.resolve();
seen();
connect((name, value) => told[name](value), version);
