// Joins the parts: pictures arrive by the line, and the form publishes keywords.

import { KEPT, get } from "./line.js";
import { readPicture } from "./picture.js";
import { byId, keyword, say } from "./publish.js";
import { isResting, restUnless } from "./rest.js";
import { connect } from "./tab.js";
import { arrange, hang, retry, text } from "./wall.js";
import { words } from "./words.js";

// A picture of the server's own, for a frame in which no picture has hung.
const WELCOME = { url: "/gallery/mountain-lake-3e74ab83a4172ef6.svg", keyword: "Picture frame" };
// Ms for which a page whose link names a picture waits for a first poll.
const FIRST = 5000;

const [status, state, watching, fill, back] = ["status", "state", "audience", "fill", "back"].map(byId);
const options = new URLSearchParams(location.search);
const kiosk = options.has("kiosk") && (await import("./kiosk.js"));
const version = document.documentElement.dataset.page, wanted = options.get("id");
let line = "connecting", held = [], isChosen, newest, newer;

const read = (list) => list.map((data) => readPicture(data, location.href)).filter(Boolean);

// Takes pictures in their order, each once.
function take(all) {
  held = [...new Map(all.map((picture) => [picture.id, picture])).values()].slice(-KEPT);
  if (!held.length) return;
  document.body.classList.add("has-pictures");
  arrange(held, choose);
  if (held.at(-1).id === newest) return;
  newest = held.at(-1).id;
  hang(held.at(-1));
}

const choose = (picture) => hang(picture, picture.id !== newest);

const now = () => back.hidden || hang(held.at(-1));

// Asks for the last pictures beside the line, whose beginning takes longer.
async function first(target = `newest=${KEPT}`) {
  const [answer] = await get(`poll?${target}`, AbortSignal.timeout(FIRST));
  if (!answer) return;
  const pictures = read((answer.events ?? []).map(({ id, data }) => ({ ...data, id })));
  const linked = pictures.find(({ id }) => id === wanted);
  // The picture that a link names is among those after the millisecond before it.
  const older = `wait=0&after=${wanted?.replace(/^\d+/, (ms) => ms - 1)}`;
  if (wanted && !linked && target !== older) return first(older);
  take([...pictures, ...held]);
  if (linked) choose(linked);
  else if (wanted) say(words.say("gone"));
}

const told = {
  pictures: (list) => opened.then(() => take([...held, ...read(list)])),
  audience: (count) => (watching.textContent = words.audience(count)),
  page(tag) {
    newer = tag === `"${version}"` ? null : tag;
    if (!newer) history.replaceState(null, "");
    renew();
  },
  state: (name) => show((line = name)),
};

// Reloads once for each newer page that the server names, since a cache may go on serving the old one.
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
  byId("ideas").append(...words.say("ideas").split(" ").map(idea));
  keyword.form.hidden = false;
  keyword.focus();
}

function idea(word) {
  const onclick = () => {
    keyword.value = word;
    keyword.form.requestSubmit();
  };
  return Object.assign(text("button", word), { type: "button", className: "glass", onclick });
}

onkeydown = ({ key, target, ctrlKey, metaKey, altKey }) => {
  if (key === "Escape") {
    now();
    target.blur();
  }
  const isFree = target !== keyword || (isResting() && !isChosen && !keyword.value);
  if (key === "f" && isFree && !ctrlKey && !metaKey && !altKey) {
    fill.click();
    return target !== keyword;
  }
};
back.onclick = byId("wall").onclick = now;
fill.onclick = () => (document.fullscreenElement ? document.exitFullscreen() : document.body.requestFullscreen());
fill.hidden = !document.fullscreenEnabled;
document.onfullscreenchange = () => (fill.ariaPressed = !!document.fullscreenElement);
keyword.oninput = renew;
keyword.onpointerdown = () => (isChosen = true);
for (const name of ["visibilitychange", "online", "offline"]) addEventListener(name, seen);
speak();
if (!kiosk) restUnless(() => keyword.value || byId("words").textContent);
const asked = first().catch(() => {}).then(() => held.length || hang(read([WELCOME])[0]));
const opened = wanted ? asked : Promise.resolve();
seen();
connect((name, value) => told[name](value), version);
