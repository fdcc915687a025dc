// The stream of events, kept alive. Knows nothing of the document, so it runs in a worker or a test as it does in a page.
//
// A browser's EventSource comes back by itself after a broken connection, but gives up for ever on any answer but 200,
// which is what every proxy says while the server restarts; and it cannot tell a live stream from a dead one.

// The server's default, and the least we believe: two events that the network held back look like a fast heart.
const HEARTBEAT = 15_000;
const SLOWEST_HEARTBEAT = 120_000;
const BEATS_MISSED = 2.5;

// A full server asks for up to 45 s before the next attempt, which must not be mistaken for a dead stream.
const RECONNECTING = 75_000;

// How long to wait before attempt number `attempt` (from 0): doubled each time up to half a minute, and within ±50 %, so
// that the pages a restart has thrown off do not come back all at once.
export function backoff(attempt, random = Math.random) {
  return Math.min(1000 * 2 ** attempt, 30_000) * (0.5 + random());
}

// Says when a stream has been silent for too long. A heartbeat comes one beat after the last thing sent, so the silence
// before it tells how fast this server's heart beats.
export class Watchdog {
  #heard = 0;
  #patience = HEARTBEAT * BEATS_MISSED;

  get patience() {
    return this.#patience;
  }

  begin(now) {
    this.#heard = now;
  }

  heard(now, isHeartbeat) {
    if (isHeartbeat) {
      const beat = Math.min(Math.max(now - this.#heard, HEARTBEAT), SLOWEST_HEARTBEAT);
      this.#patience = beat * BEATS_MISSED;
    }
    this.#heard = now;
  }

  // Each bark in vain doubles the patience: the heart may just be slower than we thought.
  bark() {
    this.#patience = Math.min(this.#patience * 2, SLOWEST_HEARTBEAT * BEATS_MISSED);
  }

  isOverdue(now) {
    return now - this.#heard >= this.#patience;
  }
}

// Tells `sink` of `picture(id, text)`, `audience(text)`, `missed()`, and of its `state(name)`: `connecting`, `live` or
// `reconnecting`.
export class Stream {
  #sink;
  #connect;
  #now;
  #source = null;
  #timer = 0;
  #attempt = 0;
  #last = "";
  #watchdog = new Watchdog();

  constructor(sink, { connect = (url) => new EventSource(url), now = () => performance.now() } = {}) {
    this.#sink = sink;
    this.#connect = connect;
    this.#now = now;
  }

  // Opens the stream, or opens it anew; either way it goes on after the last event seen.
  start() {
    this.stop();
    this.#sink.state(this.#attempt || this.#last ? "reconnecting" : "connecting");
    const resume = this.#last && `?lastEventId=${encodeURIComponent(this.#last)}`;
    this.#source = this.#connect(`/subscribe${resume}`);
    this.#watchdog.begin(this.#now());
    this.#watch(this.#watchdog.patience);
    this.#listen(this.#source);
  }

  stop() {
    clearTimeout(this.#timer);
    this.#source?.close();
    this.#source = null;
  }

  // The machine slept, or the page was out of sight: timers may have stood still. A stream that is open and was heard
  // lately stays as it is.
  wake() {
    const isOpen = this.#source?.readyState === 1;
    if (!isOpen || this.#watchdog.isOverdue(this.#now())) this.start();
  }

  #listen(source) {
    source.onopen = () => this.#opened();
    source.onerror = () => this.#failed(source);
    const on = (name, tell) =>
      source.addEventListener(name, (event) => {
        this.#heard(event);
        tell(event);
      });
    on("picture", (event) => this.#sink.picture(event.lastEventId, event.data));
    on("audience", (event) => this.#sink.audience(event.data));
    on("missed", () => this.#sink.missed());
  }

  #opened() {
    this.#attempt = 0;
    this.#sink.state("live");
    this.#watchdog.begin(this.#now());
    this.#watch(this.#watchdog.patience);
  }

  #heard(event) {
    this.#last = event.lastEventId || this.#last;
    this.#watchdog.heard(this.#now(), event.type === "audience");
    this.#watch(this.#watchdog.patience);
  }

  #failed(source) {
    this.#sink.state("reconnecting");
    const gaveUp = source.readyState === 2;
    if (gaveUp) this.#after(backoff(this.#attempt++), () => this.start());
    else this.#watch(RECONNECTING);
  }

  #watch(patience) {
    this.#after(patience, () => {
      this.#watchdog.bark();
      this.start();
    });
  }

  #after(delay, act) {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(act, delay);
  }
}
