import { connect } from "./engine-events.js";

const PATH = "api/v1/events";
const TYPES = ["node_status", "node_metrics", "pipeline_status", "pipeline_progress", "container_status", "container_metrics",
  "system_alert", "system_log", "vm_rates", "vm_hot_blocks", "vm_page_faults", "vm_console", "bus_status", "gateway_status"];
const MAX_POINTS = 120;
const MAX_ROWS = 50;
const MAX_KEYS = 100;
const MAX_CONSOLE = 16384;
const EXCEPTIONS = { 0: "instruction misaligned", 1: "instruction access", 2: "illegal instruction", 3: "breakpoint",
  4: "load misaligned", 5: "load access", 6: "store misaligned", 7: "store access", 8: "call from U", 9: "call from S",
  11: "call from M", 12: "instruction page fault", 13: "load page fault", 15: "store page fault" };
const INTERRUPTS = { 1: "supervisor software", 3: "machine software", 5: "supervisor timer", 7: "machine timer",
  9: "supervisor external", 11: "machine external" };

const $ = (id) => document.getElementById(id);
const apiKey = new URLSearchParams(location.hash.slice(1)).get("key") ?? undefined;
const count = (value) => value == null ? "–" : Number(value).toLocaleString("en-US");
const time = (value) => value ? new Date(value).toLocaleTimeString("en-GB") : "–";

// What has come and is not drawn yet: drawn at most four times a second, however much comes.
const pending = new Map();
setInterval(() => {
  if (document.hidden || pending.size === 0) return;
  const draws = [...pending.values()];
  pending.clear();
  for (const draw of draws) draw();
}, 250);
const draw = (name, how) => pending.set(name, how);

const tiles = (id, entries) => $(id).replaceChildren(...entries.map(([name, value, isBad]) => {
  const tile = document.createElement("div");
  const term = document.createElement("dt");
  const text = document.createElement("dd");
  term.textContent = name;
  text.textContent = value;
  if (isBad) text.className = "bad";
  tile.append(term, text);
  return tile;
}));

// Columns: [title, kind], where the kind is "number", "code" or "". The first cell of a row names it.
const table = (id, columns, rows, note) => {
  const element = $(id);
  const head = document.createElement("thead");
  const line = head.insertRow();
  for (const [title, kind] of columns) {
    const cell = document.createElement("th");
    cell.scope = "col";
    cell.textContent = title;
    if (kind === "number") cell.className = kind;
    line.append(cell);
  }
  const body = document.createElement("tbody");
  for (const row of rows) {
    const tr = body.insertRow();
    row.forEach((value, i) => {
      const cell = tr.insertCell();
      cell.textContent = typeof value === "number" ? count(value) : value ?? "–";
      if (columns[i][1]) cell.className = columns[i][1];
      if (["critical", "error", "warning", "offline", "unhealthy"].includes(value)) cell.classList.add("bad");
    });
  }
  if (rows.length === 0 || note) {
    const cell = body.insertRow().insertCell();
    cell.colSpan = columns.length;
    cell.className = "note";
    cell.textContent = note || "nothing yet";
  }
  element.tHead?.remove();
  for (const old of [...element.tBodies]) old.remove();
  element.append(head, body);
};

// Maps that forget what they have heard of least recently.
const keep = (map, key, value) => {
  map.delete(key);
  map.set(key, value);
  if (map.size > MAX_KEYS) map.delete(map.keys().next().value);
};

const points = [];
const drawMips = () => {
  const top = Math.max(1, ...points.map((point) => point.value));
  const step = 600 / (MAX_POINTS - 1);
  const line = document.createElementNS("http://www.w3.org/2000/svg", "polyline");
  line.setAttribute("points", points.map((point, i) =>
    `${((MAX_POINTS - points.length + i) * step).toFixed(1)},${(112 - (104 * point.value) / top).toFixed(1)}`).join(" "));
  $("mips").replaceChildren(line);
  $("mips-top").textContent = top.toFixed(0);
  $("mips").setAttribute("aria-label", `Million instructions per second: now ${points.at(-1).value}, at most ${top.toFixed(0)}`);
  $("mips-span").textContent = Math.round((points.at(-1).at - points[0].at) / 1000);
};

const nodes = new Map();
const containers = new Map();
const pipelines = new Map();
const alerts = [];
const drawNodes = () => table("nodes", [["Node", "code"], ["State"], ["CPU %", "number"], ["Memory MiB", "number"], ["Streams", "number"], ["Heard"]],
  [...nodes].map(([id, n]) => [id, n.state, n.metrics?.cpu.usage, n.metrics?.memory.used, n.metrics?.network.connections, time(n.at)]));
const drawContainers = () => table("containers",
  [["Container", "code"], ["State"], ["Reason"], ["Exit", "number"], ["Memory MiB", "number"], ["Heard"]],
  [...containers].map(([id, c]) => [id, c.status?.new_state, c.status?.reason, c.status?.exit_code, c.metrics?.memory.usage, time(c.at)]));
const drawPipelines = () => table("pipelines", [["Pipeline", "code"], ["Status"], ["Step"], ["%", "number"], ["Error"]],
  [...pipelines].map(([id, p]) => [id, p.status?.new_status, p.progress && `${p.progress.current_step} of ${p.progress.total_steps}`,
    p.progress?.progress, p.status?.error]));

const on = {
  vm_rates(d, e) {
    points.push({ at: Date.parse(e.timestamp), value: d.mips });
    if (points.length > MAX_POINTS) points.shift();
    draw("mips", drawMips);
    draw("machine", () => {
      $("machine-name").textContent = e.resource_id;
      const lost = d.events.reduce((sum, type) => sum + type.lost, 0);
      tiles("machine-tiles", [["State", d.state], ["MIPS", d.mips.toFixed(1)], ["Instructions", count(d.instructions)],
        ["Events published", count(d.events.reduce((sum, type) => sum + type.published, 0))],
        ["Events lost", count(lost), lost > 0], ["Errors", count(d.events.reduce((sum, type) => sum + type.errors, 0))]]);
      table("rates", [["Event type", "code"], ["Per second", "number"], ["Published", "number"], ["Dispatched", "number"], ["Lost", "number"],
        ["Batch", "number"], ["p50 µs", "number"], ["p99 µs", "number"], ["Errors", "number"]],
        d.events.map((t) => [t.name, t.per_second, t.published, t.dispatched, t.lost, t.average_batch, t.p50_us, t.p99_us, t.errors]));
    });
  },
  vm_hot_blocks(d) {
    draw("blocks", () => {
      table("functions", [["Function", "code"], ["Share", "number"]],
        d.functions.map((f) => [f.name, `${(100 * f.share).toFixed(1)} %`]), d.functions.length ? "" : "no symbols are known");
      table("blocks", [["Block", "code"], ["Where", "code"], ["Share", "number"]],
        d.blocks.map((b) => [b.pc, b.symbol, `${(100 * b.share).toFixed(1)} %`]), d.blocks.length ? "sampled by heavy hitters" : "");
    });
  },
  vm_page_faults(d) {
    draw("pages", () => {
      table("pages", [["Page", "code"], ["Faults", "number"]], d.pages.map((p) => [p.page, p.faults]),
        `${count(d.total)} faults in all, ${count(d.aggregation.omitted)} pages not shown`);
      table("fault-functions", [["Function", "code"], ["Faults", "number"]], d.functions.map((f) => [f.name, f.faults]));
      table("traps", [["Cause"], ["Count", "number"]], d.traps.map((t) =>
        [(t.kind === "exception" ? EXCEPTIONS : INTERRUPTS)[t.cause] ?? `${t.kind} ${t.cause}`, t.count]));
    });
  },
  vm_console(d) {
    const log = $("console");
    const isAtEnd = log.scrollTop + log.clientHeight >= log.scrollHeight - 20;
    const left = d.aggregation.omitted > 0 ? `[${d.aggregation.omitted} bytes left out]\n` : "";
    log.textContent = (log.textContent + left + d.text).slice(-MAX_CONSOLE);
    if (isAtEnd) log.scrollTop = log.scrollHeight;
  },
  node_status(d, e) { keep(nodes, e.resource_id, { ...nodes.get(e.resource_id), state: d.new_state, at: e.timestamp }); draw("nodes", drawNodes); },
  node_metrics(d, e) { keep(nodes, e.resource_id, { ...nodes.get(e.resource_id), metrics: d, at: e.timestamp }); draw("nodes", drawNodes); },
  container_status(d, e) { keep(containers, e.resource_id, { ...containers.get(e.resource_id), status: d, at: e.timestamp }); draw("containers", drawContainers); },
  container_metrics(d, e) { keep(containers, e.resource_id, { ...containers.get(e.resource_id), metrics: d, at: e.timestamp }); draw("containers", drawContainers); },
  pipeline_status(d, e) { keep(pipelines, e.resource_id, { ...pipelines.get(e.resource_id), status: d }); draw("pipelines", drawPipelines); },
  pipeline_progress(d, e) { keep(pipelines, e.resource_id, { ...pipelines.get(e.resource_id), progress: d }); draw("pipelines", drawPipelines); },
  bus_status(d, e) {
    draw("bus", () => {
      tiles("bus-tiles", [["Bus", e.resource_id], ["State", d.state], ["Health", d.health, d.health !== "normal"],
        ["Published", count(d.published)], ["Event types", count(d.topics)]]);
      table("subscriptions", [["Subscription"], ["Takes", "code"], ["Mode"], ["Delivered", "number"], ["Errors", "number"], ["Retried", "number"],
        ["Queued", "number"], ["Lost", "number"], ["p99 µs", "number"]],
        d.subscriptions.map((s) => [s.name, s.takes, s.mode, s.delivered, s.errors, s.retried, s.queued, s.lost, s.p99_us]),
        [...d.troubles, d.omitted_subscriptions ? `${d.omitted_subscriptions} more` : ""].filter(Boolean).join("; "));
    });
  },
  gateway_status(d) {
    draw("streams", () => {
      tiles("stream-tiles", [["Open", `${count(d.open)} (peak ${count(d.peak)})`], ["Published", count(d.published)], ["Sent", count(d.sent)],
        ["KiB sent", count(Math.round(d.sent_bytes / 1024))], ["p50 / p99 ms", `${d.p50_ms} / ${d.p99_ms}`], ["Gaps", count(d.gaps), d.gaps > 0],
        ["Dropped", count(d.dropped), d.dropped > 0], ["Skipped", count(d.skipped), d.skipped > 0],
        ["Degradation", d.degradation, d.degradation !== "none"], ["Kept", `${count(d.first_sequence)} – ${count(d.last_sequence)}`]]);
      table("stream-table", [["Stream", "number"], ["Takes", "code"], ["Open s", "number"], ["Sent", "number"], ["Lag", "number"],
        ["Dropped", "number"], ["Encoding"]],
        d.streams.map((s) => [s.id, s.filter, s.open_seconds, s.sent, s.lag, s.dropped, s.encoding]),
        d.omitted_streams ? `${d.omitted_streams} more` : "");
    });
  },
  system_alert(d, e) {
    alerts.unshift([time(e.timestamp), d.level, d.title, d.message, d.source]);
    alerts.length = Math.min(alerts.length, MAX_ROWS);
    draw("alerts", drawAlerts);
  },
};
const drawAlerts = () => table("alert-table", [["Time"], ["Level"], ["Title"], ["Message"], ["Source"]], alerts);

const show = (state) => {
  const element = $("connection");
  element.className = state.state === "open" ? "open" : "lost";
  element.textContent = state.state === "open" ? "connected"
    : state.state === "waiting" ? `disconnected; trying again in ${Math.ceil(state.wait / 1000)} s` : `not connected: ${state.error ?? state.state}`;
};

connect(`${PATH}?limit=300&type=${TYPES.filter((type) => type !== "system_log").join(",")}`, {
  event(e) { on[e.event]?.(e.data, e); },
  gap(g) { $("notices").textContent = `${g.to - g.from + 1} events are missing (${g.reason})`; },
  reset() { $("notices").textContent = "the server has begun anew"; points.length = 0; },
  degraded(d) { $("notices").textContent = d.level === 0 ? "" : `the server sends less: ${d.name}`; },
  state: show,
}, { apiKey });

let list = null;
let rows = [];
let isPaused = false;
const drawEvents = () => table("event-table", [["Time"], ["Type", "code"], ["Resource", "code"], ["Data", "code"]],
  rows, rows.length >= MAX_ROWS ? `the last ${MAX_ROWS}; older ones are not shown` : "");
const follow = () => {
  list?.close();
  rows = [];
  drawEvents();
  const query = new URLSearchParams({ limit: String(MAX_ROWS) });
  for (const name of ["type", "resource_id", "min_level"]) {
    const value = $("filters").elements[name].value.trim();
    if (value) query.set(name, value);
  }
  for (const [id, name] of [["filter-start", "start_time"], ["filter-end", "end_time"]]) {
    if ($(id).value) query.set(name, new Date($(id).value).toISOString());
  }
  list = connect(`${PATH}?${query}`, {
    event(e) {
      if (isPaused) return;
      rows.unshift([time(e.timestamp), e.event, e.resource_id, JSON.stringify(e.data).slice(0, 300)]);
      rows.length = Math.min(rows.length, MAX_ROWS);
      draw("events", drawEvents);
    },
    gap(g) { $("event-state").textContent = `${g.to - g.from + 1} events are missing (${g.reason})`; },
    state(s) { $("event-state").textContent = s.state === "open" ? "live" : s.state === "ended" ? "the range is complete" : s.error ?? s.state; },
  }, { apiKey });
};
for (const type of TYPES) $("filter-type").append(new Option(type, type));
$("filters").addEventListener("submit", (e) => { e.preventDefault(); follow(); });
$("pause").addEventListener("click", () => {
  isPaused = !isPaused;
  $("pause").setAttribute("aria-pressed", String(isPaused));
});
for (const first of [drawNodes, drawContainers, drawPipelines, drawAlerts]) first();
follow();
