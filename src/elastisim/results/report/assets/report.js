/* The report of one run: puts data, charts and table together. */

async function main() {
  const { document: run, columns } = await unpack(document.getElementById("data").textContent);
  const jobs = jobColumns(run, columns);
  const marks = { mask: null, selected: null, hovered: null };
  const view = new View(run.begin, run.end, run.nodes);
  const timeline = document.getElementById("timeline");
  timeline.replaceChildren();
  const gantt = run.nodes && columns["stay.job"].length ? new Gantt(timeline, columns, jobs, run.node_names, view, marks) : null;
  const panels = curvePanels(timeline, run, columns, view);
  const minimap = new Minimap(timeline, { times: columns["busy.time"], values: columns["busy.value"] }, Math.max(1, run.nodes), view);
  const histograms = [
    new Histogram(document.getElementById("distributions"), "Wait", jobs.wait, { wording: duration, least: 1 }, marks),
    new Histogram(document.getElementById("distributions"), "Turnaround", jobs.turnaround, { wording: duration, least: 1 }, marks),
    new Histogram(document.getElementById("distributions"), "Bounded slowdown", jobs.slowdown, { wording: number, least: 1 }, marks),
  ];
  const table = new JobTable(document.getElementById("jobs"), tableColumns(run, jobs), jobs.count, (job) => select(job));
  const found = document.getElementById("found");
  const search = document.getElementById("search");
  const mode = document.getElementById("colour");
  const fields = searchFields(run, jobs);

  function drawTimeline() {
    gantt?.draw();
    panels.forEach((panel) => panel.draw());
    minimap.draw();
  }

  function resizeAll() {
    const width = timeline.clientWidth;
    gantt?.resize(width, run.nodes < 40 ? 150 + 9 * run.nodes : 470);
    panels.forEach((panel) => panel.resize(width));
    minimap.resize(width);
    histograms.forEach((histogram) => histogram.resize());
  }

  function drawAll(printing = false) {
    resizeAll();
    drawTimeline();
    histograms.forEach((histogram) => histogram.draw());
    table.draw(printing === true);
    showDetails();
  }

  function recolour() {
    const legend = colourJobs(mode.value, run, jobs, gantt?.colours ?? new Uint8Array(3 * jobs.count));
    document.getElementById("legend").replaceChildren(...legend);
    gantt?.draw();
    table.draw();
  }

  function find() {
    const { test, problem } = compileQuery(search.value, fields);
    search.setAttribute("aria-invalid", String(Boolean(problem)));
    marks.mask = null;
    let count = 0;
    if (test) {
      marks.mask = new Uint8Array(jobs.count);
      for (let job = 0; job < jobs.count; job++) if (test(job)) count += marks.mask[job] = 1;
    }
    found.textContent = problem ?? (test ? `${count.toLocaleString("en")} of ${jobs.count.toLocaleString("en")} jobs` : `${jobs.count.toLocaleString("en")} jobs`);
    gantt?.draw();
    histograms.forEach((histogram) => histogram.draw());
    table.filter(marks.mask);
  }

  /** Select a job, bring it into sight and show its details; null takes the selection back. */
  function select(job, zoom = false) {
    marks.selected = job;
    if (job != null && gantt) {
      const outside = jobs.end[job] < view.start || jobs.start[job] > view.stop;
      if (zoom || outside) gantt.focus(job);
    }
    gantt?.drawOverlay();
    table.select(job);
    showDetails();
  }

  function showDetails() {
    const box = document.getElementById("details");
    const job = marks.selected;
    box.hidden = job == null;
    if (job == null) return;
    const sizes = element("canvas", { role: "img", "aria-label": "Number of nodes over time", width: 300, height: 64 });
    box.replaceChildren(
      element("div", { class: "head" },
        element("span", { class: "swatch", style: `background:${jobColour(gantt, job)}` }), `Job ${jobs.id[job]}`, element("span", { class: "space" }),
        element("button", { type: "button", onclick: () => select(job, true) }, "Zoom to job"),
        element("button", { type: "button", class: "icon", "aria-label": "Close", title: "Close (Esc)", onclick: () => select(null) }, "×")),
      ...jobFacts(run, jobs, job), sizes);
    if (gantt) drawSizes(sizes, gantt, job);
    document.getElementById("spoken").textContent = `Job ${jobs.id[job]} selected, ${run.types[jobs.type[job]]}, ${run.statuses[jobs.status[job]]}`;
  }

  view.listeners.push(drawTimeline);
  view.cursorListeners.push(() => {
    gantt?.drawOverlay();
    panels.forEach((panel) => panel.drawOverlay());
  });
  if (gantt) watchGantt(gantt, run, jobs, marks, select);
  search.addEventListener("input", find);
  search.addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      search.value = "";
      find();
    }
    if (event.key === "Enter" && marks.mask) {
      event.preventDefault();
      const next = nextJob(table.rows, marks.selected, event.shiftKey ? -1 : 1);
      if (next != null) select(next, true);
    }
  });
  mode.addEventListener("change", recolour);
  document.getElementById("zoom-in").addEventListener("click", () => view.zoomTime(1 / 1.6));
  document.getElementById("zoom-out").addEventListener("click", () => view.zoomTime(1.6));
  document.getElementById("reset").addEventListener("click", () => view.reset());
  document.getElementById("print").addEventListener("click", () => print());
  document.addEventListener("keydown", (event) => {
    const typing = /^(INPUT|SELECT|TEXTAREA)$/.test(event.target.tagName);
    if (event.key === "/" && !typing) {
      event.preventDefault();
      search.focus();
    } else if (event.key === "Escape" && !typing) select(null);
    else if (!typing && (event.target === gantt?.canvas || event.target === document.body) && moveByKey(view, event)) event.preventDefault();
    else if (!typing && (event.key === "n" || event.key === "p") && !event.ctrlKey && !event.metaKey) {
      const next = nextJob(table.rows, marks.selected, event.key === "n" ? 1 : -1);
      if (next != null) select(next);
    }
  });
  new ResizeObserver(perFrame(() => drawAll())).observe(timeline);
  resizeAll();
  recolour();
  followTheme(document.getElementById("theme"), drawAll);
  find();
  // For tests and for people who like consoles.
  window.report = { run, jobs, view, gantt, table, marks, select, ready: true };
}

function nextJob(rows, selected, step) {
  if (!rows.length) return null;
  const now = selected == null ? -1 : rows.indexOf(selected);
  return rows[now < 0 ? (step > 0 ? 0 : rows.length - 1) : (now + step + rows.length) % rows.length];
}

/** A point in time of a run; short runs need fractions of a second. */
const moment = (run, seconds) => (Number.isNaN(seconds) ? NOTHING : clock(seconds, run.end < 3600 ? 0.01 : 1));

/** The columns of jobs under short names, with the bounded slowdown. */
function jobColumns(run, columns) {
  const jobs = { count: columns["job.id"].length };
  for (const [name, values] of Object.entries(columns)) if (name.startsWith("job.")) jobs[name.slice(4)] = values;
  jobs.slowdown = Float64Array.from(jobs.turnaround, (turnaround, i) => {
    const longest = Math.max(jobs.runtime[i], run.bound);
    return longest > 0 ? Math.max(1, turnaround / longest) : NaN;
  });
  jobs.changes = new Uint32Array(jobs.count);
  for (const job of columns["change.job"]) jobs.changes[job]++;
  return jobs;
}

function curvePanels(host, run, columns, view) {
  const curve = (label, name, colour, wording = number, area = false) => ({ label, times: columns[`${name}.time`], values: columns[`${name}.value`], colour, wording, area });
  const has = (name) => run.curves.includes(name);
  const nodes = [curve("allocated", "busy", "--curve-1", (value) => `${number(value)} (${share(value / run.nodes)})`, true)];
  if (has("cpu")) {
    const load = curve("computing", "cpu", "--curve-2", (value) => share(value / run.nodes));
    nodes.push({ ...load, values: load.values.map((value) => value * run.nodes) });
  }
  const panels = [
    new CurvePanel(host, "Nodes", nodes, view, { maximum: Math.max(1, run.nodes) }),
    new CurvePanel(host, "Jobs", [curve("waiting", "queue", "--curve-2", number, true), curve("running", "running", "--curve-3")], view),
  ];
  const rate = (value) => amount(value, "B/s");
  const pfs = [["read", "pfs_read", "--curve-3"], ["written", "pfs_write", "--curve-4"]].filter(([, name]) => has(name));
  if (pfs.length) panels.push(new CurvePanel(host, "Parallel file system", pfs.map(([label, name, colour]) => curve(label, name, colour, rate, true)), view, { wording: rate }));
  if (has("network")) panels.push(new CurvePanel(host, "Network load", [curve("mean over links", "network", "--curve-1", share, true)], view, { wording: share }));
  if (has("gpu")) panels.push(new CurvePanel(host, "GPU load", [curve("mean over nodes", "gpu", "--curve-4", share, true)], view, { wording: share }));
  return panels;
}

/** Hover, click, double click and keys on the Gantt chart. */
function watchGantt(gantt, run, jobs, marks, select) {
  const { canvas } = gantt;
  const spot = (event) => {
    const box = canvas.getBoundingClientRect();
    return gantt.at(event.clientX - box.left, event.clientY - box.top);
  };
  canvas.addEventListener("pointermove", (event) => {
    const under = event.buttons ? null : spot(event);
    marks.hovered = under?.job ?? null;
    if (!under) tooltip.hide();
    else if (under.job == null) tooltip.show(event, facts([["node", run.node_names[under.node]], ["time", moment(run, under.time)], ["", "free"]]));
    else {
      tooltip.show(event,
        element("div", { class: "head" }, element("span", { class: "swatch", style: `background:${jobColour(gantt, under.job)}` }), `Job ${jobs.id[under.job]}`),
        jobFacts(run, jobs, under.job)[0], facts([["node", run.node_names[under.node]], ["time", moment(run, under.time)]]));
    }
    gantt.drawOverlay();
  });
  canvas.addEventListener("pointerleave", () => {
    marks.hovered = null;
    tooltip.hide();
    gantt.drawOverlay();
  });
  let last = null;
  canvas.addEventListener("pointerdown", (event) => (last = spot(event)));
  canvas.addEventListener("released", (event) => {
    if (!event.detail.moved && last) select(last.job);
  });
  canvas.addEventListener("dblclick", () => (last?.job != null ? select(last.job, true) : gantt.view.reset()));
  canvas.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && marks.selected != null) select(marks.selected, true);
  });
}

/** Tables of what is known about a job. */
function jobFacts(run, jobs, job) {
  const asked = jobs.min_nodes[job] === jobs.max_nodes[job] ? number(jobs.max_nodes[job]) : `${number(jobs.min_nodes[job])} to ${number(jobs.max_nodes[job])}`;
  return [
    facts([["type", run.types[jobs.type[job]]], ["status", run.statuses[jobs.status[job]]], ["user", run.users[jobs.user[job]]],
      ["nodes", number(jobs.nodes[job]) + (Number.isNaN(jobs.max_nodes[job]) || asked === number(jobs.nodes[job]) ? "" : ` (asked for ${asked})`)],
      ["reconfigurations", jobs.changes[job] || null]]),
    facts([["submitted", moment(run, jobs.submit[job])], ["started", moment(run, jobs.start[job])],
      ["ended", moment(run, jobs.end[job])], ["walltime", duration(jobs.walltime[job])]]),
    facts([["wait", duration(jobs.wait[job])], ["runtime", duration(jobs.runtime[job])], ["turnaround", duration(jobs.turnaround[job])],
      ["bounded slowdown", number(jobs.slowdown[job])], ["model", run.models[jobs.model[job]]]]),
  ];
}

function jobColour(gantt, job) {
  return gantt ? css([gantt.colours[3 * job], gantt.colours[3 * job + 1], gantt.colours[3 * job + 2]]) : "transparent";
}

/** Fill in the colours of jobs and return the legend. */
function colourJobs(mode, run, jobs, colours) {
  const put = (job, colour) => colours.set(colour, 3 * job);
  const key = (colour, text) => element("span", { class: "key" }, element("span", { class: "swatch", style: `background:${colour}` }), text);
  const categories = (values, names, palette) => {
    const counts = new Map();
    for (let job = 0; job < jobs.count; job++) {
      put(job, rgb(palette(values[job])));
      counts.set(values[job], (counts.get(values[job]) ?? 0) + 1);
    }
    const largest = [...counts].sort((a, b) => b[1] - a[1]).slice(0, 12);
    const keys = largest.map(([value, count]) => key(palette(value), `${names[value] || NOTHING} (${count.toLocaleString("en")})`));
    return counts.size > largest.length ? [...keys, `and ${(counts.size - largest.length).toLocaleString("en")} more`] : keys;
  };
  /* By rank: half of the jobs lie on either side of the middle of the scale, however skewed the values are. */
  const scale = (values, wording) => {
    const known = Array.from(values.keys()).filter((job) => Number.isFinite(values[job])).sort((a, b) => values[a] - values[b]);
    for (let job = 0; job < jobs.count; job++) put(job, rgb("#8a8f98"));
    let first = 0; // equal values have one colour: that of the first of them
    known.forEach((job, rank) => {
      if (values[job] !== values[known[first]]) first = rank;
      put(job, scaleColour(first / Math.max(1, known.length - 1)));
    });
    const bar = element("canvas", { width: 200, height: 12 });
    const context = bar.getContext("2d");
    for (let x = 0; x < 200; x++) {
      context.fillStyle = css(scaleColour(x / 199));
      context.fillRect(x, 0, 1, 12);
    }
    const value = (part) => (known.length ? wording(values[known[Math.round(part * (known.length - 1))]]) : NOTHING);
    return [value(0), bar, `${value(1)} (by rank, median ${value(0.5)})`];
  };
  if (mode === "type") return categories(jobs.type, run.types, (type) => TYPE_COLOURS[run.types[type]] ?? TYPE_COLOURS.unknown);
  if (mode === "status") return categories(jobs.status, run.statuses, (status) => STATUS_COLOURS[run.statuses[status]]);
  if (mode === "user") return categories(jobs.user, run.users, (user) => CATEGORIES[user % CATEGORIES.length]);
  if (mode === "wait") return scale(jobs.wait, duration);
  if (mode === "size") return scale(jobs.nodes, number);
  if (mode === "slowdown") return scale(jobs.slowdown, number);
  for (let job = 0; job < jobs.count; job++) put(job, rgb(CATEGORIES[jobs.id[job] % 8]));
  return ["Neighbouring jobs differ in colour; the colour itself has no meaning."];
}

function tableColumns(run, jobs) {
  const names = (positions, known) => Array.from(positions, (position) => known[position]);
  const clocks = (value) => moment(run, value);
  const columns = [
    { title: "Job", values: jobs.id },
    { title: "Type", values: names(jobs.type, run.types), text: true, colour: (job) => TYPE_COLOURS[run.types[jobs.type[job]]] ?? TYPE_COLOURS.unknown },
    { title: "Status", values: names(jobs.status, run.statuses), text: true },
  ];
  if (run.users.some(Boolean)) columns.push({ title: "User", values: names(jobs.user, run.users), text: true });
  columns.push({ title: "Nodes", values: jobs.nodes, wording: number }, { title: "Submitted", values: jobs.submit, wording: clocks },
    { title: "Started", values: jobs.start, wording: clocks }, { title: "Ended", values: jobs.end, wording: clocks },
    { title: "Wait", values: jobs.wait, wording: duration }, { title: "Runtime", values: jobs.runtime, wording: duration },
    { title: "Turnaround", values: jobs.turnaround, wording: duration }, { title: "Bounded slowdown", values: jobs.slowdown, wording: number });
  return columns;
}

function searchFields(run, jobs) {
  const text = (positions, known) => ({ values: Array.from(positions, (position) => known[position]), text: true });
  return {
    job: { values: jobs.id }, type: text(jobs.type, run.types), status: text(jobs.status, run.statuses), user: text(jobs.user, run.users),
    model: text(jobs.model, run.models), nodes: { values: jobs.nodes }, submit: { values: jobs.submit }, start: { values: jobs.start },
    end: { values: jobs.end }, wait: { values: jobs.wait }, runtime: { values: jobs.runtime }, turnaround: { values: jobs.turnaround },
    slowdown: { values: jobs.slowdown }, walltime: { values: jobs.walltime },
  };
}

main().catch((error) => {
  document.getElementById("timeline").textContent = `This page cannot be shown: ${error.message}. A browser of 2023 or later is needed.`;
  throw error;
});
