// The line's waits, its doubts, its polls and its reconnections.

import assert from "node:assert/strict";
import { test } from "node:test";
import { World, picture } from "./world.mjs";

async function live(options) {
  const world = new World();
  const line = await world.line(options);
  line.wake();
  world.stream?.begin();
  return { world, line };
}

test("a line is live once its stream begins, and tells what comes", async () => {
  const world = new World();
  (await world.line()).wake();
  assert.equal(world.stream.target, "subscribe");
  world.stream.open();
  assert.equal(world.state, "connecting", "an open stream that brings nothing may be held back");
  world.stream.begin();
  assert.deepEqual(world.told.slice(-3), [["state", "live"], ["audience", 2], ["page", '"5f"']]);
  world.stream.bring("5-0", "sushi");
  world.stream.beat();
  await world.pass(100);
  assert.deepEqual(world.shown, ["sushi"]);
  assert.deepEqual(world.told.at(-2), ["audience", 3]);
});

test("a stream that has given up is opened anew, later each time, behind the last picture", async () => {
  const { world } = await live();
  world.stream.bring("5-0", "sushi");
  for (const wait of [1000, 2000, 4000, 8000, 16_000, 30_000, 30_000]) {
    const before = world.streams.length;
    world.stream.fail({ givenUp: true });
    assert.equal(world.state, "reconnecting");
    await world.pass(wait - 1);
    assert.equal(world.streams.length, before, `${wait}`);
    await world.pass(1);
    assert.equal(world.streams.length, before + 1, `${wait}`);
    assert.equal(world.stream.target, "subscribe?lastEventId=5-0");
  }
  world.stream.begin();
  assert.equal(world.state, "live");
  world.stream.fail({ givenUp: true });
  await world.pass(1000);
  assert.equal(world.stream.readyState, 0, "it begins again with a short wait");
});

test("waits are spread by half", async () => {
  for (const [random, wait] of [[0, 500], [0.999, 1499]]) {
    const { world } = await live();
    Math.random = () => random;
    world.stream.fail({ givenUp: true });
    await world.pass(wait - 1);
    assert.equal(world.streams.length, 1);
    await world.pass(2);
    assert.equal(world.streams.length, 2);
  }
});

test("a browser that comes back by itself, as a full server asks, is left to it", async () => {
  const { world } = await live();
  world.stream.fail();
  await world.pass(4500);
  for (let times = 0; times < 10; times++) {
    world.stream.open();
    world.stream.fail();
    assert.equal(world.state, "reconnecting");
    await world.pass(45_000);
  }
  assert.deepEqual([world.streams.length, world.polls.length], [1, 0]);
});

test("who knows of a picture while the stream is refused gets it by a poll", async () => {
  const { world, line } = await live();
  world.stream.fail();
  await world.pass(2000);
  line.wake();
  assert.equal(world.polls.length, 0);
  await world.pass(2000);
  line.wake(true);
  world.stream.fail();
  await world.poll.bring([picture("6-0", "mine")]);
  await world.pass(100);
  assert.deepEqual([world.state, world.shown], ["polling", ["mine"]]);
});

test("after silence of two and a half heartbeats the stream is opened anew", async () => {
  const { world } = await live();
  world.stream.bring("5-0", "sushi");
  await world.pass(37_499);
  assert.equal(world.streams.length, 1);
  await world.pass(1);
  assert.equal(world.streams.length, 2);
  assert.equal(world.stream.target, "subscribe?lastEventId=5-0");
  assert.equal(world.streams[0].readyState, 2);
  assert.equal(world.state, "reconnecting");
});

test("the server's own heartbeat counts, once three have been heard", async () => {
  for (const beat of [1000, 4000, 60_000]) {
    const { world } = await live();
    world.stream.beat();
    for (let beats = 0; beats < 6; beats++) {
      await world.pass(beat);
      if (world.stream.readyState === 0) world.stream.begin();
      world.stream.beat();
    }
    const before = world.streams.length;
    await world.pass(2.5 * beat - 1);
    assert.equal(world.streams.length, Math.max(before, 1), `${beat}`);
    await world.pass(1);
    assert.equal(world.streams.length, before + 1, `${beat}`);
  }
});

test("a stream is tried again after five minutes at the latest, and never within two seconds", async () => {
  const { world } = await live();
  await world.pass(3_600_000);
  assert.ok(world.streams.length > 12, `${world.streams.length}`);
  for (let beats = 0; beats < 4; beats++) world.stream.beat();
  const before = world.streams.length;
  await world.pass(1999);
  assert.equal(world.streams.length, before);
});

test("heartbeats that come in heaps do not make the line impatient", async () => {
  const { world } = await live();
  for (let heaps = 0; heaps < 5; heaps++) {
    await world.pass(30_000);
    world.stream.beat();
    world.stream.beat();
  }
  assert.equal(world.streams.length, 1);
});

test("a stream that is open and brings nothing for 5 s: polls, and the stream is tried again", async () => {
  const world = new World();
  (await world.line()).wake();
  world.stream.open();
  await world.pass(4999);
  assert.equal(world.polls.length, 0);
  await world.pass(1);
  assert.equal(world.poll.target, "poll?wait=0&after=");
  assert.equal(world.state, "connecting");
  await world.poll.bring([picture("6-0", "held back")]);
  assert.equal(world.state, "polling");
  await world.pass(100);
  assert.deepEqual(world.shown, ["held back"]);
  assert.equal(world.poll.target, "poll?wait=25&after=6-0");
  await world.pass(25_000);
  await world.poll.answer(204);
  await world.pass(12_500);
  assert.equal(world.streams.length, 2);
  world.stream.open();
  assert.equal(world.state, "polling", "until the stream brings something");
  world.stream.begin();
  assert.equal(world.state, "live");
  const polls = world.polls.length;
  await world.pass(30_000);
  assert.equal(world.polls.length, polls);
  assert.equal(world.poll.readyState, 2);
});

test("a stream that the browser opens anew by itself is doubted as well", async () => {
  for (const answers of [true, false]) {
    const { world } = await live();
    world.stream.bring("5-0", "sushi");
    world.stream.fail();
    await world.pass(3000);
    if (answers) world.stream.open();
    assert.equal(world.state, "reconnecting");
    await world.pass(answers ? 4999 : 6999);
    assert.equal(world.polls.length, 0);
    await world.pass(1);
    assert.equal(world.poll.target, "poll?wait=0&after=5-0");
    await world.poll.answer(204);
    assert.equal(world.state, "polling");
    world.stream.begin();
    assert.equal(world.state, "live");
  }
});

test("the place that a stream begins with is the one to go on from", async () => {
  const { world, line } = await live();
  line.close();
  line.wake();
  assert.equal(world.stream.target, "subscribe");
  world.stream.begin("7-0");
  for (const older of ["7-0", "3-0"]) {
    line.close();
    line.wake();
    assert.equal(world.stream.target, "subscribe?lastEventId=7-0");
    world.stream.begin(older);
  }
});

test("a server that shuts down is left alone for as long as it asks", async () => {
  const { world } = await live({ hasStreams: false });
  await world.pass(0);
  for (const [asked, wait] of [["5", 5000], ["1", 4000], ["3600", 50_000], ["soon", 16_000]]) {
    const before = world.polls.length;
    await world.poll.answer(503, { "Retry-After": asked });
    assert.equal(world.state, "reconnecting");
    await world.pass(wait - 1);
    assert.equal(world.polls.length, before, asked);
    await world.pass(1);
    assert.equal(world.polls.length, before + 1, asked);
  }
});

test("a stream that is refused again and again: polls", async () => {
  const { world } = await live();
  for (let times = 0; times < 4; times++) {
    world.stream.fail({ givenUp: true });
    await world.pass(1000 * 2 ** times);
  }
  assert.equal(world.polls.length, 1);
  await world.poll.answer(204);
  assert.equal(world.state, "polling");
});

test("a stream that breaks again and again before it opens: polls", async () => {
  const { world } = await live();
  for (let times = 0; times < 4; times++) {
    world.stream.fail();
    await world.pass(3000);
  }
  assert.deepEqual([world.streams.length, world.polls.length], [1, 1]);
  await world.poll.bring([picture("6-0", "one")]);
  assert.equal(world.state, "polling");
});

test("polls go on where the last one says, also where it brought no picture", async () => {
  const { world } = await live({ hasStreams: false });
  await world.pass(0);
  await world.poll.bring([{ event: "missed", id: "7-0", data: { after: "9-0" } }]);
  await world.pass(1000);
  assert.equal(world.poll.target, "poll?wait=25&after=7-0");
});

test("without streams: polls from the start, each with a time-out", async () => {
  const { world } = await live({ hasStreams: false });
  await world.pass(0);
  assert.equal(world.streams.length, 0);
  assert.equal(world.poll.target, "poll?wait=0&after=");
  await world.poll.bring([picture("6-0", "one")]);
  assert.equal(world.state, "polling");
  await world.pass(100);
  assert.equal(world.poll.target, "poll?wait=25&after=6-0");
  assert.deepEqual(world.shown, ["one"]);
  const hanging = world.poll;
  await world.pass(34_000);
  assert.equal(hanging.readyState, 0);
  await world.pass(2000);
  assert.equal(hanging.readyState, 2);
  assert.equal(world.state, "reconnecting");
});

test("polls that fail come later each time, and those answered at once do not spin", async () => {
  const { world } = await live({ hasStreams: false });
  await world.pass(0);
  for (const wait of [2000, 4000, 8000, 16_000, 30_000]) {
    const before = world.polls.length;
    await world.poll.answer(502);
    await world.pass(wait - 1);
    assert.equal(world.polls.length, before, `${wait}`);
    await world.pass(1);
    assert.equal(world.polls.length, before + 1, `${wait}`);
  }
  let polls = world.polls.length;
  for (let second = 0; second < 60; second++) {
    if (world.poll.readyState === 0) await world.poll.answer(204);
    await world.pass(1000);
  }
  assert.ok(world.polls.length - polls <= 61, `${world.polls.length - polls}`);
});

test("no picture is told twice, whichever way it comes, and at most a dozen are kept", async () => {
  const { world } = await live();
  for (let number = 1; number <= 14; number++) world.stream.bring(`${number}-0`, `${number}`);
  await world.pass(100);
  const dozen = Array.from({ length: 12 }, (_, at) => `${at + 3}`);
  assert.deepEqual(world.shown, dozen);
  const told = world.told.length;
  for (const id of ["14-0", "9-0", "1-0"]) world.stream.bring(id, "again");
  await world.pass(100);
  assert.equal(world.told.length, told);
  world.stream.bring("14-1", "within the same millisecond");
  world.stream.bring("100-0", "not by the alphabet");
  await world.pass(100);
  assert.deepEqual(world.shown.slice(-2), ["within the same millisecond", "not by the alphabet"]);
});

test("a replay is told in one go", async () => {
  const { world } = await live();
  for (let number = 1; number <= 200; number++) world.stream.bring(`${number}-0`, `${number}`);
  await world.pass(100);
  assert.equal(world.told.filter(([name]) => name === "pictures").length, 1);
});

test("after a restart ids may be lower than before", async () => {
  const { world } = await live();
  world.stream.bring("50-0", "before");
  world.stream.missed();
  world.stream.bring("20-0", "after");
  world.stream.bring("50-0", "once more");
  await world.pass(100);
  assert.deepEqual(world.shown, ["before", "after"]);
});

test("a line goes on behind what another has told", async () => {
  const world = new World();
  const line = await world.line();
  line.resume([{ id: "5-0", url: "/x", keyword: "known" }]);
  line.wake();
  assert.equal(world.stream.target, "subscribe?lastEventId=5-0");
  world.stream.begin();
  for (const id of ["5-0", "6-0"]) world.stream.bring(id, id);
  await world.pass(100);
  assert.deepEqual(world.shown, ["known", "6-0"]);
});

test("who wakes finds a line that was heard lately left alone, and any other opened anew", async () => {
  const { world, line } = await live();
  world.stream.bring("5-0", "sushi");
  await world.pass(20_000);
  line.wake();
  assert.equal(world.streams.length, 1);
  world.now += 3_600_000; // Timers stand still in a sleep.
  line.wake();
  assert.equal(world.streams.length, 2);
  assert.equal(world.stream.target, "subscribe?lastEventId=5-0");
  world.stream.begin();
  await world.pass(2000);
  line.wake(true);
  assert.equal(world.streams.length, 3, "the connections of another network are gone");
  assert.equal(world.polls.length, 0, "the stream gets through");
  for (let tabs = 0; tabs < 8; tabs++) line.wake(true);
  assert.equal(world.streams.length, 3, "it was opened just now");
});

test("a line that is closed has no connection and does nothing, and goes on where it was", async () => {
  const { world, line } = await live();
  world.stream.bring("5-0", "sushi");
  line.close();
  await world.pass(600_000);
  assert.deepEqual([world.streams.length, world.polls.length, world.open], [1, 0, 0]);
  line.wake();
  assert.equal(world.stream.target, "subscribe?lastEventId=5-0");
  assert.equal(world.state, "connecting", "who comes back is not told that it lives before it does");
  world.stream.begin();
  assert.equal(world.state, "live");
});

test("a line that is closed while it polls lets go of the poll", async () => {
  const { world, line } = await live({ hasStreams: false });
  await world.pass(0);
  line.close();
  await world.pass(600_000);
  assert.deepEqual([world.polls.length, world.open], [1, 0]);
});
