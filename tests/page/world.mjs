// A world for the line to live in: a clock that stands until it is told to go on, streams and polls that a test answers.

let imports = 0;

export class World {
  now = 1_000_000;
  streams = [];
  polls = [];
  told = [];
  #timers = new Map();
  #ids = 0;

  // Puts the world in the place of the browser's, and hands out a line of its own, which tells this world.
  async line({ hasStreams = true } = {}) {
    const world = this;
    Date.now = () => world.now;
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

  // Lets so many ms pass, and all happen that is due.
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

// An event as a poll brings it.
export const picture = (id, keyword) => ({ event: "picture", id, data: { url: "/x", keyword } });

class Stream extends EventTarget {
  readyState = 0;
  lastEventId = "";

  constructor(target) {
    super();
    this.target = target;
  }

  // The head of the answer has come, and no more.
  open() {
    this.readyState = 1;
    this.onopen();
  }

  // The stream begins, as far as is known with the place `id`.
  begin(id) {
    this.open();
    this.lastEventId = id ?? this.lastEventId;
    this.#dispatch("hello", '{"page":"\\"5f\\"","audience":2}');
  }

  // The browser comes back by itself, or, given up, never.
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

// All promises that can go on have done so.
async function settled() {
  for (let turn = 0; turn < 20; turn++) await null;
}
