// Joins the parts: pictures arrive by the line, and the form publishes keywords.

import { readPicture } from "./picture.js";
import { byId } from "./publish.js";
import { connect } from "./tab.js";
import { arrange, hang, retry } from "./wall.js";
import { audience } from "./words.js";

const [status, state, watching, fill, keyword] = ["status", "state", "audience", "fill", "keyword"].map(byId);
const isKiosk = new URLSearchParams(location.search).has("kiosk");
const version = document.documentElement.dataset.page;
let line = "connecting", newest, newer;

const told = {
  pictures(list) {
    const pictures = list.map((data) => readPicture(data, location.href)).filter(Boolean);
    arrange(pictures);
    const latest = pictures.at(-1);
    if (latest && latest.id !== newest) hang(latest);
    newest = latest?.id;
  },
  audience: (count) => (watching.textContent = audience(count)),
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
  if (!newer || tried.includes(newer) || (keyword.value && !document.hidden && !isKiosk)) return;
  history.replaceState([...tried, newer].slice(-9), "");
  location.reload();
}

// Shows the state of the line. navigator.onLine counts only while the server is silent.
function show() {
  const isHeard = line === "live" || line === "polling";
  status.dataset.state = state.textContent = isHeard || navigator.onLine ? line : "offline";
  watching.hidden = line !== "live";
}

// Moves the label by three pixels a minute at most, since a still picture burns into a screen.
function drift() {
  const minutes = Date.now() / 60_000;
  byId("label").style.translate = `${15 + 15 * Math.sin(minutes / 7)}px ${-15 - 15 * Math.cos(minutes / 9)}px`;
}

function seen() {
  show();
  renew();
  if (document.hidden) return;
  retry();
  if (isKiosk) navigator.wakeLock?.request("screen").catch(() => {});
}

onkeydown = ({ key, target, ctrlKey, metaKey }) => {
  if (key === "Escape") target.blur();
  if (key === "f" && target !== keyword && !ctrlKey && !metaKey) fill.click();
};
fill.onclick = () => (document.fullscreenElement ? document.exitFullscreen() : document.body.requestFullscreen());
fill.hidden = !document.fullscreenEnabled;
document.body.classList.toggle("kiosk", isKiosk);
keyword.oninput = renew;
if (isKiosk) setInterval(drift, 60_000, drift());
for (const name of ["visibilitychange", "online", "offline"]) addEventListener(name, seen);
seen();
connect((name, value) => told[name](value), version);
