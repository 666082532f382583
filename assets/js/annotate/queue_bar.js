/* What the page says of the queue: a way in, how much is left, how long the task is kept, that there is nothing to do, and a way out. */

import { button, el, icon } from "../dom.js";
import { t } from "../i18n/messages.js";
import { clock } from "./desk.js";

/** `actions`: {enter, leave, again, mine, settings, create}; `admin`: whether projects can be made and changed here. */
export function createQueueBar(actions, { admin }) {
  const act = (options, run) => {
    const node = button({ kind: "secondary", ...options });
    node.addEventListener("click", run);
    return node;
  };
  const start = act({ iconName: "forward", title: `${t("queue.start")}: ${t("queue.startHint")}`, text: t("queue.start"), kind: "primary", "data-action": "enter" }, actions.enter);
  const left = el("span", { class: "giqa-hint-text", role: "status" });
  const own = act({ iconName: "history", title: `${t("mine.title")}: ${t("mine.hint")}`, text: t("mine.title"), kind: "small", "data-action": "mine" }, actions.mine);
  const settings = act({ iconName: "list", title: t("settings.title"), text: t("settings.edit"), kind: "small", "data-action": "settings" }, actions.settings);
  const create = act({ iconName: "plus", title: t("settings.createTitle"), text: t("settings.create"), kind: "small", "data-action": "create" }, actions.create);
  const node = el("div", { class: "giqa-queue" }, start, left, el("div", { class: "giqa-queue-tools" }, own, ...(admin ? [settings, create] : [])));

  const mode = el("span", { dir: "auto" });
  const until = el("span", { class: "giqa-hint-text" });
  const remaining = el("b", {});
  const out = act({ iconName: "close", title: t("queue.leave"), text: t("queue.leave"), kind: "small", "data-action": "leave" }, actions.leave);
  const strip = el("div", { class: "giqa-queue-strip", hidden: true }, mode, remaining, until, out);

  const why = el("p", { dir: "auto" });
  const nothing = el("div", { class: "giqa-nothing", role: "status", hidden: true }, icon("check"), el("p", { class: "giqa-lead" }, t("queue.nothing")), why,
    el("div", { class: "giqa-row" }, act({ iconName: "restore", title: t("queue.again"), text: t("queue.again"), kind: "primary", "data-action": "again" }, actions.again), act({ iconName: "list", title: t("queue.browse"), text: t("queue.browse") }, actions.leave)));

  return {
    node, strip, nothing,
    /** `name`: the project chosen, null for all; `number`: how many tasks of it are open for the person, null where that is not known. */
    project(name, number) {
      settings.disabled = name === null;
      left.textContent = number === null ? "" : t("queue.left", { n: number });
    },
    /** `name`: of the project worked through, null for all; undefined: no queue. */
    mode(name) {
      strip.hidden = name === undefined;
      node.hidden = name !== undefined;
      mode.textContent = t("queue.mode", { project: name ?? t("queue.all") });
      until.textContent = remaining.textContent = "";
      nothing.hidden = true;
    },
    left: (number) => { remaining.textContent = t("queue.left", { n: number }); },
    held: (time) => { until.textContent = time ? t("queue.yours", { time: clock(time) }) : ""; },
    /** Nothing to do: told of a project, or of all. */
    empty(name) {
      why.textContent = name === null ? t("queue.nothingAnywhere") : t("queue.nothingHint", { project: name });
      nothing.hidden = false;
      remaining.textContent = until.textContent = "";
    },
    full: () => { nothing.hidden = true; },
  };
}
