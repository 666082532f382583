/* The task editor's keys: on the canvas as commands of its own, beside it for the whole editor. Those with Ctrl that end a task work while one types. */

import { chordOf, isTyping } from "../keys.js";

/** `actions`: see app.js. */
export function canvasCommands(actions) {
  const task = (id, title, keys) => ({ id: `task-${id}`, title, group: "Task", keys, run: () => { actions[id](); } });
  return [
    task("submit", "Submit and next", ["Mod+Enter"]), task("skip", "Skip", ["Mod+Space"]), task("save", "Save now", ["Mod+S"]),
    task("next", "Next task", ["Mod+ArrowRight", "D"]), task("previous", "Previous task", ["Mod+ArrowLeft", "A"]),
    task("hide", "Hide or show the boxes", ["Alt+H"]), task("words", "Go to the description, to link words", ["L", "Alt+R"]),
  ];
}

const ALWAYS = { "Mod+Enter": "submit", "Mod+Space": "skip", "Mod+S": "save" };
const NOT_TYPING = { "Mod+ArrowRight": "next", "Mod+ArrowLeft": "previous" };

export function followKeys(root, actions) {
  root.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.isComposing) return;
    const chord = chordOf(event);
    const action = ALWAYS[chord] ?? (isTyping(event) ? null : NOT_TYPING[chord]);
    if (!action) return;
    event.preventDefault();
    actions[action]();
  });
}
