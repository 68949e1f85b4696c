/* Distributions and scatter plots. */

/** Positions on a logarithmic axis that begins with a bin of its own for (almost) zero. */
class LogScale {
  constructor(least, most) {
    this.low = Math.floor(Math.log10(least) + 1e-9);
    this.high = Math.max(this.low + 1, Math.ceil(Math.log10(most) - 1e-9));
    this.least = 10 ** this.low;
  }

  /** A position between 0 and 1; values below the least one are at -1. */
  at(value) {
    return value < this.least ? -1 : Math.min(1, (Math.log10(value) - this.low) / (this.high - this.low));
  }

  value(position) {
    return 10 ** (this.low + position * (this.high - this.low));
  }

  /** Labelled values: powers of ten, or for times those that read well. */
  ticks(times) {
    const all = times ? [1e-3, 1e-2, 0.1, 1, 10, 60, 600, 3600, 36000, 86400, 864000, 8640000, 86400000]
      : Array.from({ length: this.high - this.low + 1 }, (_, i) => 10 ** (this.low + i));
    const shown = all.filter((value) => value >= this.least * 0.99 && this.at(value) <= 1 && value <= 10 ** this.high * 1.01);
    const step = Math.ceil(shown.length / 8);
    return shown.filter((_, i) => i % step === 0);
  }
}

class Histogram {
  /** The distribution of `values` over all jobs, and of those that the marks leave. */
  constructor(host, title, values, { wording, least }, marks) {
    Object.assign(this, { values, wording, marks, height: 190 });
    const known = [...values].filter((value) => Number.isFinite(value));
    this.scale = new LogScale(least, Math.max(least * 10, ...known.length ? [known.reduce((a, b) => (a > b ? a : b))] : []));
    this.note = element("span", {});
    this.canvas = element("canvas", { role: "img", "aria-label": `Distribution of ${title}` });
    host.append(element("div", {}, element("p", { class: "chart-title" }, element("b", {}, title), this.note), this.canvas));
    this.canvas.addEventListener("pointermove", (event) => this.hover(event));
    this.canvas.addEventListener("pointerleave", () => tooltip.hide());
  }

  count() {
    const bins = 40;
    this.all = new Uint32Array(bins + 1);
    this.chosen = new Uint32Array(bins + 1);
    const { mask } = this.marks;
    const kept = [];
    for (let job = 0; job < this.values.length; job++) {
      const value = this.values[job];
      if (!(value === value)) continue;
      const position = this.scale.at(value);
      const bin = position < 0 ? 0 : 1 + Math.min(bins - 1, Math.floor(position * bins));
      this.all[bin]++;
      if (mask && !mask[job]) continue;
      this.chosen[bin]++;
      kept.push(value);
    }
    kept.sort((a, b) => a - b);
    this.kept = kept;
  }

  quantile(part) {
    const position = part * (this.kept.length - 1), below = Math.floor(position), above = Math.min(below + 1, this.kept.length - 1);
    return this.kept[below] + (this.kept[above] - this.kept[below]) * (position - below);
  }

  resize() {
    this.width = this.canvas.parentElement.clientWidth;
  }

  draw() {
    this.count();
    const { width, height } = this;
    const context = prepare(this.canvas, width, height);
    const left = 6, plot = width - left - 8, base = height - 20, top = 8;
    const zero = this.all[0] ? plot * 0.09 : 0;
    Object.assign(this, { left, plot, zero });
    const most = Math.max(1, ...this.all);
    const bins = this.all.length - 1;
    const place = (bin) => (bin === 0 ? [left, zero - 6] : [left + zero + ((bin - 1) / bins) * (plot - zero), (plot - zero) / bins - 1]);
    context.strokeStyle = themed("--grid");
    context.fillStyle = themed("--soft");
    context.textAlign = "center";
    context.textBaseline = "top";
    for (const tick of this.scale.ticks(this.wording === duration)) {
      const x = left + zero + this.scale.at(tick) * (plot - zero);
      context.fillText(this.wording(tick), Math.min(Math.max(x, left + 12), width - 20), base + 5);
      context.strokeRect(x, top, 0, base - top);
    }
    if (zero) context.fillText("≈ 0", left + zero / 2 - 3, base + 5);
    for (const [counts, colour, alpha] of [[this.all, "--soft", 0.28], [this.chosen, "--curve-1", 0.9]]) {
      context.fillStyle = themed(colour);
      context.globalAlpha = alpha;
      for (let bin = 0; bin < counts.length; bin++) {
        const [x, w] = place(bin);
        const h = (counts[bin] / most) * (base - top);
        if (counts[bin]) context.fillRect(x, base - Math.max(1, h), Math.max(1, w), Math.max(1, h));
      }
    }
    context.globalAlpha = 1;
    context.strokeStyle = themed("--line");
    context.strokeRect(left, base + 0.5, plot, 0);
    if (this.kept.length) this.drawQuantiles(context, top, base);
    this.note.textContent = this.kept.length ? `median ${this.wording(this.quantile(0.5))} · p95 ${this.wording(this.quantile(0.95))}` : "no job";
  }

  drawQuantiles(context, top, base) {
    for (const part of [0.5, 0.95]) {
      const position = this.scale.at(this.quantile(part));
      const x = position < 0 ? this.left + this.zero / 2 - 3 : this.left + this.zero + position * (this.plot - this.zero);
      context.strokeStyle = themed("--curve-2");
      context.lineWidth = 1.5;
      context.setLineDash(part === 0.5 ? [] : [4, 3]);
      context.beginPath();
      context.moveTo(x, top);
      context.lineTo(x, base);
      context.stroke();
      context.setLineDash([]);
    }
  }

  hover(event) {
    const x = event.clientX - this.canvas.getBoundingClientRect().left - this.left;
    const bins = this.all.length - 1;
    const position = (x - this.zero) / (this.plot - this.zero);
    const bin = position < 0 ? 0 : 1 + Math.min(bins - 1, Math.floor(position * bins));
    if (x < 0 || x > this.plot || !this.all[bin]) return tooltip.hide();
    const range = bin === 0 ? `below ${this.wording(this.scale.least)}` : `${this.wording(this.scale.value((bin - 1) / bins))} to ${this.wording(this.scale.value(bin / bins))}`;
    const rows = [["jobs", this.all[bin].toLocaleString("en")]];
    if (this.marks.mask) rows.push(["of them found", this.chosen[bin].toLocaleString("en")]);
    tooltip.show(event, element("div", { class: "head" }, range), facts(rows));
  }
}

/** The size of a job over time, in its details. */
function drawSizes(canvas, gantt, job) {
  const context = prepare(canvas, 300, 64);
  const stays = gantt.staysOf(job);
  if (!stays.length) return;
  const sizes = [...stays].map((stay) => {
    let size = 0;
    for (let range = gantt.stayRanges[stay]; range < gantt.stayRanges[stay + 1]; range++) size += gantt.rangeEnd[range] - gantt.rangeFirst[range];
    return [gantt.stayStart[stay], gantt.stayEnd[stay], size];
  });
  const start = sizes[0][0], end = sizes[sizes.length - 1][1], most = Math.max(...sizes.map(([, , size]) => size));
  const x = (time) => 30 + ((time - start) / (end - start || 1)) * 264, y = (size) => 58 - (size / most) * 48;
  context.fillStyle = themed("--soft");
  context.textAlign = "right";
  context.textBaseline = "middle";
  context.fillText(String(most), 25, y(most));
  context.fillText("0", 25, 57);
  context.strokeStyle = themed("--grid");
  context.strokeRect(30, 58.5, 264, 0);
  context.fillStyle = themed("--curve-1");
  for (const [from, to, size] of sizes) {
    context.globalAlpha = 0.3;
    context.fillRect(x(from), y(size), Math.max(1, x(to) - x(from)), 58 - y(size));
    context.globalAlpha = 1;
    context.fillRect(x(from), y(size) - 1, Math.max(1, x(to) - x(from)), 2);
  }
}
