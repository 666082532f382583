/* What stands round the canvas and the panels: the bar with the save state, messages, the first screen. Shows, and calls what it was given. */

import { button, el, icon } from "../dom.js";
import { language, t } from "../i18n/messages.js";

/** The time, with its date where that is not today. */
export function clock(time) {
  const at = new Date(time);
  const hour = { hour: "2-digit", minute: "2-digit" };
  return at.toDateString() === new Date().toDateString() ? at.toLocaleTimeString(language(), hour) : at.toLocaleString(language(), { dateStyle: "medium", timeStyle: "short" });
}

function stateText(state) {
  switch (state?.kind) {
    case "saved": return t(state.late ? "save.late" : `save.${state.status}`, { time: clock(state.at) });
    case "failed": return t("save.failed", { message: state.message });
    case undefined: return "";
    default: return t(`save.${state.kind}`);
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
  const decide = act("decide", "check", t("desk.chooseHint"), t("desk.choose"));
  const download = act("download", "download", t("desk.mineHint"), t("desk.mine"));
  const message = el("div", { class: "giqa-task-message", role: "alert", hidden: true });
  const banner = el("div", { class: "giqa-offline", role: "status", hidden: true });
  const side = el("div", { class: "giqa-panels" });
  const bar = el("div", { class: "giqa-task-bar" },
    act("list", "list", t("list.tasks"), t("list.tasks")),
    act("previous", "back", t("desk.previous"), "", "tool", "Ctrl ←"), act("next", "forward", t("desk.next"), "", "tool", "Ctrl →"),
    el("span", { class: "giqa-save" }, state, decide, download, changes),
    act("copy", "restore", t("desk.proposalHint"), t("desk.proposal")),
    act("skip", "skip", t("desk.skipHint"), t("desk.skip"), "secondary", "Ctrl Space"),
    act("submit", "check", t("desk.submitHint"), t("desk.submit"), "primary", "Ctrl Enter"));
  const under = el("div", { class: "giqa-under" });
  const left = el("div", { class: "giqa-task-left" }, canvas, under);
  const work = el("div", { class: "giqa-task-work" }, left, side);
  const node = el("div", { class: "giqa-desk" }, banner, message, bar, work);
  const show = (where, text) => {
    where.textContent = text;
    where.hidden = !text;
  };
  return {
    node, side, under, work,
    say: (text) => show(message, text),
    warn: (text) => show(banner, text),
    changes: (text) => { changes.textContent = text; },
    state(one) {
      state.textContent = stateText(one);
      state.dataset.kind = one?.kind ?? "";
      decide.hidden = one?.kind !== "conflict";
      download.hidden = one?.kind !== "failed" && one?.kind !== "conflict";
    },
    /** Another task is on its way: nothing more can be done to the one that is left. */
    awaits(coming) {
      node.setAttribute("aria-busy", String(coming));
      work.inert = coming;
      for (const id of ["copy", "skip", "submit"]) bar.querySelector(`[data-action=${id}]`).disabled = coming;
    },
    disable(direction, disabled) { bar.querySelector(`[data-action=${direction}]`).disabled = disabled; },
  };
}

/** Where nobody has any task yet. `sample(tell)` and `add()`; null for those who may bring nothing in. */
export function createFirstScreen({ sample, add }) {
  const words = el("p", { class: "giqa-sub", role: "status" }, t(add ? "desk.firstHint" : "desk.firstNobody"));
  const choice = (text, kind, run) => {
    const node = el("button", { type: "button", class: `giqa-button giqa-${kind}` }, text);
    node.addEventListener("click", run);
    return node;
  };
  const open = add && choice(t("desk.firstSample"), "primary", async () => {
    open.disabled = true;
    try {
      await sample((text) => { words.textContent = text; });
    } catch (error) {
      words.textContent = error.message;
    }
    open.disabled = false;
  });
  const row = add && el("div", { class: "giqa-row" }, open, choice(t("desk.firstAdd"), "secondary", add));
  return el("div", { class: "giqa-first" }, icon("image"), el("p", { class: "giqa-lead" }, t("desk.first")), words, row);
}

/** The project's guideline, beside the canvas; folded as the person left it. */
export function createGuideline(nodes) {
  const node = el("details", { class: "giqa-panel giqa-guideline", "data-panel": "guideline", open: true }, el("summary", {}, t("desk.guideline")), el("div", { class: "giqa-guideline-text" }, ...nodes));
  return node;
}
