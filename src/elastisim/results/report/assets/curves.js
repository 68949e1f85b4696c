/* Quantities over time below the Gantt chart, and the small map of the whole run. */

/** For each of `width` columns from start to stop: mean over time, least and largest value of a step function. */
function columnsOf(times, values, start, stop, width) {
  const mean = new Float64Array(width), low = new Float64Array(width), high = new Float64Array(width);
  const span = (stop - start) / width;
  let next = lastAtMost(times, start) + 1;
  let value = next > 0 ? values[next - 1] : NaN;
  for (let column = 0; column < width; column++) {
    const end = start + (column + 1) * span;
    let before = start + column * span, sum = 0, least = value, most = value, known = 0;
    while (next < times.length && times[next] < end) {
      if (value === value) {
        sum += value * (times[next] - before);
        known += times[next] - before;
      }
      before = times[next];
      value = values[next++];
      least = least === least ? Math.min(least, value) : value;
      most = most === most ? Math.max(most, value) : value;
    }
    if (value === value) {
      sum += value * (end - before);
      known += end - before;
    }
    mean[column] = known > 0 ? sum / known : NaN;
    low[column] = least;
    high[column] = most;
  }
  return { mean, low, high };
}

class CurvePanel {
  /**
   * `curves` is a list of { label, times, values, colour, wording, area }, `maximum` the fixed end of the axis or null for
   * the largest value.
   */
  constructor(host, title, curves, view, { height = 94, maximum = null, wording = number } = {}) {
    Object.assign(this, { title, curves, view, height, maximum, wording });
    this.canvas = element("canvas", { role: "img", "aria-label": `${title} over time` });
    this.overlay = element("canvas", { class: "overlay" });
    this.caption = element("div", { class: "caption" });
    host.append(element("div", { class: "panel" }, this.canvas, this.overlay, this.caption));
    navigate(this.canvas, view, { height: () => this.height });
    this.largest = maximum ?? Math.max(0, ...curves.map((curve) => curve.values.reduce((most, value) => (value > most ? value : most), 0)));
  }

  resize(width) {
    this.width = width;
  }

  draw() {
    const { view, width, height } = this;
    const context = prepare(this.canvas, width, height);
    const ticks = valueTicks(this.largest, 2);
    const top = this.maximum ?? ticks[ticks.length - 1];
    const upper = 22, plot = height - upper - 5;
    const y = (value) => upper + plot - (Math.min(value, top) / top) * plot;
    context.strokeStyle = themed("--grid");
    context.fillStyle = themed("--soft");
    context.lineWidth = 1;
    const grid = timeTicks(view.start, view.stop, (width - GUTTER - MARGIN) / 110);
    for (const tick of grid.ticks) context.strokeRect(Math.round(xAt(view, tick, width)) + 0.5, upper, 0, plot);
    context.textAlign = "right";
    context.textBaseline = "middle";
    for (const tick of this.maximum ? [0, this.maximum / 2, this.maximum] : ticks) {
      const at = Math.round(y(tick)) + 0.5;
      context.strokeRect(GUTTER, at, width - GUTTER - MARGIN, 0);
      if (tick > 0 || !this.maximum) context.fillText(this.wording(tick), GUTTER - 8, Math.min(height - 8, at));
    }
    context.textAlign = "left";
    context.textBaseline = "top";
    context.fillStyle = themed("--text");
    context.fillText(this.title, GUTTER, 6);
    const columns = Math.max(1, Math.round(width - GUTTER - MARGIN));
    for (const curve of this.curves) this.drawCurve(context, curve, columns, y, upper + plot);
    this.drawOverlay();
  }

  drawCurve(context, curve, columns, y, base) {
    const { mean, low, high } = columnsOf(curve.times, curve.values, this.view.start, this.view.stop, columns);
    const colour = themed(curve.colour);
    const shape = (bottom, top) => {
      context.beginPath();
      let open = false;
      for (let column = 0; column < columns; column++) {
        if (!(mean[column] === mean[column])) continue;
        const x = GUTTER + column;
        context.rect(x, top(column), 1, Math.max(0, bottom(column) - top(column)));
        open = true;
      }
      if (open) context.fill();
    };
    context.fillStyle = colour;
    if (curve.area) {
      context.globalAlpha = 0.22;
      shape(() => base, (column) => y(mean[column]));
    }
    context.globalAlpha = 0.28;
    shape((column) => y(low[column]), (column) => y(high[column]));
    context.globalAlpha = 1;
    context.strokeStyle = colour;
    context.lineWidth = 1.4;
    context.beginPath();
    let before = null;
    for (let column = 0; column < columns; column++) {
      const value = mean[column];
      if (!(value === value)) {
        before = null;
        continue;
      }
      const x = GUTTER + column + 0.5;
      if (before == null) context.moveTo(x, y(value));
      else context.lineTo(x, y(value));
      before = value;
    }
    context.stroke();
  }

  drawOverlay() {
    const context = prepare(this.overlay, this.width, this.height);
    drawCursor(context, this.view, this.width, this.height);
    const { cursor } = this.view;
    this.caption.replaceChildren(...this.curves.map((curve) => {
      let text = curve.label;
      if (cursor != null) {
        const at = lastAtMost(curve.times, cursor);
        text += ` ${at >= 0 ? curve.wording(curve.values[at]) : NOTHING}`;
      }
      return element("span", {}, element("i", { style: `background:${themed(curve.colour)}` }), text);
    }));
  }
}

class Minimap {
  /** The whole run with a window on what is shown, which can be dragged. */
  constructor(host, series, maximum, view) {
    Object.assign(this, { series, maximum, view, height: 44 });
    this.canvas = element("canvas", { class: "minimap", role: "img", "aria-label": "The whole run, with the part that is shown" });
    host.append(this.canvas);
    let grip = null;
    const time = (event) => {
      const box = this.canvas.getBoundingClientRect();
      const part = (event.clientX - box.left - GUTTER) / (box.width - GUTTER - MARGIN);
      return view.begin + Math.min(1, Math.max(0, part)) * (view.end - view.begin);
    };
    this.canvas.addEventListener("pointerdown", (event) => {
      const at = time(event), near = ((view.end - view.begin) * 7) / this.width;
      const kind = Math.abs(at - view.start) < near ? "start" : Math.abs(at - view.stop) < near ? "stop" : at > view.start && at < view.stop ? "move" : "new";
      grip = { kind, at, start: view.start, stop: view.stop };
      this.canvas.setPointerCapture(event.pointerId);
    });
    this.canvas.addEventListener("pointermove", (event) => {
      if (!grip) return;
      const at = time(event), moved = at - grip.at;
      if (grip.kind === "move") {
        const shift = Math.min(Math.max(moved, view.begin - grip.start), view.end - grip.stop);
        view.show(grip.start + shift, grip.stop + shift);
      } else if (grip.kind === "new") view.show(Math.min(grip.at, at), Math.max(grip.at, at));
      else if (grip.kind === "start") view.show(Math.min(at, grip.stop), Math.max(at, grip.stop));
      else view.show(Math.min(grip.start, at), Math.max(grip.start, at));
    });
    this.canvas.addEventListener("pointerup", () => (grip = null));
    this.canvas.addEventListener("dblclick", () => view.reset());
  }

  resize(width) {
    this.width = width;
  }

  draw() {
    const { view, width, height } = this;
    const context = prepare(this.canvas, width, height);
    const plot = height - 14, columns = Math.max(1, Math.round(width - GUTTER - MARGIN));
    const { mean } = columnsOf(this.series.times, this.series.values, view.begin, view.end, columns);
    context.fillStyle = themed("--idle");
    context.fillRect(GUTTER, 0, columns, plot);
    context.fillStyle = themed("--soft");
    context.globalAlpha = 0.45;
    for (let column = 0; column < columns; column++) {
      const h = (Math.min(mean[column] || 0, this.maximum) / this.maximum) * plot;
      context.fillRect(GUTTER + column, plot - h, 1, h);
    }
    context.globalAlpha = 1;
    const x = (time) => GUTTER + ((time - view.begin) / (view.end - view.begin)) * columns;
    const x0 = x(view.start), x1 = Math.max(x0 + 2, x(view.stop));
    context.fillStyle = themed("--accent");
    context.globalAlpha = 0.18;
    context.fillRect(x0, 0, x1 - x0, plot);
    context.globalAlpha = 1;
    context.strokeStyle = themed("--accent");
    context.lineWidth = 1.5;
    context.strokeRect(x0 + 0.75, 0.75, Math.max(1, x1 - x0 - 1.5), plot - 1.5);
    context.fillRect(x0 - 1, plot / 2 - 7, 3, 14);
    context.fillRect(x1 - 2, plot / 2 - 7, 3, 14);
    context.fillStyle = themed("--soft");
    context.textBaseline = "top";
    const { ticks, step } = timeTicks(view.begin, view.end, columns / 120);
    context.textAlign = "center";
    for (const tick of ticks) context.fillText(clock(tick, step), Math.min(Math.max(x(tick), GUTTER + 10), width - 24), plot + 2);
    context.textAlign = "right";
    context.fillText("whole run", GUTTER - 8, plot / 2 - 6);
  }
}
