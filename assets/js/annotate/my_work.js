/* What a person did: their tasks with states and times, newest first. */

import { el } from "../dom.js";
import { t } from "../i18n/messages.js";
import { api } from "./api.js";
import { clock } from "./desk.js";
import { shown } from "./dialogs.js";

/** "2 min 5 s". */
export function duration(seconds) {
  if (!Number.isFinite(seconds)) return t("mine.unknown");
  const whole = Math.round(seconds);
  return whole < 60 ? t("mine.seconds", { n: whole }) : t("mine.minutes", { minutes: Math.floor(whole / 60), seconds: whole % 60 });
}

function table(tasks, open) {
  const row = (one) => {
    const go = el("button", { type: "button", class: "giqa-link", "aria-label": t("mine.open", { number: one.task }), dir: "auto" }, one.title || `#${one.task}`);
    go.addEventListener("click", () => open(one.task));
    return el("tr", {}, el("td", {}, go), el("td", {}, t(`history.${one.status}`)), el("td", { class: "giqa-number" }, duration(one.seconds)), el("td", {}, clock(one.saved_at)));
  };
  const head = ["task", "state", "time", "when"].map((name) => el("th", { scope: "col" }, t(`mine.${name}`)));
  return el("div", { class: "giqa-scrolled" }, el("table", { class: "giqa-table" }, el("thead", {}, el("tr", {}, ...head)), el("tbody", {}, ...tasks.map(row))));
}

/** Resolves to the number of a task that the person wants opened, or null. */
export const showMyWork = (host) => shown(host, t("mine.title"), (content, done) => {
  content.append(el("p", { role: "status" }, "…"));
  api.work().then(({ tasks, counts, seconds }) => {
    if (!tasks.length) return content.replaceChildren(el("p", {}, t("mine.none")));
    return content.replaceChildren(el("p", {}, t("mine.total", counts), ". ", t("mine.spent", { time: duration(seconds) }), "."), table(tasks, done));
  }, (error) => content.replaceChildren(el("p", { role: "alert" }, error.message)));
});
