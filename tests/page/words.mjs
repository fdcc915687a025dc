// The texts of the page, and its reading of strangers' texts.

import assert from "node:assert/strict";
import { test } from "node:test";
import { readPicture } from "../../public/picture.js";
import { audience, countdown, failure, lookingFor, plain, refusal } from "../../public/words.js";

const BASE = "http://frame.example/";

test("a countdown ends by saying so", () => {
  assert.equal(countdown(3600), "Try again in 60 min.");
  assert.equal(countdown(91), "Try again in 2 min.");
  assert.equal(countdown(12), "Try again in 12 s.");
  for (const seconds of [0, -1]) assert.equal(countdown(seconds), "You can try again now.");
});

test("a refusal is told in the server's words, else by its status", () => {
  assert.equal(refusal(404, "There is no picture of “x”."), "There is no picture of “x”.");
  assert.equal(refusal(429, "quota"), "Too many look-ups.");
  assert.match(refusal(502), /502/);
});

test("no answer has its reason", () => {
  assert.match(failure(true), /cannot be reached/);
  assert.match(failure(false), /offline/);
});

test("how many watch", () => {
  assert.deepEqual([0, 1, 2, 1234].map(audience), ["", "just you", "2 watching", "1234 watching"]);
});

test("marks that turn the direction stay out of our sentences", () => {
  assert.equal(lookingFor("\u202egnp.exe\u2069"), "Looking for “gnp.exe” …");
  assert.equal(plain("שלום 👨‍👩‍👧"), "שלום 👨‍👩‍👧");
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
