/*
 * Everything the canvas can be told to do, once: the toolbar, the keys and the help panel are made from this table. A command is
 * {id, title, group, keys, run, icon?, enabled?, held?}; `run(event)` returning false leaves the key to the browser.
 */

const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const PAN_PX = 48;

const tool = (editor, id, title, key) => ({ id, title, group: "Tools", keys: [key], icon: id, run: () => editor.use(id), pressed: () => editor.tool === id });

function toolCommands(editor) {
  const draw = { ...tool(editor, "draw", "Draw a box", "R"), enabled: () => !editor.readonly };
  return [draw, tool(editor, "select", "Select", "V"), tool(editor, "pan", "Move the view", "H")];
}

function viewCommands(stage) {
  return [
    { id: "zoomOut", title: "Zoom out", group: "View", keys: ["-"], icon: "zoomOut", run: () => stage.zoom(1 / 1.25) },
    { id: "zoomIn", title: "Zoom in", group: "View", keys: ["+", "="], icon: "zoomIn", run: () => stage.zoom(1.25) },
    { id: "fit", title: "Fit the image", group: "View", keys: ["0"], icon: "fit", run: () => stage.fit() },
  ];
}

function editCommands(editor) {
  const some = () => editor.editable.length > 0;
  return [
    { id: "undo", title: "Undo", group: "Boxes", keys: ["Mod+Z"], icon: "undo", run: () => editor.undo(), enabled: () => editor.canUndo },
    { id: "redo", title: "Redo", group: "Boxes", keys: ["Mod+Shift+Z", "Mod+Y"], icon: "redo", run: () => editor.redo(), enabled: () => editor.canRedo },
    {
      id: "duplicate", title: "Duplicate", group: "Boxes", keys: ["Mod+D"], icon: "duplicate",
      run: () => editor.duplicate(), enabled: () => !editor.readonly && editor.selected.length > 0,
    },
    { id: "remove", title: "Delete", group: "Boxes", keys: ["Delete", "Backspace"], icon: "remove", run: () => editor.remove(), enabled: some },
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
    { id: "nudge", title: "Move by 1 px (no box: the view)", group: "Boxes", keys: arrows(""), run: go(1) },
    { id: "nudgeFar", title: "Move by 10 px", group: "Boxes", keys: arrows("Shift+"), run: go(10) },
    { id: "grow", title: "Resize by 1 px", group: "Boxes", keys: arrows("Alt+"), run: grow(1) },
    { id: "growFar", title: "Resize by 10 px", group: "Boxes", keys: arrows("Alt+Shift+"), run: grow(10) },
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
    { id: "next", title: "Next box", group: "Boxes", keys: ["Tab"], run: step(1) },
    { id: "previous", title: "Previous box", group: "Boxes", keys: ["Shift+Tab"], run: step(-1) },
    { id: "enter", title: "Add a box in the middle; on a box: show its phrase", group: "Boxes", keys: ["Enter"], run: enter },
    { id: "all", title: "Select all drawn boxes", group: "Boxes", keys: ["Mod+A"], run: () => editor.selectAllDrawn() },
    { id: "cancel", title: "Cancel, then deselect; then Tab leaves the canvas", group: "Other", keys: ["Escape"], run: () => ui.cancel() },
    { id: "help", title: "Show the keys", group: "Other", keys: ["?"], icon: "help", run: () => ui.help() },
  ];
}

const labelCommands = (editor, labels) =>
  labels.slice(0, 9).map((label, index) => ({ id: `label${index + 1}`, title: `Label “${label}”`, group: "Labels", keys: [`${index + 1}`], run: () => editor.label(label) }));

export function commandsOf(editor, stage, ui, labels) {
  const space = { id: "space", title: "Hold to move the view", group: "Tools", keys: ["Space"], run: () => ui.space() };
  return [
    ...toolCommands(editor), space, ...viewCommands(stage), ...editCommands(editor),
    ...arrowCommands(editor, stage), ...selectionCommands(editor, stage, ui), ...labelCommands(editor, labels),
  ];
}
