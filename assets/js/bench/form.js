/* A new run: which benchmark, which model, who judges; and benchmarks brought or made. */

import { followed } from "../annotate/api.js";
import { createDialog } from "../dialog.js";
import { button, el } from "../dom.js";
import { count } from "../words.js";
import { api } from "./api.js";

const FOLDER = " folder";
const field = (label, control, note = "") => el("label", { class: "giqa-field" }, el("span", {}, label), control, note ? el("small", {}, note) : null);
const text = (name, attributes = {}) => el("input", { type: "text", name, autocomplete: "off", spellcheck: "false", ...attributes });
const whole = (name, value, attributes = {}) => el("input", { type: "number", name, value, min: "0", step: "1", ...attributes });
const options = (pairs) => pairs.map(([value, words]) => el("option", { value }, words));

/** `onStarted(run)`. Returns {node, refresh()}. */
export function createForm({ onStarted }) {
  const bench = el("select", { name: "bench" });
  const folder = text("folder", { placeholder: "/home/me/giqa-bench" });
  const [backend, judge] = [el("select", { name: "backend" }), el("select", { name: "judge" })];
  const times = whole("times", 3, { min: "1", max: "9" });
  const title = text("title", { value: "My run", maxlength: "120", required: true });
  const own = field("Folder", folder, "A native folder of this machine.");
  const bring = button({ iconName: "upload", title: "Bring a benchmark", text: "Bring a .zip", kind: "small" });
  const make = button({ iconName: "plus", title: "Make a benchmark", text: "Make one", kind: "small" });
  const forget = button({ iconName: "remove", title: "Delete this benchmark", text: "Delete", kind: "small" });
  const file = el("input", { type: "file", accept: ".zip", hidden: true });
  const line = el("code", { class: "giqa-command", tabindex: "0", "aria-label": "The command line that does the same" });
  const start = el("button", { type: "submit", class: "giqa-button giqa-primary" }, "Start");
  const told = el("div", { class: "giqa-build-told", role: "status" });
  const form = el("form", { class: "giqa-build-form", "aria-label": "New run" }, el("h3", {}, "New run"), field("Name", title),
    el("fieldset", {}, el("legend", {}, "Benchmark"), field("Benchmark", bench), own, el("div", { class: "giqa-build-actions" }, bring, make, forget, file)),
    el("fieldset", {}, el("legend", {}, "Models"), field("Model", backend, "Answers every question and describes every photograph."),
      field("Judge", judge, "“embedded” compares what two texts claim and is no LLM's score."), field("Marks for each text", times, "By a language model as judge.")),
    el("div", { class: "giqa-command-line" }, line), el("div", { class: "giqa-build-actions" }, start), told);
  let offer = { benchmarks: [], models: [], paths: false };

  const say = (words, isProblem = false) => told.replaceChildren(...(words ? [el("p", { class: isProblem ? "giqa-build-problem" : "" }, words)] : []));
  const isFolder = () => bench.value === FOLDER;
  const wanted = () => ({ title: title.value.trim() || "My run", bench: isFolder() ? "" : bench.value, folder: isFolder() ? folder.value.trim() : "", backend: backend.value, judge: judge.value, times: Number(times.value) });
  const arrange = async () => {
    own.hidden = !isFolder();
    forget.hidden = isFolder() || !bench.value;
    start.disabled = !bench.value || (isFolder() && !folder.value.trim());
    if (start.disabled) return (line.textContent = "");
    const mine = JSON.stringify(wanted());
    arrange.latest = mine;
    const shown = await api.command(JSON.parse(mine)).then(({ command }) => command, (error) => error.message);
    if (arrange.latest === mine) line.textContent = shown;
    return null;
  };
  const refresh = async (chosen = bench.value) => {
    offer = await api.offer();
    const known = offer.benchmarks.map((one) => [one.name, `${one.title} (${count(one.records, "image", "images")}, ${count(one.questions, "question", "questions")})`]);
    const all = [...known, ...(offer.paths ? [[FOLDER, "A folder of this machine…"]] : [])];
    bench.replaceChildren(...options(all.length ? all : [["", "None yet: bring or make one"]]));
    if (all.some(([name]) => name === chosen)) bench.value = chosen;
    if (!backend.options.length) {
      backend.replaceChildren(...options(offer.models.map((name) => [name, name])));
      judge.replaceChildren(...options([["embedded", "embedded"], ...offer.models.filter((name) => name !== "embedded").map((name) => [name, name])]));
    }
    return arrange();
  };
  const work = async (words, begin) => {
    try {
      say(words);
      const { job } = await begin();
      const made = await followed(job, () => {});
      say(`“${made.title}” holds ${count(made.records, "image", "images")} and ${count(made.questions, "question", "questions")}.`);
      await refresh(made.name);
    } catch (error) {
      say(error.message, true);
    }
  };

  form.addEventListener("input", arrange);
  bring.addEventListener("click", () => file.click());
  file.addEventListener("change", () => {
    const [chosen] = file.files;
    file.value = "";
    if (chosen) work("Reading the benchmark…", () => api.bring(chosen));
  });
  make.addEventListener("click", () => askMade(form, offer.paths, (asked) => work("Making the benchmark: photographs are degraded, described and asked about…", () => api.make(asked))));
  forget.addEventListener("click", async () => {
    await api.forget(bench.value).catch((error) => say(error.message, true));
    await refresh();
  });
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    start.disabled = true;
    try {
      onStarted(await api.start(wanted()));
      say("");
    } catch (error) {
      say(error.message, true);
    }
    start.disabled = false;
  });
  return { node: form, refresh };
}

function askMade(root, paths, onWanted) {
  const title = text("title", { value: "Made here", maxlength: "120", required: true });
  const place = text("photographs", { placeholder: "empty: the studio's sample photographs" });
  const [descriptions, questions, seed] = [whole("descriptions", 20, { min: "1", max: "1000" }), whole("questions", 30, { max: "2000" }), whole("seed", 0)];
  const form = el("form", { class: "giqa-dialog-body", method: "dialog" },
    el("p", {}, "Photographs are degraded in known places, so every box and answer is exact. Use good photographs that no training has seen."),
    field("Name", title), paths ? field("Folder of photographs", place) : null, field("Descriptions", descriptions), field("Questions", questions), field("Seed", seed),
    el("div", { class: "giqa-dialog-actions" }, el("button", { type: "submit", class: "giqa-button giqa-primary" }, "Make")));
  const dialog = createDialog("Make a benchmark", form);
  form.addEventListener("submit", () => onWanted({ title: title.value.trim(), photographs: place.value.trim(), descriptions: Number(descriptions.value), questions: Number(questions.value), seed: Number(seed.value) }));
  dialog.addEventListener("close", () => dialog.remove());
  root.append(dialog);
  dialog.showModal();
}
