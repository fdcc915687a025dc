// The stream of events, kept alive. Knows nothing of the document: it runs in a worker or a test as it does in a page.
//
// A browser's EventSource comes back by itself from a broken connection, but gives up for ever on any answer but 200,
// which is what a proxy says while the server restarts; and it cannot tell a live stream from a dead one.

// Two and a half of the server's default heartbeats.
const SILENCE = 2.5 * 15_000;
const LONGEST_SILENCE = 300_000;

// A full server asks for up to 45 s before the next attempt.
const RECONNECTING = 75_000;

// Before attempt number `attempt` (from 0). Within ±50 %, so that all whom a restart threw off do not come back at once.
export function backoff(attempt, random = Math.random) {
  return Math.min(1000 * 2 ** attempt, 30_000) * (0.5 + random());
}

// Tells `sink` of `picture(id, text)`, `audience(text)`, `missed()`, and of its `state(name)`: `connecting`, `live` or
// `reconnecting`.
export class Stream {
  #sink;
  #source = null;
  #timer = 0;
  #attempt = 0;
  #last = "";
  #heardAt = 0;
  #patience = SILENCE;

  constructor(sink) {
    this.#sink = sink;
  }

  // Opens the stream, or opens it anew; it goes on after the last event seen.
  start() {
    this.stop();
    this.#sink.state(this.#attempt || this.#last ? "reconnecting" : "connecting");
    this.#source = new EventSource("/subscribe" + (this.#last && `?lastEventId=${encodeURIComponent(this.#last)}`));
    this.#heard();
    this.#source.onopen = () => this.#opened();
    this.#source.onerror = () => this.#failed();
    this.#on("picture", (event) => this.#sink.picture(event.lastEventId, event.data));
    this.#on("audience", (event) => this.#sink.audience(event.data));
    this.#on("missed", () => this.#sink.missed());
  }

  stop() {
    clearTimeout(this.#timer);
    this.#source?.close();
    this.#source = null;
  }

  // After a sleep of the machine or the page, in which timers stood still. A stream lately heard is left as it is.
  wake() {
    const isOpen = this.#source?.readyState === 1;
    if (!isOpen || performance.now() - this.#heardAt >= this.#patience) this.start();
  }

  #on(name, tell) {
    this.#source.addEventListener(name, (event) => {
      this.#last = event.lastEventId || this.#last;
      if (name === "audience") this.#learn();
      this.#heard();
      tell(event);
    });
  }

  // A heartbeat comes one beat after the last thing sent, so the pause before it tells how fast this server's heart
  // beats. A faster one than the default is not believed: a network that holds events back makes it look so.
  #learn() {
    const pause = performance.now() - this.#heardAt;
    this.#patience = Math.min(Math.max(pause * 2.5, SILENCE), LONGEST_SILENCE);
  }

  #heard() {
    this.#heardAt = performance.now();
    this.#after(this.#patience, () => this.#suspect());
  }

  // Dead, or its heart is slower than we thought: twice the patience next time.
  #suspect() {
    this.#patience = Math.min(this.#patience * 2, LONGEST_SILENCE);
    this.start();
  }

  #opened() {
    this.#attempt = 0;
    this.#sink.state("live");
    this.#heard();
  }

  #failed() {
    this.#sink.state("reconnecting");
    const hasGivenUp = this.#source.readyState === 2;
    this.#after(hasGivenUp ? backoff(this.#attempt++) : RECONNECTING, () => this.start());
  }

  #after(delay, act) {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(act, delay);
  }
}
