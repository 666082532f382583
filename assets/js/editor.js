/*
 * What the annotator knows and what can be done to it: the value, its history, the selection and the tool. No page in here: views listen, and
 * `onLocalChange` carries the person's changes to Python.
 */

import { begin, canRedo, canUndo, record, redo, undo } from "./history.js";
import { boxBetween } from "./geometry.js";
import { english } from "./i18n/messages.js";
import * as list from "./regions.js";
import { readValue, reconcile, same } from "./value.js";

export const TOOLS = ["draw", "select", "pan"];

export class Editor {
  #value = readValue(null);
  #history = begin([]);
  #listeners = new Map();
  #made = 0;
  #tool = "draw";
  #locked = new Set();
  #beside = { canUndo: () => false, undo: () => false, canRedo: () => false, redo: () => false };

  /** `onLocalChange(value)`: the person changed something. `now()`: milliseconds, for joining steps. `t`: the messages of the page it stands on. */
  constructor({ onLocalChange = () => {}, now = Date.now, t = english } = {}) {
    this.t = t;
    this.onLocalChange = onLocalChange;
    this.now = now;
  }

  get value() { return this.#value; }
  get image() { return this.#value.image; }
  get size() { return this.#value.image; }
  get regions() { return this.#value.regions; }
  get selected() { return this.#value.selected; }
  get readonly() { return this.#value.readonly; }
  get tool() { return this.readonly && this.#tool === "draw" ? "select" : this.#tool; }
  get canUndo() { return !this.readonly && (this.#beside.canUndo() || canUndo(this.#history)); }
  get canRedo() { return !this.readonly && (this.#beside.canRedo() || canRedo(this.#history)); }
  /** The selected regions that the person may change: drawn, and not locked. */
  get editable() { return this.readonly ? [] : this.regions.filter((region) => list.isDrawn(region) && this.selected.includes(region.id) && !this.#locked.has(region.id)); }
  isLocked(id) { return this.#locked.has(id); }
  get #changeable() { return this.editable.map((region) => region.id); }

  /** `kind`: image, regions, heat, selection, tool, history; any: once after whatever happened. */
  on(kind, react) {
    this.#listeners.set(kind, [...(this.#listeners.get(kind) ?? []), react]);
  }

  #tell(...kinds) {
    for (const kind of [...kinds, "any"]) for (const react of this.#listeners.get(kind) ?? []) react();
  }

  #newId() {
    this.#made += 1;
    return `d${this.now().toString(36)}${this.#made.toString(36)}`; // never used twice: answers of the conversation may speak of a deleted box
  }

  /** A value from Python. Returns whether Python must be told that the page kept something else. */
  receive(raw) {
    const incoming = raw ? readValue(raw) : null; // Gradio has "" for None
    const next = reconcile(this.#value, incoming);
    const sameImage = next.image?.id === this.image?.id;
    const sameDrawn = same(list.drawnOf(next.regions), list.drawnOf(this.regions));
    this.#value = next;
    if (!sameImage) this.#history = begin(list.drawnOf(next.regions));
    else if (!sameDrawn) this.#history = record(this.#history, list.drawnOf(next.regions));
    this.#tell(...(sameImage ? [] : ["image"]), "regions", "heat", "selection", "tool", "history");
    return !same(next, incoming);
  }

  #change(patch, ...kinds) {
    this.#value = { ...this.#value, ...patch };
    this.#tell(...kinds);
    this.onLocalChange(this.#value);
  }

  /** A new image; boxes and heat of the old one go with it. */
  open(image) {
    this.#history = begin([]);
    const revision = this.#value.revision + 1;
    this.#change({ ...readValue({ image, revision }), readonly: this.readonly }, "image", "regions", "heat", "selection", "tool", "history");
  }

  /** Makes `regions` the present. `key`: see `record` in history.js. */
  commit(regions, { key = null, select = null } = {}) {
    if (this.readonly || (regions === this.regions && !select)) return;
    this.#history = record(this.#history, list.drawnOf(regions), key, this.now());
    const selected = (select ?? this.selected).filter((id) => regions.some((region) => region.id === id));
    this.#change({ regions, selected, revision: this.#value.revision + 1 }, "regions", "selection", "history");
  }

  #step(history) {
    if (history === this.#history || this.readonly) return;
    this.#history = history;
    const regions = list.withDrawn(this.regions, history.present);
    const selected = this.selected.filter((id) => regions.some((region) => region.id === id));
    this.#change({ regions, selected, revision: this.#value.revision + 1 }, "regions", "selection", "history");
  }

  undo() { if (this.readonly || !this.#beside.undo()) this.#step(undo(this.#history)); }

  redo() { if (this.readonly || !this.#beside.redo()) this.#step(redo(this.#history)); }

  /** Steps of the page beside the canvas that are taken back first where they came last: {canUndo, undo, canRedo, redo}; both moves tell whether they did. */
  alsoUndo(steps) { this.#beside = steps; }

  /** Those steps are others now. */
  touch() { this.#tell("history"); }

  select(ids) {
    const selected = ids.filter((id) => this.regions.some((region) => region.id === id));
    if (same(selected, this.selected)) return;
    this.#change({ selected }, "selection", "history");
  }

  toggle(id) {
    this.select(this.selected.includes(id) ? this.selected.filter((other) => other !== id) : [...this.selected, id]);
  }

  selectAllDrawn() {
    this.select(list.drawnOf(this.regions).map((region) => region.id));
  }

  /** Selects the next (1) or the one before (-1); false past the end. */
  selectNeighbour(step) {
    const id = list.neighbour(this.regions, this.selected.at(-1), step);
    if (id !== null) this.select([id]);
    return id !== null;
  }

  /** What boxes are called by somebody else's word (id -> label): no step of the history. */
  name(labels) {
    const regions = this.regions.map((region) => ((labels.get(region.id) ?? region.label) === region.label ? region : { ...region, label: labels.get(region.id) }));
    if (same(regions, this.regions)) return;
    this.#value = { ...this.#value, regions };
    this.#tell("regions");
  }

  /** Locks the selected boxes against changes by hand, or unlocks them where all are locked; no step of the history. */
  toggleLock() {
    const all = this.selected.every((id) => this.#locked.has(id));
    for (const id of this.selected) this.#locked[all ? "delete" : "add"](id);
    this.#tell("selection", "history");
  }

  use(tool) {
    this.#tool = tool;
    this.#tell("tool");
  }

  add(pixels) {
    if (this.readonly || !this.image) return;
    const id = this.#newId();
    this.commit(list.add(this.regions, id, pixels, this.size), { select: [id] });
  }

  /** A box in the middle of what is in sight, `[x1, y1, x2, y2]` in image pixels. */
  addCentred([x1, y1, x2, y2]) {
    const [quarterX, quarterY] = [(x2 - x1) / 3, (y2 - y1) / 3];
    this.add(boxBetween({ x: x1 + quarterX, y: y1 + quarterY }, { x: x2 - quarterX, y: y2 - quarterY }, this.size));
  }

  setBox(id, pixels) { this.commit(list.setBox(this.regions, id, pixels, this.size)); }

  moveSelected(dx, dy) { this.commit(list.move(this.regions, this.#changeable, dx, dy, this.size)); }

  nudge(dx, dy) { this.commit(list.move(this.regions, this.#changeable, dx, dy, this.size), { key: `nudge ${this.selected}` }); }

  grow(dx, dy) { this.commit(list.grow(this.regions, this.#changeable, dx, dy, this.size), { key: `grow ${this.selected}` }); }

  remove() {
    const [last] = this.editable.slice(-1);
    const regions = list.remove(this.regions, this.#changeable);
    const near = last && (list.neighbour(this.regions, last.id, 1) ?? list.neighbour(this.regions, last.id, -1));
    if (regions !== this.regions) this.commit(regions, { select: regions.some((region) => region.id === near) ? [near] : [] });
  }

  duplicate() {
    if (this.readonly || !this.selected.length) return;
    const copies = list.duplicate(this.regions, this.selected, this.size, () => this.#newId());
    this.commit(copies.regions, { select: copies.ids });
  }

  label(text) { this.commit(list.relabel(this.regions, this.selected, text)); }
}
