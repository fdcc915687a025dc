// A world for the line to live in: a clock that the test moves, and streams and polls that the test answers.

let imports = 0;

export class World {
  now = 100;
  streams = [];
  polls = [];
  told = [];
  #timers = new Map();
  #ids = 0;

  // Replaces the browser's globals by this world's, and returns a new line, whose listener is this world.
  async line({ hasStreams = true } = {}) {
    const world = this;
    performance.now = () => world.now;
    Math.random = () => 0.5;
    globalThis.setTimeout = (act, delay = 0, ...rest) => {
      world.#timers.set(++world.#ids, { at: world.now + Math.max(delay, 0), act: () => act(...rest) });
      return world.#ids;
    };
    globalThis.clearTimeout = (id) => world.#timers.delete(id);
    globalThis.fetch = (target, { signal }) => world.#poll(target, signal);
    globalThis.EventSource = class extends Stream {
      constructor(target) {
        super(target);
        world.streams.push(this);
      }
    };
    if (!hasStreams) delete globalThis.EventSource;
    const line = await import(`../../public/line.js?${imports++}`);
    line.listen((name, value) => world.told.push([name, value]));
    return line;
  }

  get stream() {
    return this.streams.at(-1);
  }

  get poll() {
    return this.polls.at(-1);
  }

  // Streams and polls that are neither closed nor answered.
  get open() {
    return [...this.streams, ...this.polls].filter(({ readyState }) => readyState !== 2).length;
  }

  get state() {
    return this.told.findLast(([name]) => name === "state")?.[1];
  }

  // The keywords of the pictures told last.
  get shown() {
    return this.told.findLast(([name]) => name === "pictures")?.[1].map(({ keyword }) => keyword) ?? [];
  }

  // Moves the clock by `ms`, and runs every timer that falls due.
  async pass(ms) {
    const end = this.now + ms;
    for (;;) {
      await settled();
      const due = [...this.#timers].filter(([, { at }]) => at <= end).sort(([, a], [, b]) => a.at - b.at)[0];
      if (!due) break;
      this.#timers.delete(due[0]);
      this.now = Math.max(this.now, due[1].at);
      due[1].act();
    }
    this.now = end;
  }

  #poll(target, signal) {
    return new Promise((resolve, reject) => {
      const poll = { target, readyState: 0 };
      const end = (act) => (...values) => {
        poll.readyState = 2;
        act(...values);
        return settled();
      };
      poll.fail = end(() => reject(new TypeError("network")));
      poll.answer = end((status, headers) =>
        resolve({ ok: status < 300, status, headers: new Headers(headers), json: async () => ({}) }));
      poll.bring = end((events) => {
        const body = { events, last: events.at(-1).id };
        resolve({ ok: true, status: 200, json: async () => body });
      });
      signal.addEventListener("abort", poll.fail);
      this.polls.push(poll);
    });
  }
}

// An event in a poll's answer.
export const picture = (id, keyword) => ({ event: "picture", id, data: { url: "/x", keyword } });

class Stream extends EventTarget {
  readyState = 0;
  lastEventId = "";

  constructor(target) {
    super();
    this.target = target;
  }

  // Sends the head of the answer, without its body.
  open() {
    this.readyState = 1;
    this.onopen();
  }

  // Begins the stream; its `hello` has the place `id` if one is given.
  begin(id) {
    this.open();
    this.lastEventId = id ?? this.lastEventId;
    this.#dispatch("hello", '{"page":"\\"5f\\"","audience":2}');
  }

  // Fails the stream: the browser reconnects by itself, or never, if it has given up.
  fail({ givenUp = false } = {}) {
    this.readyState = givenUp ? 2 : 0;
    this.onerror();
  }

  close() {
    this.readyState = 2;
  }

  bring(id, keyword) {
    this.lastEventId = id;
    this.#dispatch("picture", JSON.stringify({ url: "/x", keyword }));
  }

  beat() {
    this.#dispatch("audience", "3");
  }

  missed() {
    this.#dispatch("missed", '{"after":"1-0"}');
  }

  #dispatch(type, data) {
    this.dispatchEvent(Object.assign(new Event(type), { data, lastEventId: this.lastEventId }));
  }
}

// Runs all promises that can go on.
async function settled() {
  for (let turn = 0; turn < 20; turn++) await null;
}
