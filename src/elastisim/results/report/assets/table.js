/* The table of jobs: only the rows in sight exist, so that any number of jobs scrolls smoothly. */

const ROW = 28; // height of a row in CSS pixels

class JobTable {
  /** `columns` is a list of { title, values, wording, text }; `chosen(job)` is called when a row is clicked. */
  constructor(host, columns, count, chosen) {
    Object.assign(this, { columns, count, chosen, selected: null });
    this.order = Uint32Array.from({ length: count }, (_, i) => i);
    this.sorting = { column: 0, descending: false };
    this.body = element("tbody", {});
    this.heads = columns.map((column, i) =>
      element("th", { scope: "col", class: column.text ? "text" : "" }, element("button", { type: "button", onclick: () => this.sort(i) }, column.title)));
    this.scroller = element("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "Table of jobs" },
      element("table", { class: "data", "aria-rowcount": count }, element("thead", {}, element("tr", {}, ...this.heads)), this.body));
    host.append(this.scroller);
    this.render = perFrame(() => this.draw());
    this.scroller.addEventListener("scroll", this.render);
    this.scroller.addEventListener("keydown", (event) => this.key(event));
    this.rows = this.order;
    this.markSorting();
  }

  /** Show only the jobs of a mask, or all. */
  filter(mask) {
    this.mask = mask;
    this.rows = mask ? this.order.filter((job) => mask[job]) : this.order;
    this.scroller.querySelector("table").setAttribute("aria-rowcount", this.rows.length);
    this.scroller.scrollTop = 0;
    this.draw();
  }

  sort(column) {
    const descending = this.sorting.column === column ? !this.sorting.descending : !this.columns[column].text && column > 0;
    this.sorting = { column, descending };
    const { values } = this.columns[column];
    const sign = descending ? -1 : 1;
    const compare = typeof values[0] === "string" ? (a, b) => (values[a] < values[b] ? -1 : values[a] > values[b] ? 1 : 0) * sign || a - b
      : (a, b) => {
        const x = values[a], y = values[b];
        if (x !== x || y !== y) return (x !== x) - (y !== y) || a - b; // unknown values last
        return (x - y) * sign || a - b;
      };
    this.order.sort(compare);
    this.markSorting();
    this.filter(this.mask);
  }

  markSorting() {
    this.heads.forEach((head, i) => head.setAttribute("aria-sort", i !== this.sorting.column ? "none" : this.sorting.descending ? "descending" : "ascending"));
  }

  draw(all = false) {
    const { scrollTop, clientHeight } = this.scroller;
    const first = all ? 0 : Math.max(0, Math.floor(scrollTop / ROW) - 8);
    const last = all ? Math.min(this.rows.length, 200) : Math.min(this.rows.length, Math.ceil((scrollTop + clientHeight) / ROW) + 8);
    const made = [];
    if (first) made.push(element("tr", { class: "pad", "aria-hidden": "true", style: `height:${first * ROW}px` }));
    for (let row = first; row < last; row++) {
      const job = this.rows[row];
      const line = element("tr", { "aria-selected": String(job === this.selected), "aria-rowindex": row + 1, "data-job": job, onclick: () => this.chosen(job) });
      for (const column of this.columns) {
        const cell = element("td", { class: column.text ? "text" : "" });
        if (column.colour) cell.append(element("span", { class: "swatch", style: `background:${column.colour(job)}` }));
        cell.append(column.wording ? column.wording(column.values[job]) : String(column.values[job]));
        line.append(cell);
      }
      made.push(line);
    }
    const rest = all ? 0 : this.rows.length - last;
    if (rest) made.push(element("tr", { class: "pad", "aria-hidden": "true", style: `height:${rest * ROW}px` }));
    this.body.replaceChildren(...made);
  }

  /** Mark a job and scroll to it. */
  select(job) {
    this.selected = job;
    const row = job == null ? -1 : this.rows.indexOf(job);
    const { scrollTop, clientHeight } = this.scroller;
    if (row >= 0 && (row * ROW < scrollTop || (row + 3) * ROW > scrollTop + clientHeight)) this.scroller.scrollTop = Math.max(0, row * ROW - clientHeight / 2);
    this.draw();
  }

  key(event) {
    const step = { ArrowDown: 1, ArrowUp: -1, PageDown: 12, PageUp: -12 }[event.key];
    if (!step || event.target !== this.scroller || !this.rows.length) return;
    event.preventDefault();
    const now = this.selected == null ? -1 : this.rows.indexOf(this.selected);
    const next = Math.min(this.rows.length - 1, Math.max(0, now + step));
    this.chosen(this.rows[next]);
  }
}
