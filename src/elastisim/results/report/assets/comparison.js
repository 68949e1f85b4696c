/* The comparison of runs: curves over time, distributions, and the same jobs side by side. */

const PAIRED = {
  wait: { title: "Wait", wording: duration }, turnaround: { title: "Turnaround", wording: duration }, slowdown: { title: "Bounded slowdown", wording: number },
};

async function main() {
  const { document: comparison, columns } = await unpack(document.getElementById("data").textContent);
  const runs = comparison.runs.map((run, i) => ({ ...run, jobs: jobsOf(columns, `${i}.`, comparison.bound), prefix: `${i}.` }));
  const view = new View(0, Math.max(...runs.map((run) => run.end)), 1);
  const timeline = document.getElementById("timeline");
  timeline.replaceChildren();
  const charts = [...timelinePanels(timeline, runs, columns, view), ...distributions(runs)];
  const scatter = new Scatter(document.getElementById("scatter"));
  const other = document.getElementById("other"), metric = document.getElementById("metric");
  other.append(...runs.slice(1).map((run, i) => element("option", { value: i + 1 }, run.name)));
  other.parentElement.hidden = runs.length < 3;
  let table = null, paired = [];

  function pair() {
    const [first, second] = [runs[0], runs[Number(other.value)]];
    const { title, wording } = PAIRED[metric.value];
    paired = pairJobs(first, second);
    const points = paired.map(([a, b]) => ({ x: first.jobs[metric.value][a], y: second.jobs[metric.value][b], label: `Job ${first.jobs.id[a]}` }))
      .filter(({ x, y }) => x === x && y === y);
    const better = points.filter(({ x, y }) => y < x - 1e-6).length, worse = points.filter(({ x, y }) => y > x + 1e-6).length;
    document.getElementById("counts").textContent = points.length
      ? `${title}: ${better.toLocaleString("en")} of ${points.length.toLocaleString("en")} jobs are better in ${second.name} (below the line), ${worse.toLocaleString("en")} worse.`
      : "No job is the same in both runs.";
    scatter.show(points, [`${title} in ${first.name}`, `${title} in ${second.name}`], wording, 1);
    const host = document.getElementById("jobs");
    host.replaceChildren();
    table = new JobTable(host, pairedColumns(first, second, paired, metric.value), paired.length, () => {});
    table.sort(5);
    table.sort(5); // largest gains first
    table.draw();
  }

  function draw() {
    const width = timeline.clientWidth;
    for (const chart of charts) {
      chart.resize(width);
      chart.draw();
    }
    scatter.resize();
    scatter.draw();
    table?.draw();
  }

  view.listeners.push(() => charts.forEach((chart) => chart.draw()));
  view.cursorListeners.push(() => charts.forEach((chart) => chart.drawOverlay?.()));
  other.addEventListener("change", pair);
  metric.addEventListener("change", pair);
  document.getElementById("zoom-in").addEventListener("click", () => view.zoomTime(1 / 1.6));
  document.getElementById("zoom-out").addEventListener("click", () => view.zoomTime(1.6));
  document.getElementById("reset").addEventListener("click", () => view.reset());
  document.getElementById("print").addEventListener("click", () => print());
  document.addEventListener("keydown", (event) => {
    if (event.target === document.body && !event.key.startsWith("Arrow") && moveByKey(view, event)) event.preventDefault();
    else if (event.target === document.body && /^Arrow(Left|Right)$/.test(event.key) && moveByKey(view, event)) event.preventDefault();
  });
  new ResizeObserver(perFrame(draw)).observe(timeline);
  scatter.resize();
  pair();
  followTheme(document.getElementById("theme"), draw);
  // For tests and for people who like consoles.
  window.comparison = { runs, view, scatter, paired: () => paired, table: () => table, ready: true };
}

function jobsOf(columns, prefix, bound) {
  const jobs = { count: columns[`${prefix}job.id`].length };
  for (const [name, values] of Object.entries(columns)) if (name.startsWith(`${prefix}job.`)) jobs[name.slice(prefix.length + 4)] = values;
  jobs.slowdown = Float64Array.from(jobs.turnaround, (turnaround, i) => {
    const longest = Math.max(jobs.runtime[i], bound);
    return longest > 0 ? Math.max(1, turnaround / longest) : NaN;
  });
  return jobs;
}

function timelinePanels(host, runs, columns, view) {
  const curves = (name, wording, factor = () => 1) => runs.map((run, i) => ({
    label: run.name, times: columns[`${run.prefix}${name}.time`], colour: CONTENDERS[i % CONTENDERS.length], wording,
    values: columns[`${run.prefix}${name}.value`].map((value) => value * factor(run)),
  }));
  const whole = { times: columns["0.busy.time"], values: columns["0.busy.value"] };
  return [
    new CurvePanel(host, "Share of nodes allocated", curves("busy", share, (run) => 1 / Math.max(1, run.nodes)), view, { maximum: 1, wording: share, height: 150 }),
    new CurvePanel(host, "Jobs waiting", curves("queue", number), view, { height: 130 }),
    new CurvePanel(host, "Jobs running", curves("running", number), view, { height: 110 }),
    new Minimap(host, whole, Math.max(1, runs[0].nodes), view),
  ];
}

function distributions(runs) {
  const host = document.getElementById("distributions");
  return Object.entries(PAIRED).map(([name, { title, wording }]) =>
    new Cumulative(host, title, runs.map((run) => ({ name: run.name, values: run.jobs[name] })), wording, 1));
}

/** Pairs of positions of the jobs that are the same in two runs: same number, type and submission. */
function pairJobs(first, second) {
  const known = new Map();
  first.jobs.id.forEach((identifier, i) => known.set(identifier, i));
  const pairs = [];
  second.jobs.id.forEach((identifier, b) => {
    const a = known.get(identifier);
    if (a != null && first.types[first.jobs.type[a]] === second.types[second.jobs.type[b]] && Math.abs(first.jobs.submit[a] - second.jobs.submit[b]) <= 1e-6) pairs.push([a, b]);
  });
  return pairs;
}

function pairedColumns(first, second, pairs, name) {
  const { title, wording } = PAIRED[name];
  const column = (read) => Float64Array.from(pairs, read);
  const difference = (value) => (Number.isNaN(value) ? NOTHING : (value > 0 ? "+" : "") + wording(value).replace(/^-/, "−"));
  return [
    { title: "Job", values: column(([a]) => first.jobs.id[a]) },
    { title: "Type", values: pairs.map(([a]) => first.types[first.jobs.type[a]]), text: true, colour: (row) => TYPE_COLOURS[first.types[first.jobs.type[pairs[row][0]]]] },
    { title: "Submitted", values: column(([a]) => first.jobs.submit[a]), wording: clock },
    { title: `${title}: ${first.name}`, values: column(([a]) => first.jobs[name][a]), wording },
    { title: second.name, values: column(([, b]) => second.jobs[name][b]), wording },
    { title: "Difference", values: column(([a, b]) => second.jobs[name][b] - first.jobs[name][a]), wording: difference },
    { title: `Nodes: ${first.name}`, values: column(([a]) => first.jobs.nodes[a]), wording: number },
    { title: second.name, values: column(([, b]) => second.jobs.nodes[b]), wording: number },
  ];
}

main().catch((error) => {
  document.getElementById("timeline").textContent = `This page cannot be shown: ${error.message}. A browser of 2023 or later is needed.`;
  throw error;
});
