// Listens to the program, and tells it what is asked for.

import { Chart } from "/chart.js";
import { show } from "/show.js";

const $ = id => document.getElementById(id);
const SAMPLES = 241;
const RETRY_MS = 1000;
const SILENCE_MS = 3000;

const charts = [
  { id: "resources", title: "Resources", whole: true,
    stacked: [
      { key: "in_use", label: "in use", ink: "ink-in-use" },
      { key: "creating", label: "creating", ink: "ink-creating" },
      { key: "closing", label: "closing", ink: "ink-closing" },
      { key: "idle", label: "idle", ink: "ink-idle" },
    ],
    series: [{ key: "max_size", label: "maximum", ink: "ink-text", dash: 1 }] },
  { id: "queue", title: "Gets waiting", whole: true,
    series: [
      { key: "waiting", label: "waiting", ink: "ink-waiting" },
      { key: "max_size", label: "maximum of resources", ink: "ink-text", dash: 1 },
    ] },
  { id: "waits", title: "Wait for a resource", unit: "ms", digits: 1,
    series: [
      { key: "p50", label: "p50", ink: "ink-in-use" },
      { key: "p99", label: "p99", ink: "ink-creating", dash: 1 },
      { key: "max", label: "max", ink: "ink-waiting", dash: 2 },
    ] },
  { id: "gets", title: "Gets per second", unit: "/s",
    series: [
      { key: "served", label: "served", ink: "ink-in-use" },
      { key: "failed", label: "failed", ink: "ink-waiting", dash: 1 },
    ] },
  { id: "creations", title: "Creates and ends per second", unit: "/s", digits: 1,
    series: [
      { key: "created", label: "created", ink: "ink-in-use" },
      { key: "create_failed", label: "create failed", ink: "ink-waiting", dash: 1 },
      { key: "ended", label: "ended", ink: "ink-faint", dash: 2 },
    ] },
].map(chart => new Chart($("charts"), chart));

let samples = [];
let silence;

function draw() {
  for (const chart of charts) chart.draw(samples);
}

function live() {
  document.body.classList.remove("gone");
  $("connection").dataset.state = "live";
  if ($("connection").textContent !== "live") $("connection").textContent = "live";
}

function gone() {
  if ($("connection").dataset.state === "gone") return;
  document.body.classList.add("gone");
  $("connection").dataset.state = "gone";
  const since = new Date().toLocaleTimeString();
  $("connection").textContent = `The program is gone since ${since}: what is shown is old. Trying again …`;
}

function listen() {
  const source = new EventSource("/api/events");
  const again = () => {
    clearTimeout(silence);
    source.close();
    gone();
    setTimeout(listen, RETRY_MS);
  };
  const heard = () => {
    clearTimeout(silence);
    silence = setTimeout(again, SILENCE_MS);
  };
  heard();
  source.addEventListener("error", again);
  source.addEventListener("history", event => {
    heard();
    samples = JSON.parse(event.data);
  });
  source.addEventListener("state", event => {
    heard();
    const snapshot = JSON.parse(event.data);
    samples.push(snapshot.sample);
    samples = samples.slice(-SAMPLES);
    live();
    show(snapshot);
    draw();
  });
}

async function ask(path, body) {
  const answer = $("answer");
  try {
    const response = await fetch(path, {
      method: "POST", headers: { "content-type": "application/json" }, body,
    });
    answer.textContent = response.ok ? `Done: ${path.replace("/api/", "")} ${body}` : (await response.json()).error;
    answer.className = response.ok ? "" : "bad";
  } catch {
    answer.textContent = "The program did not answer: nothing was changed, as far as this page knows.";
    answer.className = "bad";
  }
}

for (const form of document.forms) {
  form.noValidate = true; // The program says what is wrong, for this page and for everybody else.
  form.addEventListener("input", () => { form.dataset.edited = "yes"; });
  form.addEventListener("submit", async event => {
    event.preventDefault();
    const number = text => text.trim() === "" || Number.isNaN(Number(text)) ? text : Number(text);
    const fields = [...new FormData(form)].map(([name, value]) => [name, number(value)]);
    await ask(form.dataset.path, JSON.stringify(Object.fromEntries(fields)));
    delete form.dataset.edited;
  });
}

for (const button of document.querySelectorAll("button[data-body]")) {
  button.addEventListener("click", () => ask(button.dataset.path, button.dataset.body));
}

$("max-size-slider").addEventListener("input", event => { $("max-size-wanted").value = event.target.value; });
$("max-size-slider").addEventListener("change", event => event.target.form.requestSubmit());
$("max-size-wanted").addEventListener("input", event => { $("max-size-slider").value = event.target.value; });

new ResizeObserver(draw).observe(document.body);
listen();
