// The texts of the page, and its reading of strangers' texts.

import assert from "node:assert/strict";
import { test } from "node:test";
import { isLater, readPicture, scaleOf } from "../../public/picture.js";
import { plain, words, wordsIn } from "../../public/words.js";

const BASE = "http://frame.example/";

test("a countdown ends by saying so", () => {
  const { countdown } = words;
  assert.equal(countdown(3600), "Try again in 60 min.");
  assert.equal(countdown(91), "Try again in 2 min.");
  assert.equal(countdown(12), "Try again in 12 s.");
  for (const seconds of [0, -1]) assert.equal(countdown(seconds), "You can try again now.");
});

test("a refusal is told in the server's words, else by its status", () => {
  const { refusal } = words;
  assert.equal(refusal(404, "There is no picture of “x”."), "There is no picture of “x”.");
  assert.equal(refusal(429, "quota"), "Too many look-ups.");
  for (const none of ["", undefined]) assert.match(refusal(502, none), /out of order \(502\)/);
});

test("how many watch", () => {
  assert.deepEqual([0, 1, 2, 1234].map(words.audience), ["", "just you", "2 watching", "1234 watching"]);
});

test("the reader's first language that the page speaks is spoken", () => {
  const spoken = (...languages) => wordsIn(languages).language;
  assert.deepEqual([spoken("de-AT", "en"), spoken("nl", "FR-be"), spoken("es"), spoken("ja"), spoken()], ["de", "fr", "es", "en", "en"]);
  for (const language of ["de", "fr", "es"]) {
    const { say, refusal, countdown } = wordsIn([language]);
    assert.equal(say("ideas").split(" ").length, 6);
    assert.notEqual(refusal(404, "There is no picture."), "There is no picture.");
    assert.match(refusal(502, "It is broken."), /502/);
    assert.doesNotMatch(refusal(400, "The keyword is empty."), /400/);
    assert.match(say("looking", "x$&"), /x\$&/);
    assert.match(countdown(5), /5 s/);
  }
});

test("marks that turn the direction stay out of our sentences", () => {
  assert.equal(words.say("looking", "\u202egnp.exe\u2069"), "Looking for “gnp.exe” …");
  assert.equal(plain("שלום 👨‍👩‍👧"), "שלום 👨‍👩‍👧");
});

test("a photograph covers the window only where it loses little and stays sharp", () => {
  const wide = [1280, 800];
  for (const [size, window, density, expected] of [
    [[1024, 683], wide, 1, 0],
    [[1024, 683], [3840, 2160], 1, 1.5],
    [[1024, 683], [1280, 800], 2, 0.75],
    [[1024, 1536], wide, 1, 0.5],
    [[1600, 1000], [320, 568], 1, 0.192],
    [[320, 240], wide, 1, 1.5],
    [[0, 0], wide, 1, 0],
  ]) {
    assert.equal(scaleOf(size, window, density).toFixed(3), expected.toFixed(3), `${size} ${window} ${density}`);
  }
});

test("a picture is the server's own if it lies beside the page", () => {
  const isDrawn = (url, base = BASE) => readPicture({ url, keyword: "k" }, base).isDrawn;
  assert.ok(isDrawn("/gallery/a.svg") && isDrawn("/gallery/a.svg", BASE + "wall/?kiosk"));
  assert.ok(!isDrawn("https://elsewhere.example/gallery/a.svg") && !isDrawn("/a.jpg"));
});

test("ids are compared as numbers", () => {
  assert.ok(isLater("10-0", "9-5") && isLater("9-10", "9-9") && isLater("1-0", "") && !isLater("1-0", "1-0"));
});

test("addresses lead to the web or nowhere", () => {
  const read = (url) => readPicture({ url: "/a", keyword: "k", page: url }, BASE).page;
  assert.equal(read("https://www.flickr.com/1"), "https://www.flickr.com/1");
  assert.equal(read("/x"), BASE + "x");
  for (const url of ["javascript:alert(1)", "data:text/html,x", "about:blank", "http://", "", 7, null, undefined]) {
    assert.equal(read(url), "", `${url}`);
  }
});

test("what is no picture is none, and nothing in it but text is taken", () => {
  for (const data of [null, 7, "x", [], {}, { url: "/a" }, { keyword: "k" }, { url: "javascript:1", keyword: "k" }]) {
    assert.equal(readPicture(data, BASE), null);
  }
  const picture = readPicture({ url: "/a", keyword: "k", title: { html: 1 }, owner: 7 }, BASE);
  assert.deepEqual([picture.title, picture.owner], ["k", ""]);
});
