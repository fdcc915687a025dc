// The page: pictures come in by the line, words go out by the form. This file joins the parts.

import { readPicture } from "./picture.js";
import { connect } from "./tab.js";
import { arrange, hang, retry } from "./wall.js";
import { audience } from "./words.js";

const byId = (id) => document.getElementById(id);
const isKiosk = new URLSearchParams(location.search).has("kiosk");
let state = "connecting";
let newest;

const told = {
  pictures(list) {
    const pictures = list.map((data) => readPicture(data, location.href)).filter(Boolean);
    const latest = pictures.at(-1);
    arrange(pictures);
    if (latest && latest.id !== newest) hang(latest);
    newest = latest?.id;
  },
  audience: (count) => (byId("audience").textContent = audience(count)),
  state: (name) => show((state = name)),
};

function show() {
  const name = navigator.onLine ? state : "offline";
  byId("status").dataset.state = byId("state").textContent = name;
  if (name !== "live") byId("audience").textContent = "";
}

function seen() {
  show();
  retry();
  if (isKiosk && !document.hidden) navigator.wakeLock?.request("screen").catch(() => {});
}

const fill = () => (document.fullscreenElement ? document.exitFullscreen() : document.body.requestFullscreen());

onkeydown = ({ key, target, ctrlKey, metaKey, altKey }) => {
  if (key === "Escape") target.blur();
  if (key === "f" && target !== byId("keyword") && !(ctrlKey || metaKey || altKey)) fill();
};
byId("fill").onclick = fill;
byId("fill").hidden = !document.fullscreenEnabled;
document.body.classList.toggle("kiosk", isKiosk);
for (const name of ["visibilitychange", "online", "offline"]) addEventListener(name, seen);
seen();
connect((name, value) => told[name](value));
