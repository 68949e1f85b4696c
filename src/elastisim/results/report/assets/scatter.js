/* Charts that set runs side by side: cumulative distributions, and jobs of one run against those of another. */

/** Colours of contenders, in their order. */
const CONTENDERS = ["--curve-1", "--curve-2", "--curve-3", "--curve-4"];
const contenderColour = (i) => (i < CONTENDERS.length ? themed(CONTENDERS[i]) : CATEGORIES[i % CATEGORIES.length]);

class Cumulative {
  /** The share of jobs (vertical) with at most a value (horizontal, logarithmic), for several runs. */
  constructor(host, title, runs, wording, least) {
    Object.assign(this, { wording, height: 230 });
    this.runs = runs.map(({ name, values }) => ({ name, values: Float64Array.from(values).filter((value) => value === value).sort() }));
    const most = this.runs.reduce((largest, { values }) => Math.max(largest, values.at(-1) ?? 0), least * 10);
    this.scale = new LogScale(least, most);
    this.canvas = element("canvas", { role: "img", "aria-label": `Cumulative distribution of ${title}` });
    host.append(element("div", {}, element("p", { class: "chart-title" }, element("b", {}, title), "share of jobs with at most…"), this.canvas));
    this.canvas.addEventListener("pointermove", (event) => this.hover(event));
    this.canvas.addEventListener("pointerleave", () => tooltip.hide());
  }

  resize() {
    this.width = this.canvas.parentElement.clientWidth;
  }

  draw() {
    const { width, height, scale } = this;
    const context = prepare(this.canvas, width, height);
    const left = 40, plot = width - left - 10, base = height - 20, top = 8;
    Object.assign(this, { left, plot });
    const x = (value) => left + Math.max(0, scale.at(value)) * plot, y = (part) => base - part * (base - top);
    context.strokeStyle = themed("--grid");
    context.fillStyle = themed("--soft");
    context.textBaseline = "middle";
    context.textAlign = "right";
    for (const part of [0, 0.25, 0.5, 0.75, 1]) {
      context.strokeRect(left, Math.round(y(part)) + 0.5, plot, 0);
      context.fillText(`${100 * part} %`, left - 6, y(part));
    }
    context.textAlign = "center";
    context.textBaseline = "top";
    for (const tick of scale.ticks(this.wording === duration)) {
      context.strokeRect(Math.round(x(tick)) + 0.5, top, 0, base - top);
      context.fillText(this.wording(tick), Math.min(x(tick), width - 18), base + 5);
    }
    context.lineWidth = 1.8;
    this.runs.forEach(({ values }, i) => {
      context.strokeStyle = contenderColour(i);
      context.beginPath();
      for (let column = 0; column <= plot; column++) {
        const part = (lastAtMost(values, scale.value(column / plot)) + 1) / Math.max(1, values.length);
        if (column) context.lineTo(left + column, y(part));
        else context.moveTo(left, y(part));
      }
      context.stroke();
    });
  }

  hover(event) {
    const position = (event.clientX - this.canvas.getBoundingClientRect().left - this.left) / this.plot;
    if (position < 0 || position > 1) return tooltip.hide();
    const value = this.scale.value(position);
    tooltip.show(event, element("div", { class: "head" }, `at most ${this.wording(value)}`),
      facts(this.runs.map(({ name, values }) => [name, share((lastAtMost(values, value) + 1) / Math.max(1, values.length))])));
  }
}

class Scatter {
  /** Jobs that are the same in two runs, both axes logarithmic; below the diagonal the second run is better. */
  constructor(host) {
    this.height = 420;
    this.canvas = element("canvas", { role: "img", "aria-label": "Each job in both runs" });
    host.append(this.canvas);
    this.canvas.addEventListener("pointermove", (event) => this.hover(event));
    this.canvas.addEventListener("pointerleave", () => tooltip.hide());
  }

  /** Show points { x, y, label } with names of the axes. */
  show(points, names, wording, least) {
    Object.assign(this, { points, names, wording });
    const most = points.reduce((largest, { x, y }) => Math.max(largest, x, y), least * 10);
    this.scale = new LogScale(least, most);
    this.draw();
  }

  resize() {
    this.width = this.canvas.parentElement.clientWidth;
  }

  /** The position of a point in CSS pixels; what is about zero lies at the border. */
  place({ x, y }) {
    const at = (value) => Math.max(0, this.scale.at(value));
    return [this.left + at(x) * this.plot, this.base - at(y) * (this.base - this.top)];
  }

  draw() {
    if (!this.points) return;
    const { width, height, scale } = this;
    const context = prepare(this.canvas, width, height);
    Object.assign(this, { left: 66, top: 10, base: height - 40, plot: width - 66 - 14 });
    const { left, top, base, plot } = this;
    context.strokeStyle = themed("--grid");
    context.fillStyle = themed("--soft");
    for (const tick of scale.ticks(this.wording === duration)) {
      const part = Math.max(0, scale.at(tick)), x = Math.round(left + part * plot) + 0.5, y = Math.round(base - part * (base - top)) + 0.5;
      context.strokeRect(x, top, 0, base - top);
      context.strokeRect(left, y, plot, 0);
      context.textAlign = "center";
      context.textBaseline = "top";
      context.fillText(this.wording(tick), Math.min(x, width - 20), base + 6);
      context.textAlign = "right";
      context.textBaseline = "middle";
      context.fillText(this.wording(tick), left - 7, y);
    }
    context.strokeStyle = themed("--soft");
    context.setLineDash([5, 4]);
    context.beginPath();
    context.moveTo(left, base);
    context.lineTo(left + plot, top);
    context.stroke();
    context.setLineDash([]);
    context.fillStyle = themed("--text");
    context.textAlign = "center";
    context.textBaseline = "top";
    context.fillText(this.names[0], left + plot / 2, base + 23);
    context.save();
    context.translate(4, (top + base) / 2);
    context.rotate(-Math.PI / 2);
    context.fillText(this.names[1], 0, 0);
    context.restore();
    const colours = [themed("--curve-3"), themed("--soft"), themed("--curve-2")];
    context.globalAlpha = this.points.length > 5000 ? 0.25 : 0.6;
    const size = this.points.length > 5000 ? 2 : 4;
    for (const point of this.points) {
      const [x, y] = this.place(point);
      const change = point.y - point.x;
      context.fillStyle = colours[Math.abs(change) <= 1e-6 ? 1 : change < 0 ? 0 : 2];
      context.fillRect(x - size / 2, y - size / 2, size, size);
    }
    context.globalAlpha = 1;
  }

  hover(event) {
    if (!this.points) return;
    const box = this.canvas.getBoundingClientRect();
    const at = [event.clientX - box.left, event.clientY - box.top];
    let nearest = null, least = 100;
    for (const point of this.points) {
      const [x, y] = this.place(point);
      const distance = (x - at[0]) ** 2 + (y - at[1]) ** 2;
      if (distance < least) [nearest, least] = [point, distance];
    }
    if (!nearest) return tooltip.hide();
    tooltip.show(event, element("div", { class: "head" }, nearest.label),
      facts([[this.names[0], this.wording(nearest.x)], [this.names[1], this.wording(nearest.y)]]));
  }
}
