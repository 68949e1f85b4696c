/* The part of time and nodes that is shown, common to all panels, and how people move it. */

const GUTTER = 64; // room for the labels of vertical axes, in CSS pixels
const MARGIN = 12; // free room at the right

class View {
  constructor(begin, end, nodes) {
    Object.assign(this, { begin, end: end > begin ? end : begin + 1, nodes: Math.max(1, nodes) });
    Object.assign(this, { start: this.begin, stop: this.end, top: 0, bottom: this.nodes, cursor: null });
    this.listeners = [];
    this.cursorListeners = [];
    this.notify = perFrame(() => this.listeners.forEach((listener) => listener()));
    this.notifyCursor = perFrame(() => this.cursorListeners.forEach((listener) => listener()));
  }

  /** Show times from start to stop and nodes from top to bottom (exclusive), as far as there are any. */
  show(start, stop, top = this.top, bottom = this.bottom) {
    const whole = this.end - this.begin;
    const span = Math.min(whole, Math.max(whole * 1e-7, stop - start));
    const middle = (start + stop) / 2;
    this.start = Math.min(Math.max(this.begin, middle - span / 2), this.end - span);
    this.stop = this.start + span;
    const height = Math.min(this.nodes, Math.max(Math.min(4, this.nodes), bottom - top));
    this.top = Math.min(Math.max(0, (top + bottom - height) / 2), this.nodes - height);
    this.bottom = this.top + height;
    this.notify();
  }

  reset() {
    this.show(this.begin, this.end, 0, this.nodes);
  }

  zoomTime(factor, at = (this.start + this.stop) / 2) {
    this.show(at - (at - this.start) * factor, at + (this.stop - at) * factor);
  }

  zoomNodes(factor, at = (this.top + this.bottom) / 2) {
    this.show(this.start, this.stop, at - (at - this.top) * factor, at + (this.bottom - at) * factor);
  }

  /** Move by parts of what is shown. */
  pan(time, nodes = 0) {
    const dt = Math.min(Math.max(time * (this.stop - this.start), this.begin - this.start), this.end - this.stop);
    const dn = Math.min(Math.max(nodes * (this.bottom - this.top), -this.top), this.nodes - this.bottom);
    this.show(this.start + dt, this.stop + dt, this.top + dn, this.bottom + dn);
  }

  pointAt(time) {
    this.cursor = time;
    this.notifyCursor();
  }
}

/** The time at a horizontal position within a panel of some width, both in CSS pixels. */
function timeAt(view, x, width) {
  return view.start + ((x - GUTTER) / (width - GUTTER - MARGIN)) * (view.stop - view.start);
}

/** The horizontal position of a time. */
function xAt(view, time, width) {
  return GUTTER + ((time - view.start) / (view.stop - view.start)) * (width - GUTTER - MARGIN);
}

/**
 * Let people move the view on a canvas: drag to pan, wheel to zoom (once the chart has the focus, or with the control
 * key, so that the page still scrolls), shift and drag to zoom into a box.
 */
function navigate(canvas, view, { height, boxDrawn = null, nodes = false }) {
  let drag = null;
  const place = (event) => {
    const box = canvas.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top, width: box.width };
  };
  const nodeAt = (y) => view.top + (y / height()) * (view.bottom - view.top);
  canvas.addEventListener("wheel", (event) => {
    if (!(event.ctrlKey || event.metaKey || event.altKey || document.activeElement === canvas)) return;
    event.preventDefault();
    const { x, y, width } = place(event);
    const factor = Math.exp(Math.max(-1, Math.min(1, (event.deltaY || event.deltaX) / 300)));
    if (event.altKey && nodes) view.zoomNodes(factor, nodeAt(y));
    else if (event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY)) view.pan((event.deltaX || event.deltaY) / width);
    else view.zoomTime(factor, timeAt(view, x, width));
  }, { passive: false });
  canvas.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    const { x, y, width } = place(event);
    drag = { x, y, width, box: event.shiftKey, moved: false, start: view.start, stop: view.stop, top: view.top, bottom: view.bottom };
    canvas.setPointerCapture(event.pointerId);
  });
  canvas.addEventListener("pointermove", (event) => {
    const { x, y, width } = place(event);
    view.pointAt(x >= GUTTER ? timeAt(view, x, width) : null);
    if (!drag) return;
    drag.moved ||= Math.abs(x - drag.x) + Math.abs(y - drag.y) > 3;
    if (!drag.moved) return;
    if (drag.box) {
      boxDrawn?.(drag.x, drag.y, x, y);
      return;
    }
    const dt = ((drag.x - x) / (width - GUTTER - MARGIN)) * (drag.stop - drag.start);
    const dn = nodes ? ((drag.y - y) / height()) * (drag.bottom - drag.top) : 0;
    const clampedTime = Math.min(Math.max(dt, view.begin - drag.start), view.end - drag.stop);
    const clampedNodes = Math.min(Math.max(dn, -drag.top), view.nodes - drag.bottom);
    view.show(drag.start + clampedTime, drag.stop + clampedTime, drag.top + clampedNodes, drag.bottom + clampedNodes);
  });
  const finish = (event) => {
    const done = drag;
    drag = null;
    if (done?.box && done.moved) {
      const { x, y, width } = place(event);
      boxDrawn?.(null);
      const [left, right] = [Math.min(done.x, x), Math.max(done.x, x)];
      const [upper, lower] = nodes ? [Math.min(done.y, y), Math.max(done.y, y)] : [0, height()];
      view.show(timeAt(view, left, width), timeAt(view, right, width), nodeAt(upper), nodeAt(lower));
    }
    canvas.dispatchEvent(new CustomEvent("released", { detail: { moved: done?.moved ?? false } }));
  };
  canvas.addEventListener("pointerup", finish);
  canvas.addEventListener("pointercancel", () => {
    drag = null;
    boxDrawn?.(null);
  });
  canvas.addEventListener("pointerleave", () => view.pointAt(null));
}

/** Move the view by keys; returns whether the key meant something. */
function moveByKey(view, event) {
  const actions = {
    ArrowLeft: () => view.pan(event.shiftKey ? -0.5 : -0.1),
    ArrowRight: () => view.pan(event.shiftKey ? 0.5 : 0.1),
    ArrowUp: () => (event.shiftKey ? view.zoomNodes(1 / 1.4) : view.pan(0, -0.1)),
    ArrowDown: () => (event.shiftKey ? view.zoomNodes(1.4) : view.pan(0, 0.1)),
    "+": () => view.zoomTime(1 / 1.4),
    "=": () => view.zoomTime(1 / 1.4),
    "-": () => view.zoomTime(1.4),
    Home: () => view.reset(),
    0: () => view.reset(),
  };
  const action = event.ctrlKey || event.metaKey || event.altKey ? null : actions[event.key];
  action?.();
  return Boolean(action);
}

/** Draw the line at the time under the pointer. */
function drawCursor(context, view, width, height) {
  if (view.cursor == null) return;
  const x = Math.round(xAt(view, view.cursor, width)) + 0.5;
  if (x < GUTTER || x > width - MARGIN) return;
  context.strokeStyle = themed("--soft");
  context.lineWidth = 1;
  context.beginPath();
  context.moveTo(x, 0);
  context.lineTo(x, height);
  context.stroke();
}
