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
  const level = el("output", { class: "giqa-zoom", "aria-label": editor.t("canvas.zoom") });
  for (const { command, node } of buttons) {
    const group = groups.get(command.group) ?? groups.set(command.group, el("div", { class: "giqa-group", role: "group", "data-group": command.group, "aria-label": editor.t(`group.${command.group}`) })).get(command.group);
    group.append(node);
    if (command.id === "zoomOut") group.append(level);
  }
  const node = el("div", { class: "giqa-toolbar", role: "toolbar", "aria-label": editor.t("canvas.tools") }, ...groups.values(), el("div", { class: "giqa-gap" }), ...extra);
  const update = () => {
    for (const { command, node: tool } of buttons) {
      tool.disabled = !editor.image || (command.enabled ? !command.enabled() : false);
      if (command.pressed) tool.setAttribute("aria-pressed", command.pressed());
      tool.hidden = editor.readonly && (command.group === "boxes" || command.id === "draw");
    }
    groups.get("boxes").hidden = editor.readonly;
    level.textContent = `${Math.round(stage.view.scale * 100)} %`;
  };
  return { node, update };
}

/** `t`: the messages of the page that the canvas stands on. */
export function createHelp(keymap, t) {
  const row = ({ title, keys }) => el("div", { class: "giqa-help-row" }, el("dt", {}, title), el("dd", {}, ...keys.map((key) => el("kbd", {}, key))));
  const section = ({ group, entries }) => el("section", {}, el("h3", {}, t(`group.${group}`)), el("dl", {}, ...entries.map(row)));
  const mouse = el("p", { class: "giqa-hint" }, icon("info"), t("canvas.mouse"));
  return createDialog(t("canvas.keys"), mouse, el("div", { class: "giqa-help" }, ...keymap.help().map(section)));
}
