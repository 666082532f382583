/*
 * The annotator's entrance: puts editor, stage, toolbar and intake together on the page and keeps Gradio's value in step. `element`, `props`,
 * `trigger` and `watch` are what gr.HTML gives to `js_on_load`.
 */

import { commandsOf } from "./commands.js";
import { button, el } from "./dom.js";
import { Editor } from "./editor.js";
import { gradient } from "./heat.js";
import { createIntake } from "./intake.js";
import { createKeymap } from "./keys.js";
import { CHOOSE, join, POINT } from "./link.js";
import { followPointers } from "./pointers.js";
import { Stage } from "./stage.js";
import { createHelp, createToolbar } from "./toolbar.js";
import { count, heatText, imageText, placeOf, regionText, selectionText } from "./words.js";

const LEGEND = [["drawn", "drawn"], ["described", "described"], ["answered", "answered"]];

/** Carries the person's changes to Python; those of a held key wait for its release. */
function syncWith(props) {
  let waiting = null;
  const flush = () => {
    if (!waiting) return;
    props.value = structuredClone(waiting);
    waiting = null;
  };
  return { flush, push: (value, later) => { waiting = value; if (!later) flush(); } };
}

function createFooter(editor) {
  const status = el("span", { class: "giqa-status" });
  const spoken = el("span", { class: "giqa-spoken", "aria-live": "polite" });
  const legend = el("span", { class: "giqa-legend" });
  const name = el("span", { class: "giqa-name" });
  const node = el("div", { class: "giqa-footer" }, status, legend, name, spoken);
  const update = () => {
    const { image, regions, selected } = editor;
    status.textContent = image ? selectionText(selected, regions, editor.size) : "";
    if (spoken.textContent !== status.textContent) spoken.textContent = status.textContent; // said once
    name.textContent = image ? imageText(image) : "";
    name.title = name.textContent;
    const used = LEGEND.map(([source, word]) => [source, word, regions.filter((region) => region.source === source).length]).filter((entry) => entry[2]);
    legend.replaceChildren(...used.map(([source, word, number]) => el("span", { "data-source": source }, `${number} ${word}`)));
  };
  return { node, update, say: (text) => { status.textContent = text; } };
}

function createHeatLegend(editor) {
  const words = el("span", {});
  const ramp = el("span", { class: "giqa-ramp", "aria-hidden": "true" });
  ramp.style.backgroundImage = gradient();
  const node = el("div", { class: "giqa-heat-legend", role: "status", hidden: true }, words, el("small", {}, "none"), ramp, el("small", {}, "strong"));
  const update = () => {
    const { heat, image } = editor.value;
    node.hidden = !heat || !image;
    words.textContent = node.hidden ? "" : heatText(heat);
  };
  return { node, update };
}

/** Regions pointed at here and elsewhere: hover and selection go out, phrases come in. */
function linkRegions(channel, root, editor, stage) {
  const link = join(channel, { alive: () => root.isConnected });
  let chosenElsewhere = false;
  let pinned = [];
  let hovered = null;
  link.on(POINT, (ids) => stage.point(ids.length ? ids : pinned));
  link.on(CHOOSE, (ids) => {
    chosenElsewhere = true;
    editor.select(ids);
    chosenElsewhere = false;
    pinned = editor.selected.length ? ids : [];
    stage.point(pinned);
    const region = editor.regions.find((one) => pinned.includes(one.id));
    if (region) stage.reveal(region);
  });
  editor.on("selection", () => {
    if (chosenElsewhere) return;
    pinned = [];
    stage.point([]);
    link.tell(CHOOSE, editor.selected);
  });
  return {
    choose: () => link.tell(CHOOSE, editor.selected),
    /** Whether it is another region than before. */
    hover(region) {
      if (hovered === (region?.id ?? null)) return false;
      hovered = region?.id ?? null;
      stage.point(hovered ? [hovered] : pinned, !hovered);
      link.tell(POINT, hovered ? [hovered] : []);
      return true;
    },
  };
}

/** Keys act while the canvas or a box in it has the focus. */
function followKeys(editor, stage, keymap, { sync, pointers, state }) {
  stage.node.addEventListener("keydown", (event) => {
    const command = editor.image ? keymap.match(event) : null;
    if (!command || (command.enabled && !command.enabled())) return;
    if (!(event.key === "Tab" || event.key === "Escape")) state.leaving = false;
    state.later = /^(nudge|grow)/.test(command.id);
    const before = editor.selected;
    const handled = command.run(event) !== false;
    state.later = false;
    if (!handled) return;
    event.preventDefault();
    event.stopPropagation();
    if (editor.selected !== before) stage.focusOn(editor.selected.at(-1));
  });
  stage.node.addEventListener("keyup", (event) => {
    sync.flush();
    if (event.key === " ") pointers.holdSpace(false);
  });
  stage.node.addEventListener("focusout", (event) => {
    sync.flush();
    if (stage.node.contains(event.relatedTarget)) return;
    pointers.holdSpace(false);
    state.leaving = false;
  });
}

export function mount({ element, props, trigger, watch }) {
  const state = { later: false, leaving: false };
  const sync = syncWith(props);
  const editor = new Editor({ onLocalChange: (value) => sync.push(value, state.later) });
  const stage = new Stage(editor);
  const root = el("div", { class: "giqa-annotator" });
  const footer = createFooter(editor);
  const heatLegend = createHeatLegend(editor);
  const link = linkRegions(props.channel ?? "", root, editor, stage);
  const intake = createIntake(root, editor, (image) => {
    editor.open(image);
    trigger("opened", { id: image.id });
    stage.node.focus({ preventScroll: true });
  });
  const pointers = followPointers(editor, stage, {
    onHover: (region) => {
      if (!link.hover(region)) return;
      if (region && !editor.selected.length) footer.say(regionText(region, editor.regions, editor.size));
      else footer.update();
    },
    onDrag: (pixels) => (pixels ? footer.say(placeOf(pixels)) : footer.update()),
  });
  const ui = {
    cancel() {
      if (pointers.cancel()) return;
      state.leaving = !editor.selected.length;
      editor.select([]);
    },
    leaving: () => state.leaving,
    choose: link.choose,
    space: () => pointers.holdSpace(true),
    help: () => help.showModal(),
  };
  const keymap = createKeymap();
  const commands = commandsOf(editor, stage, ui, props.labels ?? []);
  commands.forEach((command) => keymap.register(command));
  const help = createHelp(keymap);
  const replace = button({ iconName: "image", title: "Replace image", text: "Replace image", kind: "secondary" });
  replace.addEventListener("click", intake.choose);
  const toolbar = createToolbar(commands, editor, stage, [replace]);
  stage.node.append(heatLegend.node);
  root.append(toolbar.node, intake.error, el("div", { class: "giqa-frame" }, stage.node, intake.empty, intake.progress), footer.node, help, intake.input);
  followKeys(editor, stage, keymap, { sync, pointers, state });

  const update = () => {
    root.classList.toggle("giqa-has-image", editor.image !== null);
    root.classList.toggle("giqa-readonly", editor.readonly);
    replace.hidden = editor.readonly;
    stage.node.dataset.tool = editor.tool;
    footer.update();
    heatLegend.update();
    toolbar.update();
  };
  for (const kind of ["image", "regions", "heat", "selection", "tool", "history"]) editor.on(kind, update);
  stage.onView = () => toolbar.update();
  stage.picture.addEventListener("error", () => editor.image && intake.showError(`The picture of ${editor.image.name || "this image"} could not be loaded. Reload the page, or open the image again.`));
  element.replaceChildren(root);
  new ResizeObserver(() => stage.measure()).observe(stage.node);
  const receive = () => editor.receive(props.value) && sync.push(editor.value, false);
  watch("value", receive);
  receive();
  return editor;
}
