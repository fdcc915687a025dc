// The page: pictures come in from the stream, keywords go out. This file only joins the parts.

import { writeLabel } from "./label.js";
import { Message } from "./message.js";
import { isFromFlickr, isLater, parsePicture, readPicture } from "./picture.js";
import { publish } from "./publish.js";
import { Stream } from "./stream.js";
import { Wall } from "./wall.js";
import { audience, documentTitle, lookingFor } from "./words.js";

// A page out of sight for so long gives its connection up: a browser has six for one server, and tabs add up.
const OUT_OF_SIGHT = 15_000;

const byId = (id) => document.getElementById(id);
const form = byId("publish");
const keyword = byId("keyword");
const message = new Message(byId("words"), byId("countdown"));
const wall = new Wall(byId("wall"), { shown, broken: (words) => message.say(words) });
const stream = new Stream({
  picture: (id, text) => receive(id, parsePicture(text, location.href)),
  audience: (text) => (byId("audience").textContent = audience(Number(text))),
  // Not worth a word, since every restart of the server brings it; but its clock may have gone back.
  missed: () => (newest = ""),
  state: showState,
});

let newest = "";
let lookups = 0;
let hideTimer = 0;

// Our own picture comes twice, by the stream and as the answer, in either order.
function receive(id, picture) {
  if (!picture || !isLater(id, newest)) return;
  newest = id;
  wall.hang(picture);
}

function shown(picture) {
  document.title = documentTitle(picture.keyword);
  keyword.placeholder = picture.keyword;
  document.body.classList.remove("empty");
  writeLabel(byId("label"), picture);
  if (isFromFlickr(picture)) byId("notice").hidden = false;
}

function showState(state) {
  const name = navigator.onLine ? state : "offline";
  byId("state").textContent = name;
  byId("status").dataset.state = name;
  if (name !== "live") byId("audience").textContent = "";
}

async function submit(event) {
  event.preventDefault();
  const word = keyword.value.trim();
  if (!word) return message.say("Type a word, then press Enter.");
  message.hold(lookingFor(word));
  const mine = ++lookups;
  form.classList.add("busy");
  const answer = await publish(word);
  if (mine !== lookups) return;
  form.classList.remove("busy");
  if (answer.words) return message.say(answer.words, answer.seconds);
  message.clear();
  if (keyword.value.trim() === word) keyword.value = "";
  receive(answer.id, readPicture(answer.data, location.href));
}

function cameIntoSight() {
  clearTimeout(hideTimer);
  stream.wake();
  wall.wake();
}

function wentOutOfSight() {
  hideTimer = setTimeout(() => stream.stop(), OUT_OF_SIGHT);
}

form.addEventListener("submit", submit);
keyword.addEventListener("input", () => message.clear());
document.addEventListener("visibilitychange", () => (document.hidden ? wentOutOfSight() : cameIntoSight()));
addEventListener("pageshow", (event) => event.persisted && cameIntoSight());
addEventListener("offline", () => showState("offline"));
// The connections of the network before are gone, even if the browser has not noticed.
addEventListener("online", () => {
  stream.stop();
  if (!document.hidden) cameIntoSight();
});
if (!document.hidden) stream.start();
