/* Pictures side by side under one view: wheel, drag, pinch and keys move all of them; boxes and outlines lie over each, and point at the words they belong to. */

import { button, el, svg } from "../dom.js";
import { heatPixels } from "../heat.js";
import { CHOOSE, join, POINT } from "../link.js";
import { bounded, moved, onBox, placed, WHOLE, zoomed } from "./view.js";

const STEP = 1.25;
const DRAG_FROM = 4; // pixels
const NEAR_FROM = 3; // screen pixels a picture's pixel, from which pixels are shown as they are

/** One view for the panes that join. */
export function createSight() {
  const panes = new Set();
  let view = WHOLE;
  return {
    join: (pane) => panes.add(pane),
    get view() { return view; },
    set(next) {
      view = bounded(next);
      panes.forEach((pane) => pane.place());
    },
  };
}

/** `name`: what the picture is called. Returns {node, show(image, shapes), heat(rows), goTo(ids), place}. */
export function createPane({ name, sight, channel }) {
  const picture = el("img", { class: "giqa-pane-picture", alt: "", draggable: "false", decoding: "async" });
  const heat = el("canvas", { class: "giqa-pane-heat", hidden: true });
  const overlay = svg("svg", { class: "giqa-pane-overlay", "aria-hidden": "true" });
  const frame = el("div", { class: "giqa-pane-frame", tabindex: "0", role: "group", "aria-label": `${name}: plus and minus zoom, arrows move, 0 shows all` }, picture, heat, overlay);
  const node = el("figure", { class: "giqa-pane" }, el("figcaption", {}, name), frame);
  const state = { size: null, shapes: [], chosen: [], pointed: [] };
  const link = join(channel, { alive: () => frame.isConnected });
  const room = () => ({ width: Math.max(frame.clientWidth, 1), height: Math.max(frame.clientHeight, 1) });
  const pane = {
    node, frame, name,
    place() {
      if (!state.size) return;
      const at = placed(sight.view, state.size, room());
      for (const part of [picture, heat, overlay]) Object.assign(part.style, { left: `${at.left}px`, top: `${at.top}px`, width: `${at.width}px`, height: `${at.height}px` });
      picture.classList.toggle("giqa-near", at.width / state.size.width >= NEAR_FROM);
      overlay.setAttribute("viewBox", `0 0 ${at.width} ${at.height}`);
      draw(overlay, state, at, (ids) => { link.tell(POINT, ids); point(ids); }, (ids) => { link.tell(CHOOSE, ids); choose(ids); });
      mark();
    },
    show(image, shapes = []) {
      state.size = image ? { width: image.width, height: image.height } : null;
      state.shapes = image ? shapes : [];
      [state.pointed, state.chosen] = [[], []];
      picture.hidden = !image;
      overlay.replaceChildren();
      if (!image) picture.removeAttribute("src");
      else if (picture.getAttribute("src") !== image.url) picture.src = image.url;
      picture.alt = image ? `${name}: ${image.name}` : "";
      pane.place();
    },
    heat(rows) {
      const pixels = heatPixels(rows);
      heat.hidden = !pixels;
      if (!pixels) return;
      Object.assign(heat, { width: pixels.width, height: pixels.height });
      heat.getContext("2d").putImageData(new ImageData(pixels.data, pixels.width, pixels.height), 0, 0);
      pane.place();
    },
    /** The view goes to one of these shapes, if it lies here. */
    goTo(ids) {
      const shape = state.shapes.find((one) => ids.includes(one.id));
      if (shape) sight.set(onBox(shape.box));
    },
  };
  function mark() {
    const ids = state.pointed.length ? state.pointed : state.chosen;
    for (const group of overlay.children) group.classList.toggle("giqa-marked", ids.includes(group.dataset.id));
    overlay.classList.toggle("giqa-dim", state.shapes.some((shape) => ids.includes(shape.id)));
  }
  const point = (ids) => { state.pointed = ids; mark(); };
  const choose = (ids) => { state.chosen = ids; mark(); };
  link.on(POINT, point);
  link.on(CHOOSE, choose);
  listen(pane, sight, state, room);
  sight.join(pane);
  new ResizeObserver(() => pane.place()).observe(frame);
  return pane;
}

/** A group a shape: its outline or box, and its words where there are some. */
function draw(overlay, state, at, point, choose) {
  overlay.replaceChildren(...state.shapes.map((shape) => {
    const [x1, y1, x2, y2] = shape.box.map((value, index) => value * (index % 2 ? at.height : at.width));
    const outline = shape.outline?.length
      ? svg("polygon", { points: shape.outline.map(([x, y]) => `${x * at.width},${y * at.height}`).join(" ") })
      : svg("rect", { x: x1, y: y1, width: Math.max(x2 - x1, 1), height: Math.max(y2 - y1, 1), rx: 2 });
    if (shape.color) outline.style.setProperty("--shape", shape.color);
    const words = shape.label ? svg("text", { x: (x1 + x2) / 2, y: (y1 + y2) / 2 }, shape.label) : null;
    const group = svg("g", { class: "giqa-shape", "data-id": shape.id }, outline, words);
    group.addEventListener("pointerenter", () => point([shape.id]));
    group.addEventListener("pointerleave", () => point([]));
    group.addEventListener("click", () => choose([shape.id]));
    return group;
  }));
}

function listen(pane, sight, state, room) {
  const { frame } = pane;
  const at = (event) => {
    const box = frame.getBoundingClientRect();
    const place = placed(sight.view, state.size, room());
    return { x: (event.clientX - box.left - place.left) / place.width, y: (event.clientY - box.top - place.top) / place.height };
  };
  const fingers = new Map();
  frame.addEventListener("wheel", (event) => {
    if (!state.size) return;
    event.preventDefault();
    sight.set(zoomed(sight.view, event.deltaY < 0 ? STEP : 1 / STEP, at(event)));
  }, { passive: false });
  frame.addEventListener("pointerdown", (event) => {
    if (!state.size) return;
    fingers.set(event.pointerId, event);
  });
  frame.addEventListener("pointermove", (event) => {
    const before = fingers.get(event.pointerId);
    if (!before) return;
    if (!event.buttons) return fingers.delete(event.pointerId);
    if (!frame.hasPointerCapture(event.pointerId)) {
      if (Math.hypot(event.clientX - before.clientX, event.clientY - before.clientY) < DRAG_FROM) return;
      frame.setPointerCapture(event.pointerId); // not before it is a drag: a click belongs to the shape under it
    }
    const place = placed(sight.view, state.size, room());
    if (fingers.size === 2) {
      const other = [...fingers.values()].find((one) => one.pointerId !== event.pointerId);
      const apart = (one) => Math.max(Math.hypot(one.clientX - other.clientX, one.clientY - other.clientY), 1);
      sight.set(zoomed(sight.view, apart(event) / apart(before), at(event)));
    } else sight.set(moved(sight.view, (before.clientX - event.clientX) / place.width, (before.clientY - event.clientY) / place.height));
    fingers.set(event.pointerId, event);
  });
  for (const end of ["pointerup", "pointercancel"]) frame.addEventListener(end, (event) => fingers.delete(event.pointerId));
  frame.addEventListener("dblclick", () => sight.set(WHOLE));
  frame.addEventListener("keydown", (event) => {
    const step = 0.15 / sight.view.scale;
    const next = {
      "+": () => zoomed(sight.view, STEP), "=": () => zoomed(sight.view, STEP), "-": () => zoomed(sight.view, 1 / STEP), 0: () => WHOLE,
      ArrowLeft: () => moved(sight.view, -step, 0), ArrowRight: () => moved(sight.view, step, 0), ArrowUp: () => moved(sight.view, 0, -step), ArrowDown: () => moved(sight.view, 0, step),
    }[event.key];
    if (!next || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    sight.set(next());
  });
}

/** Buttons for those without a wheel. */
export function createZoom(sight) {
  const parts = [["zoomIn", "Zoom in", () => zoomed(sight.view, STEP)], ["zoomOut", "Zoom out", () => zoomed(sight.view, 1 / STEP)], ["fit", "Show all", () => WHOLE]];
  return el("div", { class: "giqa-pane-zoom", role: "group", "aria-label": "Zoom of all pictures" }, ...parts.map(([iconName, title, next]) => {
    const one = button({ iconName, title, kind: "small" });
    one.addEventListener("click", () => sight.set(next()));
    return one;
  }));
}
