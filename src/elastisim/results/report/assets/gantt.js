/*
 * The Gantt chart: nodes from top to bottom, time from left to right, jobs as bands that change with their nodes.
 *
 * Rectangles (a stay of a job on a range of nodes) are drawn into pixels here, not by the canvas: each pixel shows the
 * job that covers most of it, as strongly as the pixel is covered altogether. So a rectangle far below a pixel still
 * counts, half a million of them take some ten milliseconds, and what is under the pointer is known without a search.
 */

const GAP = 1; // a pixel at the border of a band, drawn paler
const RESIZED = 2; // a pixel where a job goes on with other nodes, drawn darker

class Gantt {
  /** `jobs` are the columns of jobs, `marks` says what is highlighted: a mask of jobs, one selected, one hovered. */
  constructor(host, columns, jobs, names, view, marks) {
    Object.assign(this, { columns, jobs, names, view, marks });
    this.stayJob = columns["stay.job"];
    this.stayStart = columns["stay.start"];
    this.stayEnd = columns["stay.end"];
    this.stayRanges = columns["stay.ranges"];
    this.rangeFirst = columns["range.first"];
    this.rangeEnd = columns["range.end"];
    this.indexStays();
    this.canvas = element("canvas", { class: "gantt", tabindex: "0", role: "application", "aria-label": "Gantt chart of nodes over time", "aria-describedby": "keys" });
    this.overlay = element("canvas", { class: "overlay" });
    host.append(element("div", { class: "panel" }, this.canvas, this.overlay));
    this.box = null;
    navigate(this.canvas, view, { height: () => this.plotHeight, nodes: true, boxDrawn: (...box) => this.drawBox(box) });
    this.colours = new Uint8Array(3 * jobs.count);
  }

  /** Remember where the stays of each job are, and which of them continue another one. */
  indexStays() {
    const count = this.jobs.count;
    const ends = new Uint32Array(count + 1);
    for (const job of this.stayJob) ends[job + 1]++;
    for (let i = 0; i < count; i++) ends[i + 1] += ends[i];
    this.jobStays = new Uint32Array(this.stayJob.length);
    const next = ends.slice();
    for (let stay = 0; stay < this.stayJob.length; stay++) this.jobStays[next[this.stayJob[stay]]++] = stay;
    this.jobEnds = ends;
    this.continues = new Uint8Array(this.stayJob.length);
    for (let job = 0; job < count; job++) {
      const own = this.staysOf(job);
      for (let i = 1; i < own.length; i++) this.continues[own[i]] = this.stayStart[own[i]] <= this.stayEnd[own[i - 1]] ? 1 : 0;
    }
  }

  /** Stays of a job, by index. */
  staysOf(job) {
    return this.jobStays.subarray(this.jobEnds[job], this.jobEnds[job + 1]);
  }

  resize(width, height) {
    Object.assign(this, { width, height, plotHeight: height - 24, plotWidth: width - GUTTER - MARGIN });
  }

  draw() {
    const context = prepare(this.canvas, this.width, this.height);
    this.ratio = this.canvas.width / this.width;
    this.rasterise();
    context.putImageData(this.image, Math.round(GUTTER * this.ratio), 0);
    this.drawAxes(context);
    this.drawLabels(context);
    this.drawOverlay();
  }

  /** Fill `owner`: the job that covers most of each pixel, plus one; 0 where there is none. */
  rasterise() {
    const { view, stayJob, stayStart, stayEnd, stayRanges, rangeFirst, rangeEnd } = this;
    const width = Math.max(1, Math.round(this.plotWidth * this.ratio)), height = Math.max(1, Math.round(this.plotHeight * this.ratio));
    const size = width * height;
    if (!this.owner || this.owner.length !== size || this.rasterWidth !== width) {
      this.owner = new Uint32Array(size);
      this.best = new Float32Array(size);
      this.total = new Float32Array(size);
      this.edge = new Uint8Array(size);
      this.image = new ImageData(width, height);
      this.pixels = new Uint32Array(this.image.data.buffer);
    } else {
      this.owner.fill(0);
      this.best.fill(0);
      this.total.fill(0);
      this.edge.fill(0);
    }
    Object.assign(this, { rasterWidth: width, rasterHeight: height });
    const { owner, best, total, edge } = this;
    const perTime = width / (view.stop - view.start), perNode = height / (view.bottom - view.top);
    for (let stay = 0; stay < stayJob.length; stay++) {
      if (stayEnd[stay] <= view.start) continue;
      if (stayStart[stay] >= view.stop) break; // stays are sorted by their start
      const x0 = Math.max(0, (stayStart[stay] - view.start) * perTime), x1 = Math.min(width, (stayEnd[stay] - view.start) * perTime);
      const left = Math.floor(x0), right = Math.min(width, Math.ceil(x1));
      const job = stayJob[stay] + 1;
      const begins = stayStart[stay] < view.start ? 0 : this.continues[stay] ? RESIZED : GAP;
      for (let range = stayRanges[stay]; range < stayRanges[stay + 1]; range++) {
        if (rangeEnd[range] <= view.top || rangeFirst[range] >= view.bottom) continue;
        const y0 = Math.max(0, (rangeFirst[range] - view.top) * perNode), y1 = Math.min(height, (rangeEnd[range] - view.top) * perNode);
        const upper = Math.floor(y0), lower = Math.min(height, Math.ceil(y1));
        const outlined = x1 - x0 >= 5 && y1 - y0 >= 4;
        for (let y = upper; y < lower; y++) {
          const part = Math.min(y + 1, y1) - Math.max(y, y0);
          const row = y * width;
          for (let x = left; x < right; x++) {
            const cover = part * (Math.min(x + 1, x1) - Math.max(x, x0));
            const pixel = row + x;
            total[pixel] += cover;
            if (cover >= best[pixel]) {
              best[pixel] = cover;
              owner[pixel] = job;
              edge[pixel] = !outlined ? 0 : y === upper ? GAP : x === left ? begins : 0;
            }
          }
        }
      }
    }
    this.colour();
  }

  /** Turn owners into colours. */
  colour() {
    const { owner, total, edge, pixels, colours } = this;
    const idle = rgb(themed("--idle"));
    const background = (255 << 24) | (idle[2] << 16) | (idle[1] << 8) | idle[0];
    const { mask } = this.marks;
    for (let pixel = 0; pixel < owner.length; pixel++) {
      const job = owner[pixel];
      if (!job) {
        pixels[pixel] = background;
        continue;
      }
      const at = 3 * (job - 1);
      let strength = total[pixel] < 1 ? total[pixel] : 1;
      if (mask && !mask[job - 1]) strength *= 0.13;
      if (edge[pixel] === GAP) strength *= 0.45;
      const shade = edge[pixel] === RESIZED ? 0.72 : 1;
      const r = (idle[0] + (colours[at] - idle[0]) * strength) * shade;
      const g = (idle[1] + (colours[at + 1] - idle[1]) * strength) * shade;
      const b = (idle[2] + (colours[at + 2] - idle[2]) * strength) * shade;
      pixels[pixel] = (255 << 24) | (b << 16) | (g << 8) | r;
    }
  }

  drawAxes(context) {
    const { view, width, plotHeight } = this;
    context.fillStyle = themed("--soft");
    context.strokeStyle = themed("--grid");
    context.lineWidth = 1;
    const { ticks, step } = timeTicks(view.start, view.stop, this.plotWidth / 110);
    context.textAlign = "center";
    context.textBaseline = "top";
    for (const tick of ticks) {
      const x = xAt(view, tick, width);
      context.fillRect(x, plotHeight, 1, 4);
      context.fillText(clock(tick, step), Math.min(Math.max(x, GUTTER + 14), width - 26), plotHeight + 7);
    }
    context.textAlign = "right";
    context.textBaseline = "middle";
    const rows = view.bottom - view.top;
    const step2 = Math.max(1, niceStep((rows * 20) / plotHeight));
    for (let node = Math.ceil(view.top / step2) * step2; node < view.bottom; node += step2) {
      const y = ((node + 0.5 - view.top) / rows) * plotHeight;
      if (y < 5 || y > plotHeight - 4) continue;
      context.fillText(shorten(this.names[node], 10), GUTTER - 8, y);
      context.fillRect(GUTTER - 5, y, 4, 1);
    }
  }

  /** Write the numbers of jobs into bands that are large enough. */
  drawLabels(context) {
    const { view, plotWidth, plotHeight } = this;
    const perTime = plotWidth / (view.stop - view.start), perNode = plotHeight / (view.bottom - view.top);
    context.textAlign = "left";
    context.textBaseline = "middle";
    let written = 0;
    for (let stay = lastAtMost(this.stayStart, view.stop); stay >= 0 && written < 600; stay--) {
      if (this.stayEnd[stay] <= view.start) continue;
      const x0 = Math.max(0, (this.stayStart[stay] - view.start) * perTime), x1 = Math.min(plotWidth, (this.stayEnd[stay] - view.start) * perTime);
      if (x1 - x0 < 26) continue;
      const job = this.stayJob[stay];
      if (this.marks.mask && !this.marks.mask[job]) continue;
      const text = String(this.jobs.id[job]);
      for (let range = this.stayRanges[stay]; range < this.stayRanges[stay + 1]; range++) {
        const y0 = Math.max(0, (this.rangeFirst[range] - view.top) * perNode), y1 = Math.min(plotHeight, (this.rangeEnd[range] - view.top) * perNode);
        if (y1 - y0 < 11 || x1 - x0 < 10 + 7 * text.length) continue;
        const colour = [this.colours[3 * job], this.colours[3 * job + 1], this.colours[3 * job + 2]];
        context.fillStyle = luminance(colour) > 0.52 ? "#101820" : "#ffffff";
        context.fillText(text, GUTTER + x0 + 5, (y0 + y1) / 2 + 0.5);
        written++;
      }
    }
  }

  /** Outline the hovered and the selected job, and mark the time under the pointer. */
  drawOverlay() {
    const context = prepare(this.overlay, this.width, this.height);
    context.save();
    context.beginPath();
    context.rect(GUTTER, 0, this.plotWidth, this.plotHeight);
    context.clip();
    for (const [job, emphasis] of [[this.marks.selected, 2], [this.marks.hovered, 1]]) {
      if (job != null) this.outline(context, job, emphasis);
    }
    if (this.box) {
      const [x0, y0, x1, y1] = this.box;
      context.fillStyle = themed("--accent");
      context.globalAlpha = 0.2;
      context.fillRect(x0, y0, x1 - x0, y1 - y0);
      context.globalAlpha = 1;
    }
    context.restore();
    drawCursor(context, this.view, this.width, this.plotHeight);
  }

  outline(context, job, emphasis) {
    const { view, plotWidth, plotHeight } = this;
    const perTime = plotWidth / (view.stop - view.start), perNode = plotHeight / (view.bottom - view.top);
    const outline = themed("--text"), halo = themed("--card");
    const boxes = [];
    for (const stay of this.staysOf(job)) {
      if (this.stayEnd[stay] <= view.start || this.stayStart[stay] >= view.stop) continue;
      const x = GUTTER + (this.stayStart[stay] - view.start) * perTime, w = Math.max(2, (this.stayEnd[stay] - this.stayStart[stay]) * perTime);
      for (let range = this.stayRanges[stay]; range < this.stayRanges[stay + 1]; range++) {
        boxes.push([x, (this.rangeFirst[range] - view.top) * perNode, w, Math.max(2, (this.rangeEnd[range] - this.rangeFirst[range]) * perNode)]);
      }
    }
    for (const [colour, line] of [[halo, 2 + 2 * emphasis], [outline, emphasis]]) {
      context.strokeStyle = colour;
      context.lineWidth = line;
      for (const [x, y, w, h] of boxes) context.strokeRect(x, y, w, h);
    }
    if (emphasis < 2) return;
    context.setLineDash([4, 4]);
    context.lineWidth = 1;
    for (const time of [this.jobs.submit[job]]) {
      const x = GUTTER + (time - view.start) * perTime;
      context.beginPath();
      context.moveTo(x, 0);
      context.lineTo(x, plotHeight);
      context.stroke();
    }
    context.setLineDash([]);
  }

  drawBox(box) {
    this.box = box[0] == null ? null : box;
    this.drawOverlay();
  }

  /** The job, node and time under a position of the pointer within the canvas; null outside of the chart. */
  at(x, y) {
    if (x < GUTTER || x >= this.width - MARGIN || y < 0 || y >= this.plotHeight) return null;
    const column = Math.floor((x - GUTTER) * this.ratio), row = Math.floor(y * this.ratio);
    const job = this.owner[row * this.rasterWidth + column] - 1;
    const node = Math.floor(this.view.top + (y / this.plotHeight) * (this.view.bottom - this.view.top));
    return { job: job >= 0 ? job : null, node, time: timeAt(this.view, x, this.width) };
  }

  /** Bring a job into view, with some room around it. */
  focus(job) {
    const stays = this.staysOf(job);
    if (!stays.length) {
      const submit = this.jobs.submit[job];
      const span = (this.view.stop - this.view.start) / 2;
      this.view.show(submit - span, submit + span);
      return;
    }
    let first = Infinity, last = 0, start = Infinity, end = -Infinity;
    for (const stay of stays) {
      start = Math.min(start, this.stayStart[stay]);
      end = Math.max(end, this.stayEnd[stay]);
      for (let range = this.stayRanges[stay]; range < this.stayRanges[stay + 1]; range++) {
        first = Math.min(first, this.rangeFirst[range]);
        last = Math.max(last, this.rangeEnd[range]);
      }
    }
    const time = Math.max(end - start, (this.view.end - this.view.begin) * 1e-5), nodes = Math.max(8, last - first);
    this.view.show(start - 0.6 * time, end + 0.6 * time, first - 0.3 * nodes, last + 0.3 * nodes);
  }
}

function shorten(text, length) {
  return text.length <= length ? text : "…" + text.slice(1 - length);
}
