/* One build's state: stages with their bars and rates, what was dropped and why, what can be done with it. */

import { button, el } from "../dom.js";
import { STATES } from "../run_list.js";
import { progressText, rateText, reasonsOf, STAGES } from "./telling.js";

function stageNode({ stage }) {
  const bar = el("progress", { max: "1", value: "0", "aria-label": STAGES[stage] ?? stage });
  const words = el("span", { class: "giqa-stage-count" });
  const rate = el("span", { class: "giqa-stage-rate" });
  const node = el("li", { "data-stage": stage }, el("span", {}, STAGES[stage] ?? stage), bar, words, rate);
  return {
    node,
    update({ done, total, rate: speed, dropped }) {
      const lost = Object.values(dropped).reduce((sum, one) => sum + one, 0);
      bar.value = total ? done / total : 0;
      words.textContent = `${done.toLocaleString("en")} / ${total.toLocaleString("en")}${lost ? ` (−${lost})` : ""}`;
      rate.textContent = rateText(speed);
    },
  };
}

/** `actions`: {stop, resume, remove, toAnnotate, download(format)}. Returns {node, update(build)}. */
export function createProgress(actions) {
  const title = el("h3", { dir: "auto" });
  const state = el("span", { class: "giqa-state" });
  const words = el("p", { class: "giqa-build-progress", role: "status" });
  const message = el("p", { class: "giqa-build-problem" });
  const stages = el("ul", { class: "giqa-stages" });
  const reasons = el("ul", { class: "giqa-reasons", "aria-label": "Rows dropped, by reason" });
  const line = el("code", { class: "giqa-command", tabindex: "0" });
  const tools = {
    stop: button({ iconName: "stop", title: "Stop", text: "Stop", kind: "secondary" }),
    resume: button({ iconName: "forward", title: "Resume", text: "Resume", kind: "secondary" }),
    toAnnotate: button({ iconName: "plus", title: "Import all records to Annotate", text: "To Annotate", kind: "secondary" }),
    giqa: button({ iconName: "download", title: "Download the native folder", text: "Download", kind: "secondary" }),
    llava: button({ iconName: "download", title: "Download as LLaVA JSON", text: "LLaVA JSON", kind: "secondary" }),
    remove: button({ iconName: "remove", title: "Delete this build", text: "Delete", kind: "secondary" }),
  };
  tools.giqa.addEventListener("click", () => actions.download("giqa"));
  tools.llava.addEventListener("click", () => actions.download("llava"));
  for (const name of ["stop", "resume", "toAnnotate", "remove"]) tools[name].addEventListener("click", actions[name]);
  const shown = new Map();
  const node = el("section", { class: "giqa-build-state", "aria-label": "The build" },
    el("header", {}, title, state, el("div", { class: "giqa-build-actions" }, ...Object.values(tools))), words, message, stages, reasons,
    el("details", {}, el("summary", {}, "Command line"), line));
  const showStages = (found) => {
    let gone = 0; // rows that an earlier stage dropped never come to a later one
    for (const one of found) {
      if (!shown.has(one.stage)) {
        shown.set(one.stage, stageNode(one));
        stages.append(shown.get(one.stage).node);
      }
      shown.get(one.stage).update({ ...one, total: Math.max(one.done, one.total - gone) });
      gone += Object.values(one.dropped).reduce((sum, rows) => sum + rows, 0);
    }
  };
  return {
    node,
    update(build) {
      const { state: now, progress } = build;
      title.textContent = build.title;
      state.textContent = STATES[now] ?? now;
      state.dataset.state = now;
      words.textContent = progressText(build);
      message.textContent = now === "done" ? "" : build.message;
      message.hidden = !message.textContent;
      message.classList.toggle("giqa-build-note", now !== "failed");
      showStages(progress?.stages ?? []);
      reasons.replaceChildren(...reasonsOf(progress).map(([reason, rows]) => el("li", {}, el("b", {}, rows.toLocaleString("en")), ` ${reason}`)));
      line.textContent = build.command;
      tools.stop.hidden = now !== "running";
      tools.resume.hidden = now !== "stopped" && now !== "failed";
      tools.remove.disabled = now === "running";
      for (const name of ["toAnnotate", "giqa", "llava"]) tools[name].hidden = now !== "done";
    },
  };
}
