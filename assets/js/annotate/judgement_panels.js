/* Judgements of the whole image: which of two is better, and how good one is. */

import { el } from "../dom.js";
import { t } from "../i18n/messages.js";

/** Keys 1, 2 and 3. */
export const PREFERENCES = ["a", "b", "tie"];
/** Keys 5 to 1: the words of ITU-R BT.500, and the rating each stands for. */
export const LEVELS = [5, 4, 3, 2, 1];
export const ratingOf = (level) => (level - 1) / 4;

function choices(label, options, chosen, onChoose) {
  const buttons = options.map(({ value, text, key }) => {
    const node = el("button", { type: "button", class: "giqa-choice", role: "radio", "data-value": value }, el("span", {}, text), el("kbd", { "aria-hidden": "true" }, key));
    node.addEventListener("click", () => onChoose(value));
    return node;
  });
  const node = el("div", { class: "giqa-judge", role: "radiogroup", "aria-label": label }, ...buttons);
  return { node, update: () => buttons.forEach((one) => one.setAttribute("aria-checked", String(one.dataset.value === String(chosen())))) };
}

/** A is the task's own image, B the one beside it. */
export function createComparisonPanel(model) {
  const options = PREFERENCES.map((value, index) => ({ value, text: t(`compare.${value}`), key: index + 1 }));
  const all = choices(t("panel.comparison"), options, () => model.judgement().preference, (preference) => model.judge({ preference }));
  all.update();
  return all;
}

export function createScorePanel(model) {
  const rating = () => model.judgement().rating;
  const level = () => LEVELS.find((one) => rating() !== null && Math.abs(ratingOf(one) - rating()) < 0.125) ?? null;
  const options = LEVELS.map((value) => ({ value, text: t(`score.${value}`), key: value }));
  const words = choices(t("panel.score"), options, level, (value) => model.judge({ rating: ratingOf(Number(value)) }));
  const slider = el("input", { type: "range", min: "0", max: "100", step: "1", "aria-label": t("panel.score") });
  const fine = el("output", {});
  slider.addEventListener("input", () => model.judge({ rating: Number(slider.value) / 100 }));
  const update = () => {
    const value = rating() === null ? null : Math.round(rating() * 100);
    words.update();
    slider.value = value ?? 50;
    slider.classList.toggle("giqa-unset", value === null);
    fine.textContent = value === null ? t("score.none") : t("score.fine", { value });
  };
  update();
  return { node: el("div", {}, words.node, el("div", { class: "giqa-slider" }, slider, fine), el("p", { class: "giqa-quiet-note" }, t("score.standard"))), update };
}
