/* What stands round the canvas and the panels: the bar with the save state, messages, the first screen, the history. Shows, and calls what it was given. */

import { button, el, icon } from "../dom.js";
import { said } from "./changes.js";

const DONE = { draft: "Saved", submitted: "Submitted", skipped: "Skipped" };

/** The time, with its date where that is not today. */
export function clock(time) {
  const at = new Date(time);
  const hour = { hour: "2-digit", minute: "2-digit" };
  return at.toDateString() === new Date().toDateString() ? at.toLocaleTimeString([], hour) : at.toLocaleString([], { dateStyle: "medium", timeStyle: "short" });
}

function stateText(state) {
  switch (state?.kind) {
    case "changed": return "Changed";
    case "saving": return "Saving…";
    case "saved": return `${DONE[state.status] ?? "Saved"} ${clock(state.at)}`;
    case "waiting": return "Not saved yet: kept in this browser";
    case "conflict": return "Saved elsewhere: choose what to keep";
    case "failed": return `Not saved: ${state.message}`;
    default: return "";
  }
}

/** `actions`: {list, previous, next, copy, skip, submit, download, decide}. */
export function createDesk(canvas, actions) {
  const act = (id, iconName, title, text, kind = "secondary", keys = "") => {
    const node = button({ iconName, title, text, kind, keys, "data-action": id });
    node.addEventListener("click", () => actions[id]());
    return node;
  };
  const state = el("span", { class: "giqa-save-state", role: "status", "aria-live": "polite" });
  const changes = el("span", { class: "giqa-changes" });
  const decide = act("decide", "check", "Look at both versions", "Choose");
  const download = act("download", "download", "Save my version as a file", "My version");
  const message = el("div", { class: "giqa-task-message", role: "alert", hidden: true });
  const banner = el("div", { class: "giqa-offline", role: "status", hidden: true });
  const side = el("div", { class: "giqa-panels" });
  const bar = el("div", { class: "giqa-task-bar" },
    act("list", "list", "Tasks", "Tasks"),
    act("previous", "back", "Previous task", "", "tool", "Ctrl ←"), act("next", "forward", "Next task", "", "tool", "Ctrl →"),
    el("span", { class: "giqa-save" }, state, decide, download, changes),
    act("copy", "restore", "Back to the machine's proposal", "Proposal"),
    act("skip", "skip", "Skip this task, with a reason", "Skip", "secondary", "Ctrl Space"),
    act("submit", "check", "Submit and open the next task", "Submit and next", "primary", "Ctrl Enter"));
  const work = el("div", { class: "giqa-task-work" }, canvas, side);
  const node = el("div", { class: "giqa-desk" }, banner, message, bar, work);
  const show = (where, text) => {
    where.textContent = text;
    where.hidden = !text;
  };
  return {
    node, side, work,
    say: (text) => show(message, text),
    warn: (text) => show(banner, text),
    changes: (text) => { changes.textContent = text; },
    state(one) {
      state.textContent = stateText(one);
      state.dataset.kind = one?.kind ?? "";
      decide.hidden = one?.kind !== "conflict";
      download.hidden = one?.kind !== "failed" && one?.kind !== "conflict";
    },
    disable(direction, disabled) { bar.querySelector(`[data-action=${direction}]`).disabled = disabled; },
  };
}

/** Where nobody has any task yet. `sample(tell)` and `add()`. */
export function createFirstScreen({ sample, add }) {
  const open = el("button", { type: "button", class: "giqa-button giqa-primary" }, "Open the sample project");
  const own = el("button", { type: "button", class: "giqa-button giqa-secondary" }, "Add photographs");
  const words = el("p", { class: "giqa-sub", role: "status" }, "Correct what the machine proposes: boxes, words, tags and questions. A dozen samples are ready, or bring your own.");
  open.addEventListener("click", async () => {
    open.disabled = true;
    try {
      await sample((text) => { words.textContent = text; });
    } catch (error) {
      words.textContent = error.message;
    }
    open.disabled = false;
  });
  own.addEventListener("click", add);
  return el("div", { class: "giqa-first" }, icon("image"), el("p", { class: "giqa-lead" }, "No tasks yet"), words, el("div", { class: "giqa-row" }, open, own));
}

/** Every version of the open task. `load()` -> revisions; `restore(get)`, where `get()` -> {edit}. */
export function createHistory({ load, revision, proposed, restore }) {
  const rows = el("ul", { class: "giqa-history" });
  const node = el("details", { class: "giqa-panel", "data-panel": "history" }, el("summary", {}, "History"), rows);
  const row = (title, text, get) => {
    const back = button({ iconName: "restore", title: "Make this version the newest", text: "Restore", kind: "small" });
    back.addEventListener("click", () => restore(get));
    return el("li", {}, el("span", {}, title, el("small", {}, text)), back);
  };
  node.addEventListener("toggle", async () => {
    if (!node.open) return;
    try {
      const versions = await load();
      const saved = versions.map((one) => row(`${clock(one.saved_at)} · ${DONE[one.status]}${one.reason ? `: ${one.reason}` : ""}`, said(one.changes), () => revision(one.revision)));
      rows.replaceChildren(...saved, row("The machine's proposal", "as it came", async () => ({ edit: proposed })));
    } catch (error) {
      rows.replaceChildren(el("li", {}, error.message));
    }
  });
  return node;
}
