/* A new build: where from, who does which part, how; what the command line is; a check; the start. */

import { followed } from "../annotate/api.js";
import { button, el } from "../dom.js";
import { count } from "../words.js";
import { api } from "./api.js";

const PARTS = { tagger: "Reads tags", detector: "Finds boxes", filter_model: "Judges boxes", questioner: "Asks" };
const CHOICES = {
  filter: ["IQA-Filter judges", { several: "objects with several boxes (paper)", all: "every box", off: "nothing" }],
  merge: ["Box-Merge", { paper: "as printed (paper)", fixpoint: "until nothing changes" }],
  no_answers: ["A “No” is", { paper: "what the text does not say (paper)", contradicted: "what the text denies" }],
  balance: ["Questions", { "": "all are kept", "1,1": "balanced 1 : 1 (paper)" }],
};

const field = (label, control, note = "") => el("label", { class: "giqa-field" }, el("span", {}, label), control, note ? el("small", {}, note) : null);
const text = (name, attributes = {}) => el("input", { type: "text", name, autocomplete: "off", spellcheck: "false", ...attributes });
const whole = (name, value, attributes = {}) => el("input", { type: "number", name, value, min: "0", step: "1", ...attributes });

function choice(name, options) {
  return el("select", { name }, ...Object.entries(options).map(([value, words]) => el("option", { value }, words)));
}

/** `offer`: what may be chosen. `onStarted(build)`. Returns {node}. */
export function createForm({ offer, onStarted }) {
  const kinds = { ...(offer.paths ? { path: "A folder or file of this machine" } : {}), upload: "Upload photographs, a table or a .zip" };
  const kind = choice("kind", kinds);
  const place = text("place", { placeholder: "/home/me/photographs, or rows.json" });
  const images = text("images", { placeholder: "the table's own folder" });
  const files = el("input", { type: "file", name: "files", multiple: true, accept: offer.takes.join(",") });
  const isSynthetic = el("input", { type: "checkbox", name: "is_synthetic" });
  const total = whole("synthetic", 100, { min: "1" });
  const models = Object.fromEntries(offer.models.map((name) => [name, name]));
  const backend = choice("backend", models);
  const parts = Object.entries(PARTS).map(([name, words]) => [name, field(words, choice(name, { "": "the same model", ...models }))]);
  const limit = whole("limit", offer.most_rows || 0, offer.most_rows ? { min: "1", max: offer.most_rows } : {});
  const own = field("Place", place, "Its path; datasets:OWNER/NAME reads from the Hugging Face hub.");
  const ownImages = field("Images of a table", images);
  const brought = field("Files", files, "A .zip, a table with its images, or photographs.");
  const counted = field("Images to make", total);
  const form = el("form", { class: "giqa-build-form", "aria-label": "New build" },
    el("h3", {}, "New build"),
    field("Name", text("title", { value: "My build", maxlength: "120", required: true })),
    el("fieldset", {}, el("legend", {}, "Source"), field("From", kind), own, ownImages, brought,
      el("label", { class: "giqa-tick" }, isSynthetic, "Put synthetic faults into good photographs, with exact boxes"), counted),
    el("fieldset", {}, el("legend", {}, "Models"), field("Model", backend, "Describes what has no text, and does every part that names no other."), ...parts.map(([, node]) => node)),
    el("fieldset", {}, el("legend", {}, "Options"),
      ...Object.entries(CHOICES).map(([name, [label, options]]) => field(label, choice(name, options))),
      field(offer.most_rows ? `Rows, at most ${offer.most_rows}` : "Rows", limit, offer.most_rows ? "" : "0 takes all."),
      field("Seed", whole("seed", 0)), offer.paths ? field("Workers", whole("workers", 1, { min: "1", max: "64" })) : null));
  const line = el("code", { class: "giqa-command", tabindex: "0", "aria-label": "The command line that does the same" });
  const copy = button({ iconName: "duplicate", title: "Copy the command line", text: "Copy", kind: "small" });
  const check = button({ iconName: "check", title: "Check source", text: "Check source", kind: "secondary" });
  const start = el("button", { type: "submit", class: "giqa-button giqa-primary" }, "Start");
  const told = el("div", { class: "giqa-build-told", role: "status" });
  form.append(el("div", { class: "giqa-command-line" }, line, copy), el("div", { class: "giqa-build-actions" }, check, start), told);

  let uploaded = null; // {key, token} of the files that were sent
  const say = (...nodes) => told.replaceChildren(...nodes);
  const fails = (error) => say(el("p", { class: "giqa-build-problem" }, error.message));
  const value = (name) => form.elements[name]?.value ?? "";
  const source = (token) => ({
    kind: kind.value, place: kind.value === "path" ? place.value.trim() : token, images: kind.value === "path" && !isSynthetic.checked ? images.value.trim() : "",
    synthetic: isSynthetic.checked ? Number(total.value) : 0,
  });
  const wanted = (token) => ({
    source: source(token), title: value("title").trim() || "My build", backend: backend.value,
    ...Object.fromEntries([...Object.keys(PARTS), ...Object.keys(CHOICES)].map((name) => [name, value(name)])),
    limit: Number(limit.value), seed: Number(value("seed")), workers: Number(value("workers") || 1),
  });
  const send = async () => {
    if (kind.value === "path") return "";
    const chosen = [...files.files];
    if (!chosen.length) throw new Error("Choose the files to build from first.");
    const key = chosen.map((file) => `${file.name} ${file.size} ${file.lastModified}`).join("\n");
    if (uploaded?.key === key) return uploaded.token;
    let token = "";
    for (const [index, file] of chosen.entries()) {
      say(el("p", {}, `Sending ${index + 1} of ${chosen.length}…`));
      token = (await api.upload(file, token)).upload;
    }
    uploaded = { key, token };
    return token;
  };
  const busy = async (work) => {
    check.disabled = start.disabled = true;
    await work().catch(fails);
    check.disabled = start.disabled = false;
  };
  const showCommand = async () => {
    const mine = JSON.stringify(wanted(""));
    showCommand.latest = mine;
    try {
      const { command } = await api.command(JSON.parse(mine));
      if (showCommand.latest === mine) line.textContent = command;
    } catch (error) {
      if (showCommand.latest === mine) line.textContent = error.message;
    }
  };
  const arrange = () => {
    const isPath = kind.value === "path";
    own.hidden = !isPath;
    ownImages.hidden = !isPath || isSynthetic.checked;
    brought.hidden = isPath;
    counted.hidden = !isSynthetic.checked;
    showCommand();
  };

  form.addEventListener("input", arrange);
  copy.addEventListener("click", () => navigator.clipboard?.writeText(line.textContent).then(() => say(el("p", {}, "Copied.")), () => say(el("p", {}, "Select the line and copy it."))));
  check.addEventListener("click", () => busy(async () => {
    const token = await send();
    const { job } = await api.check(source(token), Number(limit.value));
    say(...checkNodes(await followed(job, ({ done, total: of }) => say(el("p", {}, `Checking row ${done}${of ? ` of ${of}` : ""}…`)))));
  }));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    busy(async () => {
      const token = await send();
      say(el("p", {}, "Starting…"));
      const build = await api.start(wanted(token));
      uploaded = null; // it is the build's now
      say();
      onStarted(build);
    });
  });
  arrange();
  return { node: form };
}

/** What a check found. */
function checkNodes({ name, rows, fatal, faults, more, reasons, notes }) {
  const sound = fatal === 0;
  const head = el("p", { class: sound ? "giqa-build-good" : "giqa-build-problem" }, `${name}: ${count(rows, "row", "rows")}, ${fatal ? `${fatal} cannot be used` : "all can be used"}.`);
  const list = (title, lines) => (lines.length ? el("details", { open: lines.length < 12 }, el("summary", {}, title), el("ul", {}, ...lines.map((one) => el("li", {}, one)))) : null);
  const kinds = Object.entries(reasons).map(([reason, times]) => `${times} × ${reason}`);
  return [head, list("By kind", kinds), list("Faults", [...faults, ...(more ? [`… and ${more} more`] : [])]), list("Notes", notes)].filter(Boolean);
}
