/*
 * The pointer on the stage: draw, select, move, resize, pan, pinch and the wheel. A gesture is an object {move, end, cancel}; one runs at a time,
 * and a second finger turns it into a pinch.
 */

import { boxBetween, handleAt, handlePoint, moveBox, pinch, regionAt, resizeBox, toPixels } from "./geometry.js";
import { allowedMove, isDrawn } from "./regions.js";

const CLICK_PX = 4; // a press that moves less is a click
const CURSORS = { n: "ns", s: "ns", e: "ew", w: "ew", ne: "nesw", sw: "nesw", nw: "nwse", se: "nwse" };

const reachOf = (event) => (event.pointerType === "touch" ? 22 : 8);

/** The region under the pointer, or null. */
function under(editor, stage, event) {
  return regionAt(editor.regions, stage.toImage(stage.at(event)), editor.size, 3 / stage.view.scale);
}

function handleUnder(editor, stage, event) {
  const [region] = editor.editable;
  if (!region || editor.selected.length !== 1) return null;
  return handleAt(toPixels(region.box, editor.size), stage.toImage(stage.at(event)), reachOf(event) / stage.view.scale);
}

function drawGesture(editor, stage, start, clicked) {
  const from = stage.toImage(start);
  let box = null;
  return {
    move(point) {
      box = Math.hypot(point.x - start.x, point.y - start.y) < CLICK_PX ? null : boxBetween(from, stage.toImage(point), editor.size);
      stage.showDraft(box);
      return box;
    },
    end() {
      stage.showDraft(null);
      if (box) editor.add(box);
      else editor.select(clicked ? [clicked.id] : []);
    },
  };
}

function moveGesture(editor, stage, start) {
  const before = editor.editable.map((region) => ({ id: region.id, pixels: toPixels(region.box, editor.size) }));
  const from = stage.toImage(start);
  let delta = null;
  return {
    move(point) {
      if (!delta && Math.hypot(point.x - start.x, point.y - start.y) < CLICK_PX) return null;
      const to = stage.toImage(point);
      const boxes = before.map(({ pixels }) => pixels);
      delta = allowedMove(boxes, to.x - from.x, to.y - from.y, editor.size);
      for (const { id, pixels } of before) stage.place(id, moveBox(pixels, delta.dx, delta.dy, editor.size));
      return before.length === 1 ? stage.pixelsOf(before[0].id) : null;
    },
    end() {
      if (!delta) return;
      editor.moveSelected(delta.dx, delta.dy);
      stage.restore();
    },
  };
}

function resizeGesture(editor, stage, start, handle) {
  const [region] = editor.editable;
  const before = toPixels(region.box, editor.size);
  const [at, from] = [handlePoint(before, handle), stage.toImage(start)];
  let box = null;
  return {
    move(point) {
      const to = stage.toImage(point);
      box = resizeBox(before, handle, { x: to.x + at.x - from.x, y: to.y + at.y - from.y }, editor.size); // where it was gripped plays no part
      stage.place(region.id, box);
      return box;
    },
    end: () => box && editor.setBox(region.id, box),
  };
}

function panGesture(stage, start, onClick) {
  let last = start;
  let far = false;
  return {
    move(point) {
      far ||= Math.hypot(point.x - start.x, point.y - start.y) >= CLICK_PX;
      if (far) stage.pan(point.x - last.x, point.y - last.y);
      last = point;
      return null;
    },
    end: () => far || onClick(),
  };
}

/** What a press begins. */
function gestureOf(editor, stage, event, spaceHeld) {
  const start = stage.at(event);
  if (event.button === 1 || spaceHeld || editor.tool === "pan") return panGesture(stage, start, () => {});
  const handle = handleUnder(editor, stage, event);
  if (handle) return resizeGesture(editor, stage, start, handle);
  const region = under(editor, stage, event);
  const grabs = region && isDrawn(region) && !editor.readonly && !editor.isLocked(region.id);
  if (editor.tool === "draw") {
    return grabs && editor.selected.includes(region.id) ? moveGesture(editor, stage, start) : drawGesture(editor, stage, start, region);
  }
  if (!region) return panGesture(stage, start, () => editor.select([]));
  if (event.shiftKey) editor.toggle(region.id);
  else if (!editor.selected.includes(region.id)) editor.select([region.id]);
  return grabs ? moveGesture(editor, stage, start) : panGesture(stage, start, () => {});
}

function cursorOf(editor, stage, event, spaceHeld) {
  if (spaceHeld || editor.tool === "pan") return "grab";
  const handle = handleUnder(editor, stage, event);
  if (handle) return `${CURSORS[handle]}-resize`;
  const region = under(editor, stage, event);
  const moves = region && isDrawn(region) && !editor.readonly && !editor.isLocked(region.id) && (editor.tool === "select" || editor.selected.includes(region.id));
  if (moves) return "move";
  return editor.tool === "draw" ? "crosshair" : region ? "pointer" : "grab";
}

/** Follows the mouse, a pen, or up to two fingers. `onHover(region | null)`; `onDrag(pixels | null)`: the box in hand, null at the end. */
export class Pointers {
  #fingers = new Map();
  #gesture = null;
  #spaceHeld = false;

  constructor(editor, stage, { onHover, onDrag }) {
    Object.assign(this, { editor, stage, onHover, onDrag });
    const listen = (type, react) => stage.node.addEventListener(type, react);
    listen("pointerdown", (event) => editor.image && event.button <= 1 && this.#down(event));
    listen("pointermove", (event) => editor.image && this.#move(event));
    for (const type of ["pointerup", "pointercancel"]) listen(type, (event) => this.#up(event));
    listen("pointerleave", () => this.#gesture ?? onHover(null));
    followWheel(editor, stage);
  }

  #finish(how) {
    const ended = this.#gesture;
    this.#gesture = null;
    this.stage.node.classList.remove("giqa-dragging");
    if (how === "end") ended?.end();
    else if (ended) this.stage.restore();
    this.onDrag(null);
  }

  #down(event) {
    const { node } = this.stage;
    if (event.button === 1) event.preventDefault(); // the browser's own scrolling
    node.focus({ preventScroll: true });
    node.setPointerCapture(event.pointerId);
    this.#fingers.set(event.pointerId, this.stage.at(event));
    if (this.#fingers.size > 1) return this.#finish("cancel");
    this.#gesture = gestureOf(this.editor, this.stage, event, this.#spaceHeld);
    return node.classList.add("giqa-dragging");
  }

  #move(event) {
    const { stage, editor } = this;
    const point = stage.at(event);
    const presses = this.#fingers.has(event.pointerId);
    if (presses && this.#fingers.size === 2) {
      const before = [...this.#fingers.values()];
      this.#fingers.set(event.pointerId, point);
      stage.setView(pinch(stage.view, before, [...this.#fingers.values()], stage.smallest));
    } else if (presses && this.#gesture) {
      this.onDrag(this.#gesture.move(point));
    } else if (event.pointerType !== "touch") {
      stage.node.style.cursor = cursorOf(editor, stage, event, this.#spaceHeld);
      this.onHover(under(editor, stage, event));
    }
  }

  #up(event) {
    if (this.#fingers.delete(event.pointerId) && this.#gesture) this.#finish(event.type === "pointerup" ? "end" : "cancel");
  }

  /** Ends a drag and puts back what it moved; whether there was one. */
  cancel() {
    const was = this.#gesture !== null;
    if (was) this.#finish("cancel");
    return was;
  }

  holdSpace(held) {
    this.#spaceHeld = held;
    this.stage.node.style.cursor = held ? "grab" : "";
  }
}

/** The wheel zooms with Ctrl (a trackpad's pinch says so too) or while the canvas has the focus; else the page scrolls. */
function followWheel(editor, stage) {
  let last = { x: 0, y: 0 };
  stage.node.addEventListener("pointermove", (event) => { last = stage.at(event); });
  const wheel = (event) => {
    const asked = event.ctrlKey || event.metaKey || stage.node.contains(document.activeElement);
    if (!editor.image || !asked) return;
    event.preventDefault();
    const lines = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 16 : 1;
    if (event.shiftKey && !event.ctrlKey) return stage.pan(-(event.deltaX || event.deltaY) * lines, 0);
    const speed = event.ctrlKey ? 0.01 : 0.0016;
    const whole = stage.at(event); // wheel events have whole pixels only
    const point = Math.hypot(last.x - whole.x, last.y - whole.y) < 1.5 ? last : whole;
    stage.zoom(Math.exp(-Math.max(Math.min(event.deltaY * lines, 240), -240) * speed), point);
  };
  stage.node.addEventListener("wheel", wheel, { passive: false });
}
