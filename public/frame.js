// Joins the parts: pictures come in by the line, words go out by the form.

import { readPicture } from "./picture.js";
import { byId } from "./publish.js";
import { connect } from "./tab.js";
import { arrange, hang, retry } from "./wall.js";
import { audience } from "./words.js";

const [status, state, watching, fill, keyword] = ["status", "state", "audience", "fill", "keyword"].map(byId);
const isKiosk = new URLSearchParams(location.search).has("kiosk");
let line = "connecting", newest;

const told = {
  pictures(list) {
    const pictures = list.map((data) => readPicture(data, location.href)).filter(Boolean);
    arrange(pictures);
    const latest = pictures.at(-1);
    if (latest && latest.id !== newest) hang(latest);
    newest = latest?.id;
  },
  audience: (count) => (watching.textContent = audience(count)),
  state: (name) => show((line = name)),
};

function show() {
  status.dataset.state = state.textContent = navigator.onLine ? line : "offline";
  watching.hidden = state.textContent !== "live";
}

function seen() {
  show();
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
for (const name of ["visibilitychange", "online", "offline"]) addEventListener(name, seen);
seen();
connect((name, value) => told[name](value));
