/* Data, formats, colours and small helpers that all charts share. */

const KINDS = { d: Float64Array, f: Float32Array, I: Uint32Array, H: Uint16Array, B: Uint8Array };

/** Unpack the data of the page: a document of plain values, and columns of numbers by name. */
async function unpack(text) {
  const binary = atob(text.trim());
  const packed = new Uint8Array(binary.length);
  for (let i = 0; i < binary.length; i++) packed[i] = binary.charCodeAt(i);
  const inflated = new Blob([packed]).stream().pipeThrough(new DecompressionStream("deflate"));
  const buffer = await new Response(inflated).arrayBuffer();
  const length = Number(new TextDecoder().decode(new Uint8Array(buffer, 0, 8)));
  const header = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 8, length)));
  const start = Math.ceil((8 + length) / 8) * 8;
  const columns = {};
  for (const [name, [kind, offset, count]] of Object.entries(header.columns)) {
    columns[name] = new KINDS[kind](buffer, start + offset, count);
  }
  return { document: header.document, columns };
}

/** Return an element with attributes and children (elements or texts). */
function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name === "style") made.style.cssText = value;
    else if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else if (value !== false && value != null) made.setAttribute(name, value === true ? "" : value);
  }
  made.append(...children.filter((child) => child != null));
  return made;
}

const NOTHING = "–";

/** A time span in the two units that matter. */
function duration(seconds) {
  if (seconds == null || !Number.isFinite(seconds)) return NOTHING;
  if (seconds < 0) return seconds > -1e-9 ? "0s" : "−" + duration(-seconds);
  if (seconds < 59.95) return Number(seconds.toFixed(seconds < 1 ? 3 : seconds < 10 ? 2 : 1)) + "s";
  for (const [unit, size, smaller, step, limit] of [["m", 60, "s", 1, 3600], ["h", 3600, "m", 60, 86400], ["d", 86400, "h", 3600, Infinity]]) {
    const total = Math.round(seconds / step);
    const count = Math.floor(total / (size / step));
    const rest = total % (size / step);
    if (count * size < limit) return rest ? `${count.toLocaleString("en")}${unit} ${rest}${smaller}` : `${count.toLocaleString("en")}${unit}`;
  }
}

/** A number with about three significant digits. */
function number(value) {
  if (value == null || Number.isNaN(value)) return NOTHING;
  if (Number.isInteger(value) || Math.abs(value) >= 1000) return Math.round(value).toLocaleString("en");
  if (Math.abs(value) >= 100) return value.toFixed(1);
  return Math.abs(value) >= 0.1 ? value.toFixed(2) : String(Number(value.toPrecision(3)));
}

const share = (value) => (value == null || Number.isNaN(value) ? NOTHING : (100 * value).toFixed(1) + " %");

/** An amount with a decimal prefix. */
function amount(value, unit) {
  if (value == null || Number.isNaN(value)) return NOTHING;
  let prefix = "";
  for (prefix of ["", "k", "M", "G", "T", "P"]) {
    if (Math.abs(value) < 1000 || prefix === "P") break;
    value /= 1000;
  }
  return `${Number(value.toPrecision(3))} ${prefix}${unit}`;
}

/** A point in simulated time, as precise as a step between ticks asks for. */
function clock(seconds, step = 1) {
  const sign = seconds < 0 ? "−" : "";
  const total = Math.abs(seconds);
  const days = Math.floor(total / 86400), hours = Math.floor((total % 86400) / 3600), minutes = Math.floor((total % 3600) / 60);
  const two = (value) => String(value).padStart(2, "0");
  if (step >= 86400) return `${sign}${Math.round(total / 86400)}d`;
  const date = days ? `${days}d ` : "";
  if (step >= 60) return `${sign}${date}${two(hours)}:${two(minutes)}`;
  const digits = step >= 1 ? 0 : Math.min(6, Math.ceil(-Math.log10(step)));
  const rest = total % 60;
  const text = rest.toFixed(digits).padStart(digits ? 3 + digits : 2, "0");
  return days || hours || minutes ? `${sign}${date}${two(hours)}:${two(minutes)}:${text}` : `${sign}${rest.toFixed(digits)}s`;
}

const TIME_STEPS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400, 172800, 432000, 864000];

/** Times at which an axis from start to end is labelled, about as many as asked for, and the step between them. */
function timeTicks(start, end, most) {
  const least = (end - start) / Math.max(1, most);
  let step = TIME_STEPS.find((candidate) => candidate >= least);
  if (least < 1) step = niceStep(least);
  if (!step) step = 864000 * niceStep(least / 864000);
  const ticks = [];
  for (let i = Math.ceil(start / step - 1e-9); i * step <= end + step * 1e-9; i++) ticks.push(i * step);
  return { ticks, step };
}

/** The smallest of 1, 2, 5 times a power of ten that is at least as large as a value. */
function niceStep(least) {
  const power = 10 ** Math.floor(Math.log10(least));
  return [1, 2, 5, 10].map((factor) => factor * power).find((step) => step >= least * (1 - 1e-9));
}

/** Numbers from zero up to at least a maximum, for the axis of a curve. */
function valueTicks(maximum, most) {
  if (!(maximum > 0)) return [0, 1];
  const step = niceStep(maximum / most);
  const ticks = [];
  for (let i = 0; (i - 1) * step < maximum * (1 - 1e-9); i++) ticks.push(i * step);
  return ticks;
}

/** The index of the last of ascending values that is not above a limit, or -1. */
function lastAtMost(values, limit) {
  let low = 0, high = values.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (values[middle] <= limit) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

/* Colours that people with any colour vision can tell apart: Okabe and Ito's set first, then mixtures in luminance. */
const CATEGORIES = ["#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00", "#b8a900", "#7a5195", "#4d7c8a", "#9c6644", "#5e9732", "#8a8f98"];
const TYPE_COLOURS = { rigid: "#0072b2", moldable: "#56b4e9", malleable: "#009e73", evolving: "#e69f00", adaptive: "#cc79a7", unknown: "#8a8f98" };
const STATUS_COLOURS = { completed: "#0072b2", killed: "#d55e00", running: "#e69f00", pending: "#8a8f98" };

/* A scale that ascends in luminance (after Cividis), readable with any colour vision and in grey. */
const SCALE = ["#00224e", "#123570", "#3b496c", "#575d6d", "#707173", "#8a8678", "#a59c74", "#c3b369", "#e1cc55", "#fee838"];

function rgb(hex) {
  const value = parseInt(hex.slice(1), 16);
  return [value >> 16, (value >> 8) & 255, value & 255];
}

function mix(a, b, part) {
  return a.map((value, i) => Math.round(value + (b[i] - value) * part));
}

/** The colour at a position between 0 and 1 of the scale. */
function scaleColour(position) {
  const place = Math.min(1, Math.max(0, position)) * (SCALE.length - 1);
  const below = Math.min(SCALE.length - 2, Math.floor(place));
  return mix(rgb(SCALE[below]), rgb(SCALE[below + 1]), place - below);
}

const css = (colour) => `rgb(${colour[0]} ${colour[1]} ${colour[2]})`;
const luminance = ([r, g, b]) => (0.299 * r + 0.587 * g + 0.114 * b) / 255;

/** The value of a colour variable of the current theme. */
function themed(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

/** Prepare a canvas for a size in CSS pixels and return its context, scaled so that units are CSS pixels. */
function prepare(canvas, width, height) {
  const ratio = Math.min(2, window.devicePixelRatio || 1);
  if (canvas.width !== Math.round(width * ratio) || canvas.height !== Math.round(height * ratio)) {
    canvas.width = Math.round(width * ratio);
    canvas.height = Math.round(height * ratio);
    canvas.style.height = `${height}px`;
  }
  const context = canvas.getContext("2d");
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, width, height);
  context.font = "11px " + getComputedStyle(document.body).fontFamily;
  return context;
}

/** A function that runs another one at most once per frame. */
function perFrame(action) {
  let due = false;
  return () => {
    if (due) return;
    due = true;
    requestAnimationFrame(() => {
      due = false;
      action();
    });
  };
}

/** The box that follows the pointer. */
const tooltip = {
  box: null,
  show(event, ...content) {
    if (!this.box) document.body.append((this.box = element("div", { class: "tooltip", role: "tooltip" })));
    this.box.hidden = false;
    this.box.replaceChildren(...content);
    const { offsetWidth: width, offsetHeight: height } = this.box;
    const x = event.clientX + 16 + width > innerWidth ? event.clientX - width - 12 : event.clientX + 16;
    const y = Math.min(event.clientY + 14, innerHeight - height - 6);
    this.box.style.left = `${Math.max(4, x)}px`;
    this.box.style.top = `${Math.max(4, y)}px`;
  },
  hide() {
    if (this.box) this.box.hidden = true;
  },
};

/** Rows of names and values, for tooltips and details; rows without a value are left out. */
function facts(rows) {
  return element("table", {}, ...rows.filter(([, value]) => value != null && value !== "" && value !== NOTHING)
    .map(([name, value]) => element("tr", {}, element("th", { scope: "row" }, name), element("td", {}, String(value)))));
}

/** Follow the theme of the system until the button chooses one; call an action whenever it changes. */
function followTheme(button, changed) {
  const dark = matchMedia("(prefers-color-scheme: dark)");
  let chosen = null;
  const apply = () => {
    const theme = chosen || (dark.matches ? "dark" : "light");
    document.documentElement.dataset.theme = theme;
    button.setAttribute("aria-label", theme === "dark" ? "Light theme" : "Dark theme");
    button.title = button.getAttribute("aria-label");
    button.textContent = theme === "dark" ? "☀" : "☾";
    changed();
  };
  button.addEventListener("click", () => {
    chosen = document.documentElement.dataset.theme === "dark" ? "light" : "dark";
    apply();
  });
  dark.addEventListener("change", apply);
  addEventListener("beforeprint", () => {
    document.documentElement.dataset.theme = "light";
    changed(true);
  });
  addEventListener("afterprint", apply);
  apply();
}
