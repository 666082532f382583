/* The machine's proposals decided one by one: accepted as they are or rejected, then on to the next; and each such step undone. */

import { el } from "../dom.js";
import { t } from "../i18n/messages.js";
import { small } from "./description_panel.js";

/**
 * `open()`: the open task {model} or null; `link`: what the canvas holds. `stepped()`: another step can be undone.
 * Returns {accept, reject, undecided, attend, current, undo, redo, canUndo, canRedo}.
 */
export function createDecisions(open, link, stepped = () => {}) {
  const trails = new WeakMap(); // model -> {past, future}, steps {before, after, name}
  let looked = { name: null, chosen: [] };
  const trailOf = (model) => trails.get(model) ?? trails.set(model, { past: [], future: [] }).get(model);
  const modelNow = () => open()?.model ?? null;

  /** What the keys decide: what was looked at last, as long as nothing else was selected on the picture since. */
  const current = () => {
    const all = modelNow()?.proposals() ?? [];
    const chosen = link.selection();
    if (looked.name && looked.chosen.join() === chosen.join()) return all.find(({ name }) => name === looked.name) ?? null;
    return all.find(({ part, id }) => part === "box" && id !== null && chosen.includes(id)) ?? null;
  };
  const look = (one) => {
    const chosen = one ? modelNow().regionsOfPart(one) : [];
    looked = { name: one?.name ?? null, chosen };
    link.choose(chosen);
  };
  /** The next one to decide behind that one, round to the first. */
  const nextTo = (model, name) => {
    const all = model.proposals();
    const from = all.findIndex((one) => one.name === name) + 1;
    return [...all.slice(from), ...all.slice(0, from)].find((one) => one.open) ?? null;
  };
  const decide = (verdict) => () => {
    const [model, one] = [modelNow(), current()];
    if (!model) return;
    if (!one?.open) return look(nextTo(model, one?.name)); // first it is looked at, then it is decided
    const before = model.mark();
    model[verdict](one);
    const trail = trailOf(model);
    trail.past.push({ before, after: model.mark(), name: one.name });
    trail.future = [];
    stepped();
    look(nextTo(model, one.name));
  };
  /** Takes a step back or again, where nothing happened since that would get lost. */
  const step = (from, to, here, there) => ({
    can: () => modelNow()?.isAt(trailOf(modelNow())[from].at(-1)?.[here]) ?? false,
    take() {
      if (!this.can()) return false;
      const [model, trail] = [modelNow(), trailOf(modelNow())];
      const taken = trail[from].pop();
      trail[to].push(taken);
      model.restore(taken[there]);
      stepped();
      look(model.proposals().find(({ name }) => name === taken.name));
      return true;
    },
  });
  const [back, again] = [step("past", "future", "after", "before"), step("future", "past", "before", "after")];
  return {
    current,
    accept: decide("accept"), reject: decide("reject"),
    /** Somebody is at that row: the buttons decide it now. */
    attend(part, id) {
      const one = modelNow()?.proposals().find((other) => other.part === part && other.id === id && other.open);
      if (!one || one.name === current()?.name) return;
      looked = { name: one.name, chosen: [...link.selection()] };
      link.choose(looked.chosen);
    },
    undecided: () => modelNow() && look(nextTo(modelNow(), current()?.name)),
    canUndo: () => back.can(), undo: () => back.take(), canRedo: () => again.can(), redo: () => again.take(),
  };
}

/** How far the proposal is decided, and what the keys decide now. `decide`: as above. */
export function createDecisionsPanel(model, decide) {
  const bar = el("progress", { max: "1", value: "0", "aria-hidden": "true" });
  const [words, now] = [el("span", { class: "giqa-hint-text", role: "status" }), el("span", { class: "giqa-deciding", role: "status", dir: "auto" })];
  const act = (iconName, id, title, text) => small({ iconName, title: t(title), text: t(text), keys: { accept: "Y", reject: "N", undecided: "U" }[id] }, () => decide[id]());
  const buttons = [act("check", "accept", "key.accept", "decide.accept"), act("close", "reject", "key.reject", "decide.reject"), act("forward", "undecided", "key.undecided", "decide.next")];
  const node = el("div", { class: "giqa-decisions", "data-panel": "decisions" }, ...buttons, bar, words, now);
  const update = () => {
    const all = model.proposals();
    const open = all.filter((one) => one.open).length;
    const current = decide.current();
    node.hidden = !all.length;
    bar.value = all.length ? (all.length - open) / all.length : 1;
    words.textContent = open ? t("decide.progress", { done: all.length - open, all: all.length }) : t("decide.none");
    now.textContent = current?.open ? [t(`decide.${current.part}`, { n: current.at + 1 }), current.words || model.nameOf(current.id)].filter(Boolean).join(": ") : "";
    now.hidden = !now.textContent;
    buttons.forEach((one) => { one.disabled = !open; });
  };
  update();
  return { node, update };
}

/** Marks rows of a panel: `rowOf(proposal)` its element. What the keys decide now comes into sight. */
export function markRows(model, decide, part, rowOf) {
  const current = decide?.current();
  for (const one of model.proposals().filter((other) => other.part === part && other.id !== null)) {
    const row = rowOf(one);
    if (!row) continue;
    row.classList.toggle("giqa-accepted", one.accepted);
    const comes = one.open && one.name === current?.name;
    if (comes && !row.classList.contains("giqa-current")) row.scrollIntoView({ block: "nearest" });
    row.classList.toggle("giqa-current", comes);
  }
}
