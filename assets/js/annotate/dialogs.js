/* The editor's dialogs: skip with a reason, versions that went apart. */

import { createDialog } from "../dialog.js";
import { el } from "../dom.js";
import { language, t } from "../i18n/messages.js";
import { merge, taking } from "./merge.js";

const REASONS = ["unclear", "nonsense", "unsure", "offTopic"];

/** Shows a dialog; resolves to what `done(value)` was called with, or null when it was closed. `kept`: stays open whatever is pressed beside it. */
export function shown(host, title, build, { kept = false } = {}) {
  return new Promise((resolve) => {
    const content = el("div", { class: "giqa-dialog-body" });
    const dialog = createDialog(title, content);
    let value = null;
    const done = (given) => {
      value = given;
      dialog.close();
    };
    build(content, done);
    if (kept) dialog.addEventListener("click", (event) => event.target === dialog && event.stopImmediatePropagation(), true);
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(value);
    });
    host.append(dialog);
    dialog.showModal();
    const asked = content.querySelector("input[type=text], textarea") ?? content.querySelector("input, select, button"); // whoever types words where a button has the focus presses it by the first space
    if (!matchMedia("(pointer: coarse)").matches) asked?.focus(); // not the way out; touch would bring up its keyboard
  });
}

export const askReason = (host) => shown(host, t("skip.title"), (content, done) => {
  const field = el("input", { type: "text", "aria-label": t("skip.other"), placeholder: t("skip.other"), maxlength: "500" });
  const own = el("button", { type: "submit", class: "giqa-button giqa-primary" }, t("skip.go"));
  const form = el("form", { class: "giqa-row-form" }, field, own);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (field.value.trim()) done(field.value.trim());
  });
  const ready = REASONS.map((reason) => {
    const node = el("button", { type: "button", class: "giqa-button giqa-secondary" }, t(`skip.${reason}`));
    node.addEventListener("click", () => done(t(`skip.${reason}`)));
    return node;
  });
  content.append(el("p", {}, t("skip.why")), el("div", { class: "giqa-choices" }, ...ready), form);
});

const percent = (value) => `${Math.round(value * 100)} %`;
const corner = (values) => values.map(percent).join(", ");
const SIDES = {
  box: (one) => (one ? t("merge.boxAt", { from: corner(one.box.slice(0, 2)), to: corner(one.box.slice(2)) }) : t("merge.boxGone")),
  description: (one) => `${one.description?.text || t("merge.noText")} (${t("merge.links", { n: one.description?.phrases.length ?? 0 })})`,
  tag: ({ phrase, quality, effect }) => `${phrase}: ${quality} (${t(`effect.${effect}`)})`,
  question: ({ question, answer }) => `${question.text} ${answer.text}`,
  absent: (words) => words,
  judgement: (one) => [one?.preference && t(`compare.${one.preference}`), Number.isFinite(one?.rating) && t("merge.rating", { n: Math.round(one.rating * 100) })].filter(Boolean).join(", ") || t("merge.nothing"),
};
const sideText = (conflict, side) => SIDES[conflict.part](conflict[side]);

/**
 * Both versions of a task, part by part. Resolves to the merged edit, or null to decide later. `words`: {title, intro, mine, theirs, save} where it is
 * not a save of somebody else's that came in between.
 */
export const mergeVersions = (host, { base, mine, theirs, at, words = null }) => {
  const merged = merge(base, mine, theirs);
  const told = words ?? {
    title: t("merge.title"), mine: t("merge.mine"), theirs: t("merge.theirs"), save: t("merge.save"),
    intro: merged.conflicts.length ? t("merge.conflicts", { time: at ? new Date(at).toLocaleTimeString(language()) : "" }) : t("merge.clean"),
  };
  return shown(host, told.title, (content, done) => {
    const chosen = new Map(merged.conflicts.map((one) => [one.id, "mine"]));
    const choice = (conflict) => {
      const side = (name) => {
        const radio = el("input", { type: "radio", name: `side-${conflict.id}`, checked: name === "mine" });
        radio.addEventListener("change", () => chosen.set(conflict.id, name));
        return el("label", { class: "giqa-side" }, el("span", {}, radio, ` ${told[name]}`), el("p", { dir: "auto" }, sideText(conflict, name)));
      };
      return el("fieldset", { class: "giqa-conflict" }, el("legend", {}, t(`merge.${conflict.part}`)), side("mine"), side("theirs"));
    };
    const save = el("button", { type: "button", class: "giqa-button giqa-primary" }, told.save);
    save.addEventListener("click", () => done(taking(merged, [...chosen].filter(([, side]) => side === "theirs").map(([id]) => id))));
    content.append(el("p", {}, told.intro), ...merged.conflicts.map(choice), el("div", { class: "giqa-dialog-actions" }, save));
  });
};
