/* One run: how far it is; its figures with intervals, the confusion of Yes and No, the radar; how it differs from another. */

import { button, el } from "../dom.js";
import { STATES } from "../run_list.js";
import { api } from "./api.js";
import { differenceText, FIGURES, intervalText, progressText, valueText } from "./telling.js";

const SAID = ["yes", "no", "unreadable"];

/** `actions`: {stop, resume, remove}. Returns {node, update(run, runs)}. */
export function createResult(actions) {
  const [title, state] = [el("h3", { dir: "auto" }), el("span", { class: "giqa-state" })];
  const [words, message] = [el("p", { class: "giqa-build-progress", role: "status" }), el("p", { class: "giqa-build-problem" })];
  const bar = el("progress", { max: "1", value: "0", "aria-label": "How far the run is" });
  const line = el("code", { class: "giqa-command", tabindex: "0" });
  const tools = {
    stop: button({ iconName: "stop", title: "Stop", text: "Stop", kind: "secondary" }), resume: button({ iconName: "forward", title: "Resume", text: "Resume", kind: "secondary" }),
    remove: button({ iconName: "remove", title: "Delete this run", text: "Delete", kind: "secondary" }),
  };
  for (const [name, tool] of Object.entries(tools)) tool.addEventListener("click", actions[name]);
  const report = el("a", { class: "giqa-button giqa-secondary", download: true }, "Report");
  const figures = createFigures();
  const node = el("section", { class: "giqa-build-state", "aria-label": "The run" }, el("header", {}, title, state, el("div", { class: "giqa-build-actions" }, ...Object.values(tools), report)),
    words, bar, message, figures.node, el("details", {}, el("summary", {}, "Command line"), line));
  return {
    node,
    update(run, runs) {
      const { state: now, progress } = run;
      title.textContent = run.title;
      state.textContent = STATES[now] ?? now;
      state.dataset.state = now;
      words.textContent = [`${run.plan.backend} on ${run.plan.bench_title}`, progressText(run)].filter(Boolean).join(": ");
      bar.hidden = now === "done";
      bar.value = progress?.of ? progress.done / progress.of : 0;
      message.textContent = run.message;
      message.hidden = !run.message;
      line.textContent = run.command;
      tools.stop.hidden = now !== "running";
      tools.resume.hidden = now !== "stopped" && now !== "failed";
      tools.remove.disabled = now === "running";
      report.hidden = now !== "done";
      report.href = api.report(run.name);
      figures.update(run, runs);
    },
  };
}

function createFigures() {
  const main = el("tbody");
  const rest = el("tbody");
  const table = (body, label) => el("table", { class: "giqa-figures", "aria-label": label }, el("thead", {}, el("tr", {}, ...["", "Value", "95 % interval", "Cases"].map((one) => el("th", { scope: "col" }, one)))), body);
  const radar = el("img", { class: "giqa-radar", alt: "The nine axes of the paper: this run beside the paper's best reported row" });
  const confusion = el("table", { class: "giqa-figures giqa-confusion", "aria-label": "Yes and No: truth against answer" });
  const facts = el("p", { class: "giqa-quiet-note" });
  const other = el("select", { "aria-label": "Compare with" });
  const compared = el("ul", { class: "giqa-compared-runs", role: "status" });
  const node = el("div", { class: "giqa-figures-page", hidden: true },
    el("div", { class: "giqa-figures-parts" }, el("div", {}, table(main, "Figures"), el("details", {}, el("summary", {}, "More figures"), table(rest, "More figures"))), el("div", {}, radar, confusion)),
    el("label", { class: "giqa-field giqa-compare-with" }, el("span", {}, "Compare with"), other), compared, facts);
  let shown = "";
  let turn = 0;
  const row = (one) => el("tr", {}, el("th", { scope: "row" }, FIGURES[one.name] ?? one.name), el("td", {}, valueText(one.name, one.value)), el("td", {}, intervalText(one)), el("td", {}, String(one.count)));
  const load = async (run) => {
    const mine = (turn += 1);
    try {
      const found = await api.figures(run.name);
      if (mine !== turn) return;
      const named = Object.keys(FIGURES).map((name) => found.figures.find((one) => one.name === name)).filter((one) => one && one.value !== null);
      main.replaceChildren(...named.map(row));
      rest.replaceChildren(...found.figures.filter((one) => !(one.name in FIGURES) && one.value !== null).map(row));
      confusion.replaceChildren(el("tr", {}, el("th", {}, "truth \\ answer"), ...SAID.map((said) => el("th", { scope: "col" }, said))),
        ...Object.entries(found.confusion).map(([truth, said]) => el("tr", {}, el("th", { scope: "row" }, truth), ...SAID.map((name) => el("td", {}, String(said[name]))))));
      radar.src = api.radar(run.name);
      facts.textContent = `Judged by ${found.judged_by.judge}; names compared by ${found.judged_by.similarity}; ${found.judged_by.unreadable_marks} of ${found.judged_by.marks} marks could not be read; benchmark ${found.bench.digest.slice(0, 12)}; ${found.finished_at}.`;
    } catch (error) {
      facts.textContent = error.message;
    }
  };
  const compare = async () => {
    compared.replaceChildren();
    if (!other.value) return;
    try {
      const found = await api.comparison(shown, other.value);
      compared.replaceChildren(...found.differences.map((one) => el("li", {}, differenceText(one, found))));
    } catch (error) {
      compared.replaceChildren(el("li", {}, error.message));
    }
  };
  other.addEventListener("change", compare);
  return {
    node,
    update(run, runs) {
      node.hidden = run.state !== "done";
      if (node.hidden) { shown = ""; return; }
      if (shown === run.name) return;
      shown = run.name;
      const others = runs.filter((one) => one.state === "done" && one.name !== run.name);
      other.replaceChildren(el("option", { value: "" }, others.length ? "Nothing" : "No other run is done"), ...others.map((one) => el("option", { value: one.name }, `${one.title} (${one.plan.backend})`)));
      compared.replaceChildren();
      load(run);
    },
  };
}
