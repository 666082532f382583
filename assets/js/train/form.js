/* A new training: what it learns from, which model, how. */

import { followed } from "../annotate/api.js";
import { el } from "../dom.js";
import { count } from "../words.js";
import { api } from "./api.js";

const [FRESH, FOLDER, OTHER] = ["fresh:", "folder:", " other"];
const field = (label, control, note = "") => el("label", { class: "giqa-field" }, el("span", {}, label), control, note ? el("small", {}, note) : null);
const text = (name, attributes = {}) => el("input", { type: "text", name, autocomplete: "off", spellcheck: "false", ...attributes });
const number = (name, attributes = {}) => el("input", { type: "number", name, placeholder: "the preset's", min: "1", step: "1", ...attributes });
const options = (pairs) => pairs.map(([value, words]) => el("option", { value }, words));
const SELECTIONS = {
  submitted: "Submitted: the best there is of each task", reviewed: "Reviewed: accepted or fixed by a reviewer", adjudicated: "Adjudicated", training: "Adjudicated for training", benchmark: "Adjudicated for the benchmark",
  latest: "As last saved, else as proposed", proposals: "As models proposed",
};
const RECIPES = { tiny: "Tiny: small steps, for tiny models on a CPU", paper: "Paper: all weights of the language model", depictqa: "DepictQA: LoRA 16 on attention", qlora: "QLoRA: 4-bit weights, needs a GPU" };

/** `onStarted(run)`. Returns {node, refresh()}. */
export function createForm({ onStarted }) {
  const title = text("title", { value: "My training", maxlength: "120", required: true });
  const data = el("select", { name: "data" });
  const [select, project] = [el("select", { name: "select" }), el("select", { name: "project" })];
  const folder = text("folder", { placeholder: "/home/me/records" });
  const fresh = [field("Records", select), field("Project", project)];
  const own = field("Folder or file", folder, "A native folder, LLaVA or DepictQA .json, Parquet: of this machine.");
  const model = el("select", { name: "model" });
  const other = text("other", { placeholder: "hf:Qwen/Qwen3-VL-4B-Instruct, or a folder" });
  const otherField = field("Name or folder", other);
  const preset = el("select", { name: "preset" });
  const method = el("select", { name: "method" }, ...options([["", "As the preset says"], ["lora", "LoRA: an adapter"], ["full", "All weights of the language model"]]));
  const numbers = {
    epochs: number("epochs", { max: "1000" }), max_steps: number("max_steps", { placeholder: "all" }), batch: number("batch", { max: "65536" }), learning_rate: number("learning_rate", { min: "0", step: "any" }),
    held_out: number("held_out", { min: "0", max: "0.9", step: "any" }), evaluate_every: number("evaluate_every", { min: "0" }), bench_every: number("bench_every", { min: "0", placeholder: "never" }),
  };
  const bench = el("select", { name: "bench" });
  const recipe = el("fieldset", {}, el("legend", {}, "Recipe"), field("Preset", preset), field("Method", method), field("Epochs", numbers.epochs), field("Steps at most", numbers.max_steps), field("Conversations a step", numbers.batch),
    field("Learning rate", numbers.learning_rate), field("Held-out share", numbers.held_out, "Of the images, never learnt from."), field("Evaluate every", numbers.evaluate_every, "Steps between losses and samples of held-out images."),
    field("Benchmark", bench, "Refused where the data hold one of its images."), field("Measure every", numbers.bench_every, "Steps between runs of the benchmark."));
  const note = el("p", { class: "giqa-build-note" }, "The embedded model is taught what people corrected: on a laptop's processor, in minutes. It has no settings.");
  const line = el("code", { class: "giqa-command", tabindex: "0", "aria-label": "The command line that does the same" });
  const start = el("button", { type: "submit", class: "giqa-button giqa-primary" }, "Start");
  const told = el("div", { class: "giqa-build-told", role: "status" });
  const form = el("form", { class: "giqa-build-form", "aria-label": "New training" }, el("h3", {}, "New training"), field("Name", title),
    el("fieldset", {}, el("legend", {}, "Learn from"), field("Data", data), ...fresh, own),
    el("fieldset", {}, el("legend", {}, "Model"), field("Base model", model), otherField), recipe, note,
    el("div", { class: "giqa-command-line" }, line), el("div", { class: "giqa-build-actions" }, start), told);

  const say = (words, isProblem = false) => told.replaceChildren(...(words ? [el("p", { class: isProblem ? "giqa-build-problem" : "" }, words)] : []));
  const source = () => {
    const [kind, ...rest] = data.value.split(":");
    return kind === "folder" ? { kind, place: folder.value.trim() } : { kind, place: rest.join(":") };
  };
  const base = () => (model.value === OTHER ? other.value.trim() : model.value);
  const taught = () => base().split(":")[0] === "embedded";
  const wanted = (from) => {
    const shared = { title: title.value.trim() || "My training", data: from, model: base() };
    if (taught()) return shared;
    const given = Object.fromEntries(Object.entries(numbers).filter(([, one]) => one.value !== "").map(([name, one]) => [name, Number(one.value)]));
    return { ...shared, preset: preset.value, method: method.value, bench: bench.value, ...given };
  };
  const isReady = () => Boolean(base()) && (data.value === FRESH || Boolean(source().place));
  const arrange = async () => {
    for (const one of fresh) one.hidden = data.value !== FRESH;
    own.hidden = data.value !== FOLDER;
    otherField.hidden = model.value !== OTHER;
    recipe.hidden = taught();
    note.hidden = !taught();
    start.disabled = !isReady();
    if (start.disabled) return (line.textContent = "");
    const mine = JSON.stringify(wanted(source()));
    arrange.latest = mine;
    const shown = await api.command(JSON.parse(mine)).then(({ command }) => command, (error) => error.message);
    if (arrange.latest === mine) line.textContent = shown;
    return null;
  };
  const keep = (control, pairs) => {
    const before = control.value;
    control.replaceChildren(...options(pairs));
    if (pairs.some(([value]) => String(value) === before)) control.value = before;
  };
  const refresh = async () => {
    const [offer, { projects }] = await Promise.all([api.offer(), api.projects()]);
    keep(data, [[FRESH, "What people corrected, exported now"], ...offer.exports.map((one) => [`export:${one.name}`, `Export: ${one.title} (${count(one.records, "record", "records")}, ${new Date(one.made).toLocaleString()})`]),
      ...offer.builds.map((one) => [`build:${one.name}`, `Build: ${one.title}`]), ...(offer.paths ? [[FOLDER, "A folder or file of this machine…"]] : [])]);
    keep(select, Object.entries(SELECTIONS).filter(([name]) => offer.selections.includes(name)));
    keep(project, [["", "All projects"], ...projects.map((one) => [one.id, one.name])]);
    keep(model, [...offer.models.map((name) => [name, offer.titles[name] ? `${offer.titles[name]} (trained here)` : name]), ...(offer.paths ? [[OTHER, "Another of the hub, or a folder…"]] : [])]);
    keep(preset, [["", "None: the paper's recipe with LoRA"], ...offer.recipes.map((name) => [name, RECIPES[name] ?? name])]);
    keep(bench, [["", "None"], ...offer.benchmarks.map((one) => [one.name, one.title])]);
    return arrange();
  };
  const exported = async () => {
    say("The records are exported…");
    const { job } = await api.exported({ select: select.value, project: project.value ? Number(project.value) : null });
    const made = await followed(job, () => {});
    await refresh();
    data.value = `export:${made.name}`;
    return { kind: "export", place: made.name };
  };

  form.addEventListener("input", arrange);
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    start.disabled = true;
    try {
      const run = await api.start(wanted(data.value === FRESH ? await exported() : source()));
      say("");
      onStarted(run);
    } catch (error) {
      say(error.message, true);
    }
    arrange();
  });
  return { node: form, refresh };
}
