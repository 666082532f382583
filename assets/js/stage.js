/*
 * The picture and what lies over it: the image and the heat map move under a CSS transform, the boxes are SVG with strokes that keep their width,
 * the handles and tags stand in stage pixels. Dragging touches the dragged box's nodes alone.
 */

import { el, svg } from "./dom.js";
import { fitView, HANDLES, handlePoint, panBy, showBox, toImage, toPixels, toStage, zoomAt } from "./geometry.js";
import { heatPixels } from "./heat.js";
import { regionText } from "./words.js";

const TAGS_AT_REST = 40; // with more boxes than this, only those pointed at or selected carry their tag
const PIXELS_SHOWN_FROM = 3; // magnified more, the image's pixels are shown as they are: blurring them would look like a fault

export class Stage {
  #nodes = new Map();
  #tags = new Map();
  #fitted = true;
  view = { scale: 1, x: 0, y: 0 };
  box = { width: 1, height: 1 };
  pointed = [];
  onView = () => {};

  constructor(editor) {
    this.editor = editor;
    this.picture = el("img", { class: "giqa-picture", alt: "", draggable: "false", decoding: "async" });
    this.heat = el("canvas", { class: "giqa-heat", hidden: true });
    this.world = el("div", { class: "giqa-world" }, this.picture, this.heat);
    this.draft = svg("g", { class: "giqa-region giqa-draft", "data-source": "drawn", visibility: "hidden" }, ...outline());
    this.shapes = svg("g", { class: "giqa-shapes" });
    this.handles = svg("g", { class: "giqa-handles", visibility: "hidden" }, ...HANDLES.map((handle) => svg("rect", { "data-handle": handle, width: 9, height: 9, rx: 2 })));
    this.overlay = svg("svg", { class: "giqa-overlay" }, this.shapes, this.handles);
    this.labels = el("div", { class: "giqa-tags", "aria-hidden": "true" });
    this.node = el("div", { class: "giqa-stage", tabindex: "0", role: "application", "aria-label": editor.t("canvas.label") }, this.world, this.overlay, this.labels);
    editor.on("image", () => this.showImage());
    editor.on("regions", () => this.showRegions());
    editor.on("selection", () => this.showSelection());
    editor.on("heat", () => this.showHeat());
  }

  get size() { return this.editor.size; }
  get fitScale() { return fitView(this.size, this.box).scale; }
  get smallest() { return Math.min(this.fitScale, 1) / 2; }

  measure() {
    const old = this.box;
    this.box = { width: Math.max(this.node.clientWidth, 1), height: Math.max(this.node.clientHeight, 1) };
    if (!this.size || (old.width === this.box.width && old.height === this.box.height)) return;
    if (this.#fitted) this.fit();
    else this.setView(panBy(this.view, (this.box.width - old.width) / 2, (this.box.height - old.height) / 2, this.size, this.box));
  }

  /** A pointer's place in stage pixels. */
  at(event) {
    const { left, top } = this.node.getBoundingClientRect();
    return { x: event.clientX - left, y: event.clientY - top };
  }

  toImage(point) { return toImage(this.view, point); }

  setView(view, fitted = false) {
    this.view = view;
    this.#fitted = fitted;
    this.world.style.transform = `translate(${view.x}px, ${view.y}px) scale(${view.scale})`;
    this.world.classList.toggle("giqa-magnified", view.scale >= PIXELS_SHOWN_FROM);
    this.shapes.setAttribute("transform", `matrix(${view.scale} 0 0 ${view.scale} ${view.x} ${view.y})`);
    this.placeTags();
    this.placeHandles();
    this.onView();
  }

  fit() { this.setView(fitView(this.size, this.box), true); }

  zoom(factor, point = { x: this.box.width / 2, y: this.box.height / 2 }) { this.setView(zoomAt(this.view, factor, point, this.smallest)); }

  pan(dx, dy) { this.setView(panBy(this.view, dx, dy, this.size, this.box)); }

  reveal(region) {
    const view = showBox(this.view, toPixels(region.box, this.size), this.box);
    if (view !== this.view) this.setView(view);
  }

  /** What is in sight, in image pixels. */
  get sight() {
    const from = this.toImage({ x: 0, y: 0 });
    const to = this.toImage({ x: this.box.width, y: this.box.height });
    return [Math.max(from.x, 0), Math.max(from.y, 0), Math.min(to.x, this.size.width), Math.min(to.y, this.size.height)];
  }

  showImage() {
    const { image } = this.editor;
    if (!image) return this.picture.removeAttribute("src");
    this.picture.width = image.width;
    this.picture.height = image.height;
    this.picture.alt = image.name;
    this.picture.src = image.url;
    this.measure();
    this.fit();
  }

  showHeat() {
    const pixels = heatPixels(this.editor.value.heat?.rows);
    this.heat.hidden = !pixels || !this.size;
    if (this.heat.hidden) return;
    this.heat.width = pixels.width;
    this.heat.height = pixels.height;
    this.heat.style.width = `${this.size.width}px`;
    this.heat.style.height = `${this.size.height}px`;
    this.heat.getContext("2d").putImageData(new ImageData(pixels.data, pixels.width, pixels.height), 0, 0);
  }

  showRegions() {
    const { regions } = this.editor;
    const keep = new Set(regions.map((region) => region.id));
    for (const [id, { group }] of this.#nodes) {
      if (keep.has(id)) continue;
      group.remove();
      this.#nodes.delete(id);
    }
    regions.forEach((region, index) => this.#showRegion(region, index));
    this.shapes.append(this.draft);
    this.showSelection();
  }

  #showRegion(region, index) {
    const known = this.#nodes.get(region.id);
    if (known && known.region === region && known.index === index && known.of === this.editor.regions.length) return;
    const group = known?.group ?? svg("g", { class: "giqa-region", tabindex: "-1", role: "button", "data-id": region.id }, ...outline());
    group.setAttribute("data-source", region.source);
    group.setAttribute("aria-label", regionText(region, this.editor.regions, this.size, this.editor.t));
    this.#nodes.set(region.id, { group, region, index, of: this.editor.regions.length });
    if (this.shapes.children[index] !== group) this.shapes.insertBefore(group, this.shapes.children[index] ?? null);
    this.place(region.id, toPixels(region.box, this.size));
  }

  /** Puts one box at image pixels, without a word to the editor: what a drag does on each move. */
  place(id, pixels) {
    const entry = this.#nodes.get(id);
    entry.pixels = pixels;
    setOutline(entry.group, pixels);
    if (this.#tags.has(id)) this.#placeTag(id);
    if (this.editor.selected.includes(id)) this.placeHandles();
  }

  pixelsOf(id) { return this.#nodes.get(id).pixels; }

  showDraft(pixels) {
    this.draft.setAttribute("visibility", pixels ? "visible" : "hidden");
    if (pixels) setOutline(this.draft, pixels);
  }

  /** Puts back what a drag moved. */
  restore() {
    this.showDraft(null);
    for (const [id, { region }] of this.#nodes) this.place(id, toPixels(region.box, this.size));
  }

  /** Regions somebody points at stand out, and with `dim` the others step back; none: all alike. */
  point(ids, dim = true) {
    this.pointed = ids.filter((id) => this.#nodes.has(id));
    this.node.classList.toggle("giqa-dimming", dim && this.pointed.length > 0);
    this.showSelection();
  }

  showSelection() {
    const selected = new Set(this.editor.selected);
    const pointed = new Set(this.pointed);
    for (const [id, { group }] of this.#nodes) {
      group.classList.toggle("giqa-selected", selected.has(id));
      group.classList.toggle("giqa-pointed", pointed.has(id));
      group.classList.toggle("giqa-locked", this.editor.isLocked(id));
      group.setAttribute("aria-pressed", selected.has(id));
    }
    this.#showTags(selected, pointed);
    this.placeHandles();
  }

  #showTags(selected, pointed) {
    const { regions } = this.editor;
    this.#tags.clear();
    regions.forEach((region, index) => {
      const stands = selected.has(region.id) || pointed.has(region.id);
      if (stands || regions.length <= TAGS_AT_REST) {
        const tag = el("span", { class: "giqa-tag", "data-source": region.source }, region.label || `${index + 1}`);
        tag.classList.toggle("giqa-strong", stands);
        this.#tags.set(region.id, tag);
      }
    });
    this.labels.replaceChildren(...this.#tags.values());
    this.placeTags();
  }

  placeTags() {
    for (const id of this.#tags.keys()) this.#placeTag(id);
  }

  /** Above the box's upper left corner, on the inside where the stage ends. */
  #placeTag(id) {
    const [x1, y1] = this.pixelsOf(id);
    const { x, y } = toStage(this.view, { x: x1, y: y1 });
    this.#tags.get(id).style.transform = `translate(${x}px, ${y}px) translateY(${y < 20 ? "2px" : "calc(-100% - 2px)"})`;
  }

  placeHandles() {
    const { editable, selected } = this.editor;
    const pixels = editable.length === 1 && selected.length === 1 ? this.#nodes.get(selected[0])?.pixels : null;
    this.handles.setAttribute("visibility", pixels ? "visible" : "hidden");
    if (!pixels) return;
    for (const rect of this.handles.children) {
      const { x, y } = toStage(this.view, handlePoint(pixels, rect.dataset.handle));
      rect.setAttribute("x", x - 4.5);
      rect.setAttribute("y", y - 4.5);
    }
  }

  focusOn(id) {
    (this.#nodes.get(id)?.group ?? this.node).focus({ preventScroll: true });
  }
}

function outline() {
  return ["giqa-halo", "giqa-line"].map((name) => svg("rect", { class: name, "vector-effect": "non-scaling-stroke" }));
}

function setOutline(group, [x1, y1, x2, y2]) {
  for (const rect of group.children) {
    rect.setAttribute("x", x1);
    rect.setAttribute("y", y1);
    rect.setAttribute("width", x2 - x1);
    rect.setAttribute("height", y2 - y1);
  }
}
