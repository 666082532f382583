/* The loop: from what people corrected to a model that the studio uses. Each step with its state, its figures, its command, the button that does it. */

import { asked, followed, posted, query } from "../annotate/api.js";
import { FIGURES, valueText } from "../bench/telling.js";
import { el } from "../dom.js";
import { openTab } from "../tabs.js";
import { count } from "../words.js";
import { api } from "./api.js";
import { changeText, figureText, TAUGHT } from "./telling.js";

const routes = { state: (bench) => asked(`/api/loop?${query({ bench })}`), build: () => posted("/api/loop/build", {}), train: () => posted("/api/loop/train", {}), bench: (bench) => posted("/api/loop/bench", { bench }) };
const MADE = { title: "From the sample photographs", descriptions: 10, questions: 20 };
const STATES = { due: "To do", running: "Running", done: "Done", stopped: "Stopped", failed: "Failed", waiting: "Waits" };
const STEPS = {
  export: { title: "Export what people corrected", does: "Export", why: "The submitted records, as they stand now, with their images." },
  build: { title: "Build again with the corrections", does: "Rebuild", why: "For fine-tuning: what people submitted stands, whatever the machine says. The embedded model does without." },
  train: { title: "Teach the embedded model", does: "Teach", why: "On this machine's processor, in minutes; what it knew before is kept by samples of it." },
  bench: { title: "Measure both models", does: "Measure both", why: "The model as it was and as it is now, on one benchmark." },
  switch: { title: "Use the new model", does: "Use the new model", why: "Everybody meets it first, in Assess and for proposals. Going back takes one click." },
};

/** What is to be done now, of the loop as the studio tells it: {step, words}. `step` is null where nothing waits. Pure. */
export function nextOf({ submitted, steps, after }) {
  const state = Object.fromEntries(steps.map((one) => [one.name, one.state]));
  const exported = steps.find((one) => one.name === "export");
  if (!submitted) return { step: null, words: "Nobody has submitted a correction yet. Correct some photographs in Annotate, and submit them." };
  const busy = steps.find((one) => one.state === "running");
  if (busy) return { step: null, words: `${STEPS[busy.name].title}: this runs now.` };
  if (state.export === "due") return { step: "export", words: `${count(exported.new, "correction is", "corrections are")} not exported yet.` };
  if (!after) return { step: "train", words: "The corrections are exported. Teach the model next." };
  if (state.bench !== "done" && state.switch !== "done") return { step: "bench", words: "The new model is made. Measure both, so that you know whether it is better." };
  if (state.switch !== "done") return { step: "switch", words: "Both are measured. Use the new model if its figures say so." };
  return { step: null, words: "The studio uses the model that was taught last. Go on correcting: the loop begins anew with new corrections." };
}

/** `onRun(name)` opens a training, `onError(words)`. Returns {node, look()}. */
export function createLoop({ onRun, onError }) {
  const words = el("p", { class: "giqa-loop-next", role: "status" });
  const bench = el("select", { "aria-label": "Benchmark" });
  const list = el("ol", { class: "giqa-loop" });
  const node = el("section", { class: "giqa-build-state", "aria-label": "The loop", hidden: true }, el("header", {}, el("h3", {}, "From corrections to a better model")), words, list);
  let [state, busy, drawn] = [null, "", ""];

  const run = async (name, work) => {
    busy = name;
    show();
    try {
      await work();
      onError("");
    } catch (error) {
      onError(error.message);
    }
    busy = "";
    await look();
  };
  const doing = {
    export: async () => { await followed((await api.exported({ select: "submitted", project: null })).job, () => {}); },
    build: routes.build,
    train: async () => {
      const step = stepOf("train");
      await (step.run && (step.state === "stopped" || step.state === "failed") ? api.resume(step.run) : routes.train());
    },
    bench: async () => (state.bench ? routes.bench(state.bench) : followed((await posted("/api/bench/benchmarks/made", MADE)).job, () => {})),
    switch: () => (stepOf("switch").state === "done" ? api.goBack(stepOf("switch").run) : api.use(stepOf("switch").run)),
  };
  const stepOf = (name) => state.steps.find((one) => one.name === name);
  const action = (text, name, kind = "secondary") => {
    const made = el("button", { type: "button", class: `giqa-button giqa-${kind}`, disabled: Boolean(busy) }, busy === name ? "Working…" : text);
    made.addEventListener("click", () => run(name, doing[name]));
    return made;
  };
  const toTab = (title) => {
    const made = el("button", { type: "button", class: "giqa-button giqa-secondary" }, `Open ${title}`);
    made.addEventListener("click", () => openTab(title));
    return made;
  };
  const buttons = (step, next) => {
    const kind = next === step.name ? "primary" : "secondary";
    const isDoable = { export: state.submitted > 0, build: step.state !== "waiting" && step.state !== "done", train: stepOf("export").state === "done" && step.state !== "done", bench: !state.bench || (Boolean(state.after) && step.state !== "done"), switch: Boolean(state.after) }[step.name];
    const texts = { bench: state.bench ? STEPS.bench.does : "Make one from the sample photographs", export: step.run || step.state === "done" ? "Export again" : "Export", switch: step.state === "done" ? "Go back to the former model" : STEPS.switch.does };
    const made = step.state === "running" || !isDoable || (step.name === "export" && step.state === "done") ? [] : [action(texts[step.name] ?? STEPS[step.name].does, step.name, kind)];
    if (step.name === "train" && step.run) {
      const open = el("button", { type: "button", class: "giqa-button giqa-secondary" }, "Open this training");
      open.addEventListener("click", () => onRun(step.run));
      made.push(open);
    }
    if (step.name === "bench") made.push(toTab("Bench"));
    if (step.name === "export") made.push(toTab("Annotate"));
    return made;
  };
  const title = (name) => state.titles[name] ?? (name === "embedded" ? "embedded, as shipped" : name);
  const figures = (step) => {
    const named = step.name === "bench" ? FIGURES : TAUGHT;
    const tell = (name, value) => (step.name === "bench" ? valueText(name, value) : figureText(value));
    const rows = Object.keys(named).map((name) => step.figures.find(([one]) => one === name)).filter((one) => one && (one[1] !== null || one[2] !== null));
    if (!rows.length) return null;
    const head = ["", step.name === "bench" ? title(state.before) : "Before", step.name === "bench" && state.after ? title(state.after) : "After", "Change"];
    return el("div", { class: "giqa-scroll" }, el("table", { class: "giqa-figures giqa-before-after", "aria-label": step.name === "bench" ? "Both models on the benchmark" : "Before and after" }, el("thead", {}, el("tr", {}, ...head.map((one) => el("th", { scope: "col" }, one)))),
      el("tbody", {}, ...rows.map(([name, before, after]) => el("tr", {}, el("th", { scope: "row" }, named[name]), el("td", {}, tell(name, before)), el("td", {}, tell(name, after)), el("td", {}, changeText(before, after)))))));
  };
  const item = (step, next) => el("li", { "data-step": step.name, "aria-current": next === step.name ? "step" : null },
    el("header", {}, el("h4", {}, STEPS[step.name].title), el("span", { class: "giqa-state", "data-state": step.state }, busy === step.name ? "Running" : STATES[step.state] ?? step.state), el("div", { class: "giqa-build-actions" }, ...buttons(step, next))),
    el("p", { class: "giqa-build-note" }, STEPS[step.name].why),
    step.message ? el("p", { class: step.state === "failed" ? "giqa-build-problem" : "" }, step.message) : null,
    step.name === "bench" && state.benchmarks.length > 1 ? bench : null, figures(step),
    step.command ? el("details", {}, el("summary", {}, "Command line"), el("code", { class: "giqa-command", tabindex: "0" }, step.command)) : null);
  const show = () => {
    if (!state) return;
    const now = JSON.stringify([state, busy]);
    if (now === drawn) return;
    drawn = now;
    const next = nextOf(state);
    words.textContent = `${count(state.submitted, "correction", "corrections")} submitted. The studio uses ${title(state.default)}. ${next.words}`;
    bench.replaceChildren(...state.benchmarks.map((one) => el("option", { value: one.name, selected: one.name === state.bench }, one.title)));
    const opened = new Set([...list.querySelectorAll("li:has(details[open])")].map((one) => one.dataset.step));
    list.replaceChildren(...state.steps.map((step) => item(step, next.step)));
    for (const name of opened) list.querySelector(`[data-step="${name}"] details`)?.setAttribute("open", "");
  };
  const look = async () => {
    try {
      state = await routes.state(bench.value);
      show();
    } catch (error) {
      onError(error.message);
    }
  };
  bench.addEventListener("change", look);
  return { node, look };
}
