// A chart of the last minute: lines, or areas on top of each other, drawn as SVG.

const SPAN_MS = 60_000;
const LEFT = 58, RIGHT = 10, TOP = 8, BOTTOM = 22;

/** Makes an SVG element. */
function element(name, attributes = {}, text = "") {
  const made = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.textContent = text;
  return made;
}

/** The least of 1, 2, 5, 10, 20 … so that `steps` of it reach `top`. */
function stepFor(top, steps, whole) {
  const power = 10 ** Math.floor(Math.log10(top / steps));
  const step = [1, 2, 5, 10].map(factor => factor * power).find(step => step * steps >= top);
  return whole ? Math.max(1, Math.round(step)) : step;
}

export class Chart {
  /**
   * `series`: `{key, label, ink, dash}` each, a key of the samples and a class of the style sheet; `stacked`
   * are areas instead, the first one lowest; `unit` stands beside the axis.
   */
  constructor(parent, { id, title, unit, series, stacked = [], whole = false, digits = 0 }) {
    Object.assign(this, { title, unit, series, stacked, whole, digits });
    this.figure = document.createElement("figure");
    this.figure.className = "card";
    this.figure.id = id;
    this.svg = element("svg", { role: "img" });
    this.caption = document.createElement("figcaption");
    const heading = document.createElement("h2");
    heading.textContent = title;
    this.caption.append(heading);
    this.values = new Map([...stacked, ...series].map(each => [each.key, this.#legend(each)]));
    this.figure.append(this.caption, this.svg);
    parent.append(this.figure);
  }

  #legend({ label, ink, dash }) {
    const entry = document.createElement("span");
    entry.className = "legend";
    const key = element("svg", { viewBox: "0 0 24 10", "aria-hidden": "true" });
    const isStacked = this.stacked.some(each => each.label === label);
    key.append(isStacked
      ? element("rect", { class: `area ${ink}`, width: 24, height: 10, rx: 2 })
      : element("line", { class: `line ${ink} dash-${dash ?? 0}`, x1: 0, x2: 24, y1: 5, y2: 5 }));
    const value = document.createElement("b");
    entry.append(key, `${label} `, value);
    this.caption.append(entry);
    return value;
  }

  /** Draws samples, oldest first. */
  draw(samples) {
    const last = samples.at(-1);
    if (!last) return;
    const { width, height } = this.svg.getBoundingClientRect();
    if (!width) return;
    const shown = samples.filter(sample => sample.at_ms >= last.at_ms - SPAN_MS);
    const total = sample => this.stacked.reduce((sum, { key }) => sum + sample[key], 0);
    const highest = Math.max(...shown.map(sample =>
      Math.max(total(sample), ...this.series.map(({ key }) => sample[key] ?? 0))), this.whole ? 4 : 1);
    const step = stepFor(highest, 4, this.whole);
    const top = Math.ceil(highest / step) * step;
    const x = sample => width - RIGHT - (last.at_ms - sample.at_ms) / SPAN_MS * (width - LEFT - RIGHT);
    const y = value => height - BOTTOM - value / top * (height - TOP - BOTTOM);

    this.svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
    this.svg.replaceChildren(
      ...this.#axes(width, height, top, step, y), ...this.#areas(shown, x, y), ...this.#lines(shown, x, y));
    this.#say(last);
  }

  #axes(width, height, top, step, y) {
    const parts = [];
    for (let value = 0; value <= top + step / 2; value += step) {
      parts.push(element("line", { class: "grid", x1: LEFT, x2: width - RIGHT, y1: y(value), y2: y(value) }));
      const isTop = value + step > top + step / 2;
      const text = value.toLocaleString("en", { maximumFractionDigits: 2 });
      parts.push(element("text", { x: LEFT - 6, y: y(value) + 4, "text-anchor": "end" },
        isTop && this.unit ? `${text} ${this.unit}` : text));
    }
    for (const seconds of width < 420 ? [60, 30, 0] : [60, 45, 30, 15, 0]) {
      const at = width - RIGHT - seconds * 1000 / SPAN_MS * (width - LEFT - RIGHT);
      const anchor = seconds === 0 ? "end" : seconds === 60 ? "start" : "middle";
      parts.push(element("text", { x: at, y: height - 6, "text-anchor": anchor }, seconds ? `${seconds} s ago` : "now"));
    }
    return parts;
  }

  #areas(samples, x, y) {
    let below = samples.map(() => 0);
    return this.stacked.map(({ key, ink }) => {
      const above = samples.map((sample, index) => below[index] + sample[key]);
      const edge = samples.map((sample, index) => `${x(sample).toFixed(1)},${y(above[index]).toFixed(1)}`);
      const base = samples.map((sample, index) => `${x(sample).toFixed(1)},${y(below[index]).toFixed(1)}`);
      below = above;
      return element("path", {
        class: `area ${ink}`, "data-key": key, d: `M${edge.join("L")}L${base.reverse().join("L")}Z`,
      });
    });
  }

  // Where there is no value, as nobody waited, there is no line.
  #lines(samples, x, y) {
    return this.series.map(({ key, ink, dash }) => {
      let d = "", isDrawing = false;
      for (const sample of samples) {
        const has = sample[key] !== null;
        if (has) d += `${isDrawing ? "L" : "M"}${x(sample).toFixed(1)},${y(sample[key]).toFixed(1)}`;
        isDrawing = has;
      }
      return element("path", { class: `line ${ink} dash-${dash ?? 0}`, "data-key": key, d });
    });
  }

  #say(sample) {
    const said = [...this.stacked, ...this.series].map(({ key, label }) => {
      const value = sample[key] === null ? "–" : sample[key].toFixed(this.digits);
      this.values.get(key).textContent = value;
      return `${label} ${value}`;
    });
    const unit = this.unit ? `, in ${this.unit}` : "";
    this.svg.setAttribute("aria-label", `${this.title} over the last minute${unit}. At the moment: ${said.join(", ")}.`);
  }
}
