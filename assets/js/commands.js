/*
 * Everything the canvas can be told to do, once: the toolbar, the keys and the help panel are made from this table. A command is
 * {id, title, group, keys, run, icon?, enabled?, held?}; `run(event)` returning false leaves the key to the browser.
 */

const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const PAN_PX = 48;

const tool = (editor, id, key) => ({ id, title: editor.t(`tool.${id}`), group: "tools", keys: [key], icon: id, run: () => editor.use(id), pressed: () => editor.tool === id });

function toolCommands(editor) {
  const draw = { ...tool(editor, "draw", "R"), enabled: () => !editor.readonly };
  return [draw, tool(editor, "select", "V"), tool(editor, "pan", "H")];
}

function viewCommands(editor, stage) {
  return [
    { id: "zoomOut", title: editor.t("tool.zoomOut"), group: "view", keys: ["-"], icon: "zoomOut", run: () => stage.zoom(1 / 1.25) },
    { id: "zoomIn", title: editor.t("tool.zoomIn"), group: "view", keys: ["+", "="], icon: "zoomIn", run: () => stage.zoom(1.25) },
    { id: "fit", title: editor.t("tool.fit"), group: "view", keys: ["0"], icon: "fit", run: () => stage.fit() },
  ];
}

function editCommands(editor) {
  const some = () => editor.editable.length > 0;
  return [
    { id: "undo", title: editor.t("tool.undo"), group: "boxes", keys: ["Mod+Z"], icon: "undo", run: () => editor.undo(), enabled: () => editor.canUndo },
    { id: "redo", title: editor.t("tool.redo"), group: "boxes", keys: ["Mod+Shift+Z", "Mod+Y"], icon: "redo", run: () => editor.redo(), enabled: () => editor.canRedo },
    {
      id: "duplicate", title: editor.t("tool.duplicate"), group: "boxes", keys: ["Mod+D"], icon: "duplicate",
      run: () => editor.duplicate(), enabled: () => !editor.readonly && editor.selected.length > 0,
    },
    { id: "remove", title: editor.t("tool.remove"), group: "boxes", keys: ["Delete", "Backspace"], icon: "remove", run: () => editor.remove(), enabled: some },
  ];
}

/** Arrows: the selected boxes, or the view where none can be moved. */
function arrowCommands(editor, stage) {
  const go = (step) => (event) => {
    const [x, y] = ARROWS[event.key];
    if (editor.editable.length) editor.nudge(x * step, y * step);
    else stage.pan(-x * PAN_PX, -y * PAN_PX);
  };
  const grow = (step) => (event) => editor.grow(ARROWS[event.key][0] * step, ARROWS[event.key][1] * step);
  const arrows = (prefix) => Object.keys(ARROWS).map((arrow) => `${prefix}${arrow}`);
  return [
    { id: "nudge", title: editor.t("tool.nudge"), group: "boxes", keys: arrows(""), run: go(1) },
    { id: "nudgeFar", title: editor.t("tool.nudgeFar"), group: "boxes", keys: arrows("Shift+"), run: go(10) },
    { id: "grow", title: editor.t("tool.grow"), group: "boxes", keys: arrows("Alt+"), run: grow(1) },
    { id: "growFar", title: editor.t("tool.growFar"), group: "boxes", keys: arrows("Alt+Shift+"), run: grow(10) },
  ];
}

/** `ui`: {cancel() -> whether there was something, help(), choose(), tabOut()}. */
function selectionCommands(editor, stage, ui) {
  const step = (direction) => () => !ui.leaving() && editor.selectNeighbour(direction);
  const enter = () => {
    if (editor.selected.length) ui.choose();
    else if (editor.tool === "draw") editor.addCentred(stage.sight);
  };
  return [
    { id: "next", title: editor.t("tool.next"), group: "boxes", keys: ["Tab"], run: step(1) },
    { id: "previous", title: editor.t("tool.previous"), group: "boxes", keys: ["Shift+Tab"], run: step(-1) },
    { id: "enter", title: editor.t("tool.enter"), group: "boxes", keys: ["Enter"], run: enter },
    { id: "all", title: editor.t("tool.all"), group: "boxes", keys: ["Mod+A"], run: () => editor.selectAllDrawn() },
    { id: "cancel", title: editor.t("tool.cancel"), group: "other", keys: ["Escape"], run: () => ui.cancel() },
    { id: "help", title: editor.t("tool.help"), group: "other", keys: ["?"], icon: "help", run: () => ui.help() },
  ];
}

const labelCommands = (editor, labels) =>
  labels.slice(0, 9).map((label, index) => ({ id: `label${index + 1}`, title: editor.t("tool.label", { label }), group: "labels", keys: [`${index + 1}`], run: () => editor.label(label) }));

export function commandsOf(editor, stage, ui, labels) {
  const space = { id: "space", title: editor.t("tool.space"), group: "tools", keys: ["Space"], run: () => ui.space() };
  return [
    ...toolCommands(editor), space, ...viewCommands(editor, stage), ...editCommands(editor),
    ...arrowCommands(editor, stage), ...selectionCommands(editor, stage, ui), ...labelCommands(editor, labels),
  ];
}
