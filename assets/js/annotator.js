/*
 * The annotator's entrance: puts editor, stage, toolbar and intake together on the page and keeps Gradio's value in step. `element`, `props`,
 * `trigger` and `watch` are what gr.HTML gives to `js_on_load`. `props.commands`: more keys for the canvas; `props.t`: messages in
 * another language than English; `props.onView(view)`: the view was moved or zoomed.
 */

import { createFooter, createHeatLegend } from "./captions.js";
import { commandsOf } from "./commands.js";
import { button, el, styled } from "./dom.js";
import { Editor } from "./editor.js";
import { createIntake } from "./intake.js";
import { createKeymap } from "./keys.js";
import { CHOOSE, join, POINT } from "./link.js";
import { Pointers } from "./pointers.js";
import { Stage } from "./stage.js";
import { createHelp, createToolbar } from "./toolbar.js";
import { placeOf, regionText } from "./words.js";

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

/** What the commands need of the page; `parts` is filled while the page is built. */
function commandTargets(editor, parts, state, link) {
  return {
    cancel() {
      if (parts.pointers.cancel()) return;
      state.leaving = !editor.selected.length;
      editor.select([]);
    },
    leaving: () => state.leaving,
    choose: link.choose,
    space: () => parts.pointers.holdSpace(true),
    help: () => parts.help.showModal(),
  };
}

function followHover(editor, stage, link, footer) {
  return new Pointers(editor, stage, {
    onHover(region) {
      if (!link.hover(region)) return;
      if (region && !editor.selected.length) footer.say(regionText(region, editor.regions, editor.size, editor.t));
      else footer.update();
    },
    onDrag: (pixels) => (pixels ? footer.say(placeOf(pixels, editor.t)) : footer.update()),
  });
}

/** The intake, and the button that brings it back once there is an image. */
function bringIn(root, editor, stage, trigger) {
  const intake = createIntake(root, editor, (image) => {
    editor.open(image);
    trigger("opened", { id: image.id });
    stage.node.focus({ preventScroll: true });
  });
  const replace = button({ iconName: "image", title: "Replace image", text: "Replace", kind: "secondary" });
  replace.addEventListener("click", intake.choose);
  stage.picture.addEventListener("error", () => {
    const name = editor.image?.name || "this image";
    if (editor.image) intake.showError(`The picture of ${name} could not be loaded. Reload the page, or open the image again.`);
  });
  return { intake, replace };
}

/** Where images come from elsewhere: `props.intake` false. */
const NO_INTAKE = { intake: { empty: null, progress: null, error: null, input: null }, replace: null };

/** Builds the page's part and returns what brings it up to date. */
function build(root, editor, stage, { props, trigger, sync, state }) {
  const parts = {};
  const [footer, heatLegend] = [createFooter(editor), createHeatLegend(editor)];
  const link = linkRegions(props.channel ?? "", root, editor, stage);
  const { intake, replace } = props.intake === false ? NO_INTAKE : bringIn(root, editor, stage, trigger);
  const keymap = createKeymap();
  const commands = [...commandsOf(editor, stage, commandTargets(editor, parts, state, link), props.labels ?? []), ...(props.commands ?? [])];
  commands.forEach((command) => keymap.register(command));
  parts.pointers = followHover(editor, stage, link, footer);
  parts.help = createHelp(keymap, editor.t);
  const toolbar = createToolbar(commands, editor, stage, replace ? [replace] : []);
  followKeys(editor, stage, keymap, { sync, pointers: parts.pointers, state });
  stage.node.append(heatLegend.node);
  const frame = el("div", { class: "giqa-frame" }, stage.node, intake.empty, intake.progress);
  root.append(...[toolbar.node, intake.error, frame, footer.node, parts.help, intake.input].filter(Boolean));
  stage.onView = () => {
    toolbar.update();
    props.onView?.(stage.view);
  };
  return () => {
    root.classList.toggle("giqa-has-image", editor.image !== null);
    root.classList.toggle("giqa-readonly", editor.readonly);
    if (replace) replace.hidden = editor.readonly;
    stage.node.dataset.tool = editor.tool;
    for (const part of [footer, heatLegend, toolbar]) part.update();
  };
}

export async function mount({ element, props, trigger, watch }) {
  await styled("/assets/css/annotator.css");
  const state = { later: false, leaving: false };
  const sync = syncWith(props);
  const editor = new Editor({ onLocalChange: (value) => sync.push(value, state.later), t: props.t });
  const stage = new Stage(editor);
  const root = el("div", { class: "giqa-annotator" });
  const update = build(root, editor, stage, { props, trigger, sync, state });
  editor.on("any", update);
  element.replaceChildren(root);
  new ResizeObserver(() => stage.measure()).observe(stage.node);
  const receive = () => editor.receive(props.value) && sync.push(editor.value, false);
  watch("value", receive);
  update();
  if (props.value) receive();
  return editor;
}
