// The page: pictures come in by the stream, keywords go out. This file joins the parts.

import { hold, release, say } from "./message.js";
import { isLater, parse, readPicture } from "./picture.js";
import { publish } from "./publish.js";
import { Stream } from "./stream.js";
import { hang, look } from "./wall.js";
import { audience, lookingFor } from "./words.js";

// A page out of sight for so long gives its connection up: a browser has six for one server, and tabs add up.
const OUT_OF_SIGHT = 15_000;

const byId = (id) => document.getElementById(id);
const form = byId("form");
const keyword = byId("keyword");
let newest = "";
let publishes = 0;
let hiding = 0;

const stream = new Stream({
  picture: (id, text) => receive(id, parse(text)),
  audience: (text) => (byId("audience").textContent = audience(Number(text))),
  // Not worth a word, as every restart of the server brings it; but its clock may have gone back.
  missed: () => (newest = ""),
  state: showState,
});

// Our own picture comes twice, by the stream and as an answer, in either order.
function receive(id, data) {
  const picture = readPicture(data, location.href);
  if (!picture || !isLater(String(id), newest)) return;
  newest = String(id);
  hang(picture);
}

function showState(state) {
  const name = navigator.onLine ? state : "offline";
  byId("status").dataset.state = byId("state").textContent = name;
  if (name !== "live") byId("audience").textContent = "";
}

async function submit(event) {
  event.preventDefault();
  const word = keyword.value.trim();
  if (!word) return say("Type a word, then press Enter.");
  const mine = ++publishes;
  hold(lookingFor(word));
  form.ariaBusy = true;
  const { data, words, seconds } = await publish(word);
  if (data) receive(data.id, data);
  if (mine !== publishes) return;
  form.ariaBusy = false;
  if (words) return say(words, seconds);
  release(lookingFor(word));
  if (keyword.value.trim() === word) keyword.value = "";
}

function seen() {
  clearTimeout(hiding);
  stream.wake();
  look();
}

function unseen() {
  hiding = setTimeout(() => stream.stop(), OUT_OF_SIGHT);
}

form.addEventListener("submit", submit);
document.addEventListener("visibilitychange", () => (document.hidden ? unseen() : seen()));
addEventListener("pageshow", (event) => event.persisted && seen());
addEventListener("offline", () => showState("offline"));
addEventListener("online", () => {
  // The connections of the network before are gone, even if the browser has not noticed.
  stream.stop();
  if (!document.hidden) seen();
});
if (!document.hidden) stream.start();
