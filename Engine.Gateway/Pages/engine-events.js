// Reads an event stream of Engine.Server: connects again with waits that grow, goes on behind the last event it had, and tells
// of gaps and resets. For browsers and for Node.
//
//   const stream = connect("/api/v1/events?type=system_log", {
//     event(e) { ... },          // { id, event, timestamp, resource_id, data }
//     gap(g) { ... },            // { from, to, reason, dropped }
//     reset(r) { ... },          // { epoch, from, reason }
//     caughtUp() { ... }, degraded(d) { ... }, filter(f) { ... },
//     state(s) { ... },          // { state: "open" | "waiting" | "ended" | "refused", wait, error }
//   });
//   stream.close();

const MIN_WAIT = 1000;
const MAX_WAIT = 30000;
const READ_TIMEOUT = 45000;

/** Parses blocks as the HTML standard says, whatever the chunks are. */
export class EventStreamParser {
  #decoder = new TextDecoder("utf-8");
  #rest = "";
  #endedWithCr = false;
  #data = [];
  #event = "";
  #id = "";
  retry = null;

  /** @param lastEventId What was read before this stream. */
  constructor(lastEventId = "") {
    this.#id = this.lastEventId = lastEventId;
  }

  /** Takes bytes and returns the blocks that they complete. */
  push(bytes) {
    let text = this.#decoder.decode(bytes, { stream: true });
    if (this.#endedWithCr && text.startsWith("\n")) text = text.slice(1);
    if (text.length > 0) this.#endedWithCr = text.endsWith("\r");
    const lines = (this.#rest + text).split(/\r\n|\r|\n/);
    this.#rest = lines.pop();
    const blocks = [];
    for (const line of lines) {
      const block = this.#line(line);
      if (block) blocks.push(block);
    }
    return blocks;
  }

  #line(line) {
    if (line === "") return this.#dispatch();
    const colon = line.indexOf(":");
    if (colon === 0) return null;
    const name = colon < 0 ? line : line.slice(0, colon);
    let value = colon < 0 ? "" : line.slice(colon + 1);
    if (value.startsWith(" ")) value = value.slice(1);
    if (name === "data") this.#data.push(value);
    else if (name === "event") this.#event = value;
    else if (name === "id" && !value.includes("\0")) this.#id = value;
    else if (name === "retry" && /^[0-9]+$/.test(value)) this.retry = Number(value);
    return null;
  }

  #dispatch() {
    // Not before the block is whole: a stream may be cut off behind its id.
    this.lastEventId = this.#id;
    const block = this.#data.length === 0
      ? null
      : { id: this.lastEventId, event: this.#event || "message", data: this.#data.join("\n") };
    this.#data = [];
    this.#event = "";
    return block;
  }
}

/** Connects to a stream and calls the handlers until it is closed, has ended or is refused. */
export function connect(url, handlers, options = {}) {
  const minWait = options.minWait ?? MIN_WAIT;
  const maxWait = options.maxWait ?? MAX_WAIT;
  let lastEventId = options.lastEventId ?? "";
  let retry = null;
  let failures = 0;
  let isClosed = false;
  let abort = new AbortController();
  let wake = () => {};

  const call = (name, argument) => {
    try {
      handlers[name]?.(argument);
    } catch (error) {
      // A handler's fault is the handler's: the stream goes on.
      console.error(error);
    }
  };

  const dispatch = (block) => {
    let json;
    try {
      json = JSON.parse(block.data);
    } catch {
      return false;
    }
    if (block.event === "end") return true;
    if (block.event === "gap") call("gap", json);
    else if (block.event === "reset") call("reset", json);
    else if (block.event === "caught-up") call("caughtUp", json);
    else if (block.event === "degraded") call("degraded", json);
    else if (block.event === "filter") call("filter", json);
    else call("event", { id: block.id, ...json });
    return false;
  };

  // Returns what is to be done next: "again", "ended" or "refused".
  const read = async () => {
    const headers = { Accept: "text/event-stream" };
    if (lastEventId) headers["Last-Event-ID"] = lastEventId;
    if (options.apiKey) headers.Authorization = `Bearer ${options.apiKey}`;
    let timer = setTimeout(() => abort.abort(), options.readTimeout ?? READ_TIMEOUT);
    try {
      const response = await fetch(url, { headers, cache: "no-store", signal: abort.signal });
      if (response.status === 204) return { next: "ended" };
      if (response.status !== 200) {
        const isFinal = response.status < 500 && response.status !== 429 && response.status !== 408;
        const error = `${response.status}: ${await response.text()}`;
        return { next: isFinal ? "refused" : "again", error, wait: 1000 * Number(response.headers.get("Retry-After") ?? 0) };
      }
      call("state", { state: "open" });
      const parser = new EventStreamParser(lastEventId);
      for (const reader = response.body.getReader(); ;) {
        const { done, value } = await reader.read();
        if (done) return { next: "again", error: "the server closed the stream" };
        clearTimeout(timer);
        timer = setTimeout(() => abort.abort(), options.readTimeout ?? READ_TIMEOUT);
        let isOver = false;
        for (const block of parser.push(value)) isOver = dispatch(block) || isOver;
        lastEventId = parser.lastEventId;
        retry = parser.retry ?? retry;
        failures = 0;
        if (isOver) return { next: "ended" };
      }
    } catch (error) {
      return { next: "again", error: String(error) };
    } finally {
      clearTimeout(timer);
      abort.abort();
      abort = new AbortController();
    }
  };

  const run = async () => {
    while (!isClosed) {
      const { next, error, wait: wanted } = await read();
      if (isClosed) return;
      if (next !== "again") {
        call("state", { state: next, error });
        return;
      }
      const nominal = Math.min(maxWait, (retry || minWait) * 2 ** Math.min(failures++, 16));
      const wait = Math.max(wanted || 0, nominal * (0.5 + Math.random() / 2));
      call("state", { state: "waiting", wait, error });
      await new Promise((resolve) => {
        const timer = setTimeout(resolve, wait);
        wake = () => { clearTimeout(timer); resolve(); };
      });
    }
  };

  const done = run();
  return {
    done,
    get lastEventId() { return lastEventId; },
    close() {
      isClosed = true;
      abort.abort();
      wake();
    },
  };
}
