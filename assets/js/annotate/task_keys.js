/* The task editor's keys, once: on the canvas as commands of its own, beside it for the whole editor. Two commands on one key are refused when they are registered. */

import { t } from "../i18n/messages.js";
import { chordOf, createKeymap, isTyping } from "../keys.js";

/** `beside`: works beside the canvas too; `typing`: even while one types; `scope` "beside": not on the canvas, where the key means something else. */
const KEYS = [
  { id: "submit", group: "task", keys: ["Mod+Enter"], beside: true, typing: true },
  { id: "skip", group: "task", keys: ["Mod+Space"], beside: true, typing: true },
  { id: "save", group: "task", keys: ["Mod+S"], beside: true, typing: true },
  { id: "next", group: "task", keys: ["Mod+ArrowRight", "D"], beside: true },
  { id: "previous", group: "task", keys: ["Mod+ArrowLeft", "A"], beside: true },
  { id: "words", group: "task", keys: ["L", "Alt+R"] },
  { id: "digit", group: "task", keys: ["1", "2", "3", "4", "5", "6", "7", "8", "9"] },
  { id: "accept", group: "proposals", keys: ["Y"] },
  { id: "reject", group: "proposals", keys: ["N"] },
  { id: "undecided", group: "proposals", keys: ["U"] },
  { id: "snap", group: "proposals", keys: ["S"] },
  { id: "ask", group: "proposals", keys: ["Q"] },
  { id: "hide", group: "view", keys: ["Alt+H"], beside: true },
  { id: "lock", group: "boxes", keys: ["Alt+L"] },
  { id: "picture", group: "other", keys: ["Escape"], beside: true, typing: true, scope: "beside" },
];

const command = (actions) => ({ id, group, keys, scope = "canvas" }) => ({ id: `task-${id}`, title: t(`key.${id}`), group, keys, scope, run: (event) => { actions[id](event); } });

/** `actions`: see actions.js. */
export const canvasCommands = (actions) => KEYS.map(command(actions));

const LETTER = /^[A-Z0-9]$/;

/** Keys beside the canvas; letters only where nothing else takes them: not on a button that has a meaning for them, nor in a dialog. */
export function followKeys(root, actions) {
  const keymap = createKeymap();
  const besides = KEYS.filter(({ beside }) => beside).map((one) => ({ ...command(actions)(one), scope: "canvas", keys: one.keys.filter((key) => !LETTER.test(key)), typing: one.typing ?? false }));
  besides.push({ id: "task-help", title: t("key.help"), group: "other", keys: ["?"], run: () => actions.help(), typing: false });
  besides.forEach((one) => keymap.register(one));
  const find = (event) => (isTyping(event) ? besides.find(({ typing, keys }) => typing && keys.includes(chordOf(event))) : keymap.match(event));
  root.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.isComposing || (event.key === "Escape" && event.target.type === "search" && event.target.value)) return;
    const found = find(event);
    if (!found) return;
    event.preventDefault();
    found.run(event);
  });
}
