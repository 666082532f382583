/* The score of the image: a bar from 0 to 100 with its interval, and the same in words for everybody who does not see the bar. */

import { el } from "./dom.js";

const percent = (value) => Math.round(value * 100);

/** Words for a score in [0, 1]; the five levels that people rate photographs by. */
export function level(value) {
  return ["bad", "poor", "fair", "good", "excellent"][Math.min(4, Math.floor(value * 5))];
}

/** The sentence that stands beside the bar. */
export function sentence(score) {
  if (!score || score.value === null) return "";
  const range = score.low < score.high ? `, likely between ${percent(score.low)} and ${percent(score.high)}` : "";
  return `${percent(score.value)} of 100, ${level(score.value)}${range}`;
}

function draw(element, score) {
  const words = sentence(score);
  element.hidden = !words;
  if (!words) return element.replaceChildren();
  const range = el("span", { class: "giqa-score-range" });
  range.style.left = `${percent(score.low)}%`;
  range.style.width = `${percent(score.high) - percent(score.low)}%`;
  const mark = el("span", { class: "giqa-score-mark" });
  mark.style.left = `${percent(score.value)}%`;
  const number = el("strong", { class: "giqa-score-number" }, String(percent(score.value)));
  const name = el("span", { class: "giqa-score-level" }, level(score.value));
  const bar = el("div", { class: "giqa-score-bar", role: "img", "aria-label": `Overall quality: ${words}` }, range, mark);
  const note = el("span", { class: "giqa-score-note" }, words.split(", ").slice(2).join(", "));
  return element.replaceChildren(number, name, bar, note);
}

export function mount({ element, props, watch }) {
  const host = element.querySelector(".giqa-score");
  draw(host, props.value);
  watch("value", () => draw(host, props.value));
}
