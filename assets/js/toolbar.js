/* The annotator's toolbar, made from the commands that have an icon, and the panel that lists the keys. */

import { createDialog } from "./dialog.js";
import { button, el, icon } from "./dom.js";
import { shown, spoken } from "./keys.js";

function toolButton(command, stage) {
  const node = button({ iconName: command.icon, title: command.title, keys: shown(command.keys[0]), "aria-keyshortcuts": spoken(command.keys[0]), "data-command": command.id });
  node.addEventListener("click", () => {
    command.run();
    if (command.id !== "help") stage.node.focus({ preventScroll: true }); // the next key is meant for the canvas
  });
  return node;
}

/** `extra`: nodes at the end. Returns {node, update}. */
export function createToolbar(commands, editor, stage, extra) {
  const groups = new Map();
  const buttons = commands.filter((command) => command.icon).map((command) => ({ command, node: toolButton(command, stage) }));
  const level = el("output", { class: "giqa-zoom", "aria-label": "Zoom" });
  for (const { command, node } of buttons) {
    const group = groups.get(command.group) ?? groups.set(command.group, el("div", { class: "giqa-group", role: "group", "aria-label": command.group })).get(command.group);
    group.append(node);
    if (command.id === "zoomOut") group.append(level);
  }
  const node = el("div", { class: "giqa-toolbar", role: "toolbar", "aria-label": "Canvas tools" }, ...groups.values(), el("div", { class: "giqa-gap" }), ...extra);
  const update = () => {
    for (const { command, node: tool } of buttons) {
      tool.disabled = !editor.image || (command.enabled ? !command.enabled() : false);
      if (command.pressed) tool.setAttribute("aria-pressed", command.pressed());
      tool.hidden = editor.readonly && (command.group === "Boxes" || command.id === "draw");
    }
    groups.get("Boxes").hidden = editor.readonly;
    level.textContent = `${Math.round(stage.view.scale * 100)} %`;
  };
  return { node, update };
}

export function createHelp(keymap) {
  const row = ({ title, keys }) => el("div", { class: "giqa-help-row" }, el("dt", {}, title), el("dd", {}, ...keys.map((key) => el("kbd", {}, key))));
  const section = ({ group, entries }) => el("section", {}, el("h3", {}, group), el("dl", {}, ...entries.map(row)));
  const mouse = el("p", { class: "giqa-hint" }, icon("info"), "Wheel zooms at the cursor once the canvas has the focus, and with Ctrl always. Two fingers zoom on a touch screen. Shift and a click select several.");
  return createDialog("Keys", mouse, el("div", { class: "giqa-help" }, ...keymap.help().map(section)));
}
