// Shows a snapshot: numbers, sentences and tables.

const $ = id => document.getElementById(id);

/** Sets a text where it differs, so that nothing is announced or selected anew without need. */
function say(id, text) {
  const place = $(id);
  if (place.textContent !== String(text)) place.textContent = text;
}

/** A time in milliseconds, in the unit that suits it. */
export function time(ms) {
  if (ms === null) return "–";
  if (ms < 10) return `${ms.toFixed(1)} ms`;
  return ms < 10_000 ? `${ms.toFixed(0)} ms` : `${(ms / 1000).toFixed(0)} s`;
}

/** Fills a table: `rows` of cells, each a text or a text and a class. */
function fill(id, rows, none) {
  const body = $(id);
  if (!rows.length) rows = [{ className: "none", cells: [[none]] }];
  while (body.rows.length > rows.length) body.deleteRow(-1);
  rows.forEach(({ cells, className = "" }, index) => {
    const row = body.rows[index] ?? body.insertRow();
    row.className = className;
    while (row.cells.length > cells.length) row.deleteCell(-1);
    cells.forEach(([text, kind = ""], column) => {
      const cell = row.cells[column] ?? row.insertCell();
      cell.className = kind;
      cell.colSpan = cells.length === 1 ? 4 : 1;
      if (cell.textContent !== String(text)) cell.textContent = text;
    });
  });
}

function findings(list) {
  const said = list.map(({ level, text }) => `${level} ${text}`).join("\n");
  if ($("findings").dataset.said === said) return;
  $("findings").dataset.said = said;
  $("findings").replaceChildren(...list.map(({ level, text }) => {
    const item = document.createElement("li");
    item.className = level;
    item.textContent = text;
    return item;
  }));
}

function bar(pool) {
  const kinds = ["in_use", "creating", "closing", "idle"];
  const whole = Math.max(pool.max_size, pool.size, 1);
  const bar = $("bar");
  if (!bar.children.length) {
    for (const kind of kinds) {
      const part = document.createElement("i");
      part.className = kind.replace("_", "-");
      bar.append(part);
    }
  }
  kinds.forEach((kind, index) => { bar.children[index].style.width = `${pool[kind] / whole * 100}%`; });
  bar.setAttribute("aria-label",
    `${pool.in_use} in use, ${pool.creating} creating, ${pool.closing} closing, ${pool.idle} idle, of ${pool.max_size}`);
}

function numbers({ pool, sample, waits }) {
  for (const key of ["in_use", "idle", "creating", "closing", "size", "max_size", "waiting"]) {
    say(key.replace("_", "-"), pool[key]);
  }
  for (const key of ["served", "failed", "create_failed"]) say(key.replace("_", "-"), sample[key].toFixed(0));
  for (const key of ["p50", "p99", "max"]) say(key, time(waits[key]));
  for (const key of ["failed", "create-failed"]) {
    const text = $(key).textContent;
    $(key).parentElement.classList.toggle("bad", text !== "0");
  }
}

function holders(all) {
  const places = new Map();
  for (const { place, held_ms } of all) {
    const { count, longest } = places.get(place) ?? { count: 0, longest: 0 };
    places.set(place, { count: count + 1, longest: Math.max(longest, held_ms) });
  }
  const byPlace = [...places].sort(([, a], [, b]) => b.longest - a.longest);
  fill("places", byPlace.map(([place, { count, longest }]) => (
    { cells: [[place, "place"], [count, "number"], [time(longest), "number"]] })), "nobody holds anything");
  fill("holders", all.map(({ place, resource, held_ms }) => (
    { cells: [[place, "place"], [`#${resource}`, "number"], [time(held_ms), "number"]] })), "nobody holds anything");
}

function errors(list) {
  fill("errors", list.map(({ kind, count, ago_ms, text }) => (
    { cells: [[kind], [`${count} ×`, "number"], [`${(ago_ms / 1000).toFixed(0)} s ago`, "number"], [text]] })),
  "no errors so far");
}

function discards(list) {
  const most = Math.max(...list.map(({ count }) => count), 1);
  const seen = list.filter(({ count }) => count);
  fill("discards", seen.map(({ reason, why, count }) => (
    { cells: [[reason, "reason"], [why], [count, "number"], ["", "share"]] })), "none has ended");
  seen.forEach(({ count }, index) => {
    const cell = $("discards").rows[index].cells[3];
    if (!cell.firstChild) cell.append(document.createElement("i"));
    cell.firstChild.style.width = `${count / most * 100}%`;
  });
  const unseen = list.filter(({ count }) => !count).map(({ reason }) => reason);
  say("never", unseen.length ? `Never: ${unseen.join(", ")}.` : "");
}

/** What was asked for last, except where somebody has typed and not sent it yet. */
function controls({ pool, load, creates }) {
  const wanted = {
    "max-size-wanted": pool.max_size, "max-size-slider": pool.max_size,
    "tasks-wanted": load.tasks, "hold-wanted": load.hold_ms,
  };
  for (const [id, value] of Object.entries(wanted)) {
    const input = $(id);
    if (!input.form.dataset.edited && Number(input.value) !== value) input.value = value;
  }
  say("creates", creates);
  say("suspended", pool.suspended ? "suspended" : "lending");
  for (const state of ["fail", "hang"]) $(`creates-${state}`).setAttribute("aria-pressed", String(creates === state));
  $("suspend").setAttribute("aria-pressed", String(pool.suspended));
}

export function show(snapshot) {
  say("name", snapshot.name);
  document.title = `${snapshot.pool.in_use}/${snapshot.pool.max_size} in use · pool ${snapshot.name}`;
  findings(snapshot.findings);
  bar(snapshot.pool);
  numbers(snapshot);
  holders(snapshot.holders);
  errors(snapshot.errors);
  discards(snapshot.discards);
  controls(snapshot);
}
