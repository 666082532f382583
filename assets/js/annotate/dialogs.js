/* The editor's dialogs: skip with a reason, versions that went apart, bringing in, taking out. */

import { createDialog } from "../dialog.js";
import { button, el } from "../dom.js";
import { send } from "../upload.js";
import { count } from "../words.js";
import { api, followed } from "./api.js";
import { merge, taking } from "./merge.js";

const REASONS = ["The image is unclear or broken", "The proposal makes no sense", "I am not sure", "Not about quality"];

/** Shows a dialog; resolves to what `done(value)` was called with, or null when it was closed. */
function shown(host, title, build) {
  return new Promise((resolve) => {
    const content = el("div", { class: "giqa-dialog-body" });
    const dialog = createDialog(title, content);
    let value = null;
    const done = (given) => {
      value = given;
      dialog.close();
    };
    build(content, done);
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(value);
    });
    host.append(dialog);
    dialog.showModal();
  });
}

export const askReason = (host) => shown(host, "Skip this task", (content, done) => {
  const field = el("input", { type: "text", "aria-label": "Another reason", placeholder: "Another reason", maxlength: "500" });
  const own = el("button", { type: "submit", class: "giqa-button giqa-primary" }, "Skip");
  const form = el("form", { class: "giqa-row-form" }, field, own);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (field.value.trim()) done(field.value.trim());
  });
  const ready = REASONS.map((reason) => {
    const node = el("button", { type: "button", class: "giqa-button giqa-secondary" }, reason);
    node.addEventListener("click", () => done(reason));
    return node;
  });
  content.append(el("p", {}, "Why? It helps whoever looks at it next."), el("div", { class: "giqa-choices" }, ...ready), form);
});

const boxText = (box) => (box ? `from ${box.box.slice(0, 2).map(percent).join(", ")} to ${box.box.slice(2).map(percent).join(", ")}` : "deleted");
const percent = (value) => `${Math.round(value * 100)} %`;
const TITLES = { box: "A box", description: "Description", tag: "A tag", question: "A question" };
const SIDES = {
  box: (one) => `The box ${boxText(one)}`,
  description: (one) => `${one.description?.text || "(no text)"} (${count(one.description?.phrases.length ?? 0, "linked phrase", "linked phrases")})`,
  tag: ({ phrase, quality, effect }) => `${phrase}: ${quality} (${effect})`,
  question: ({ question, answer }) => `${question.text} ${answer.text}`,
};
const sideText = (conflict, side) => SIDES[conflict.part](conflict[side]);

/** Both versions of a task, part by part. Resolves to the merged edit, or null to decide later. */
export const mergeVersions = (host, { base, mine, theirs, at }) => shown(host, "This task was saved elsewhere", (content, done) => {
  const merged = merge(base, mine, theirs);
  const chosen = new Map(merged.conflicts.map((one) => [one.id, "mine"]));
  const choice = (conflict) => {
    const side = (name, label) => {
      const radio = el("input", { type: "radio", name: `side-${conflict.id}`, checked: name === "mine" });
      radio.addEventListener("change", () => chosen.set(conflict.id, name));
      return el("label", { class: "giqa-side" }, el("span", {}, radio, ` ${label}`), el("p", { dir: "auto" }, sideText(conflict, name)));
    };
    return el("fieldset", { class: "giqa-conflict" }, el("legend", {}, TITLES[conflict.part]), side("mine", "Mine"), side("theirs", "Theirs"));
  };
  const save = el("button", { type: "button", class: "giqa-button giqa-primary" }, "Save merged");
  save.addEventListener("click", () => done(taking(merged, [...chosen].filter(([, side]) => side === "theirs").map(([id]) => id))));
  const intro = merged.conflicts.length
    ? `Somebody saved it ${at ? `at ${new Date(at).toLocaleTimeString()}` : ""} while you worked. What only one side changed is taken from both. Choose where both changed:`
    : "Somebody saved it while you worked. The changes do not touch each other: both are kept.";
  content.append(el("p", {}, intro), ...merged.conflicts.map(choice), el("div", { class: "giqa-dialog-actions" }, save));
});

function progressLine() {
  const bar = el("progress", { max: "1", value: "0" });
  const words = el("span", { role: "status" });
  const stop = button({ iconName: "close", title: "Stop", text: "Stop", kind: "small" });
  const node = el("div", { class: "giqa-work", hidden: true }, words, bar, stop);
  return { node, stop, show: (text, share) => { node.hidden = false; words.textContent = text; bar.value = share; }, hide: () => { node.hidden = true; } };
}

/** Runs a job of the studio with its progress. */
async function worked(line, started, words) {
  const { job } = await started;
  const stop = () => api.cancel(job).catch(() => {});
  line.stop.addEventListener("click", stop);
  try {
    return await followed(job, ({ done, total }) => line.show(`${words} ${total ? `${done} of ${total}` : ""}`, total ? done / total : 0));
  } finally {
    line.stop.removeEventListener("click", stop);
    line.hide();
  }
}

/** Sends photographs one by one, then has proposals made for them. */
async function bringPhotographs(project, files, line, problems) {
  const images = [];
  let stopped = false;
  const stop = () => { stopped = true; };
  line.stop.addEventListener("click", stop);
  for (const [number, file] of files.entries()) {
    if (stopped) break;
    const answer = await send(file, (share) => line.show(`Sending ${number + 1} of ${files.length}`, (number + share) / files.length));
    if (answer.image) images.push({ id: answer.image.id, name: file.name });
    else problems.push(`${file.name}: ${answer.error}`);
  }
  line.stop.removeEventListener("click", stop);
  return images.length ? worked(line, api.propose(project, images), "Looking at photographs:") : null;
}

const isPackage = (file) => /\.(zip|jsonl|json)$/i.test(file.name);
const isTable = (file) => /\.csv$/i.test(file.name);

/** Bringing in photographs, a zip or a folder. Resolves to whether anything came in. */
export const bringIn = (host, { folders, first = [] }) => shown(host, "Add tasks", (content, done) => {
  const project = el("input", { type: "text", value: "My photographs", "aria-label": "Project", maxlength: "200" });
  const files = el("input", { type: "file", multiple: true, "aria-label": "Photographs, or a .zip", accept: "image/*,.zip,.jsonl,.json,.csv" });
  const path = el("input", { type: "text", "aria-label": "Folder on this machine", placeholder: "/home/me/photographs or a native folder" });
  const open = el("button", { type: "button", class: "giqa-button giqa-secondary" }, "Import folder");
  const line = progressLine();
  const told = el("div", { class: "giqa-told", role: "status" });
  let came = false;
  const run = async (work) => {
    told.replaceChildren();
    const problems = [];
    try {
      const result = await work(problems);
      came ||= Boolean(result?.added || result?.already);
      const words = result ? `${count(result.added, "task", "tasks")} added${result.already ? `, ${result.already} were there already` : ""}.` : "Nothing was added.";
      tell([words], [...problems, ...(result?.problems ?? [])]);
    } catch (error) {
      tell([error.message], problems);
    }
  };
  const tell = (words, problems) => {
    const list = problems.length ? el("details", { open: problems.length < 6 }, el("summary", {}, count(problems.length, "thing was", "things were") + " left out or noted"), el("ul", {}, ...problems.map((one) => el("li", {}, one)))) : null;
    const go = came ? el("button", { type: "button", class: "giqa-button giqa-primary" }, "Open the tasks") : null;
    go?.addEventListener("click", () => done(project.value));
    told.replaceChildren(...[el("p", {}, ...words), list, go].filter(Boolean));
  };
  const take = (given) => run(async (problems) => {
    let result = null;
    problems.push(...given.filter(isTable).map((file) => `${file.name}: put it into a .zip together with its images${folders ? ", or give the folder of both below" : ""}.`));
    for (const file of given.filter(isPackage)) result = await worked(line, api.importFile(project.value, file), "Importing:");
    const photographs = given.filter((file) => !isPackage(file) && !isTable(file));
    return photographs.length ? bringPhotographs(project.value, photographs, line, problems) : result;
  });
  files.addEventListener("change", () => files.files.length && take([...files.files]));
  open.addEventListener("click", () => path.value.trim() && run(() => worked(line, api.importFolder(project.value, path.value.trim()), "Importing:")));
  content.addEventListener("dragover", (event) => event.preventDefault());
  content.addEventListener("drop", (event) => {
    event.preventDefault();
    if (event.dataTransfer.files.length) take([...event.dataTransfer.files]);
  });
  const own = folders ? el("label", { class: "giqa-field" }, "A folder on this machine", el("span", { class: "giqa-row-form" }, path, open)) : null;
  content.append(...[
    el("label", { class: "giqa-field" }, "Project", project),
    el("label", { class: "giqa-field" }, "Photographs, or a .zip: photographs, a native folder, COCO, YOLO or Label Studio with their images (drop them here)", files),
    own, line.node, told,
  ].filter(Boolean));
  if (first.length) take(first);
});

const SELECTIONS = {
  submitted: "Submitted: what was corrected and submitted", latest: "Latest: as last saved, else as proposed", proposals: "Proposals: as the machine made them",
  reviewed: "Reviewed: what a reviewer accepted or fixed", adjudicated: "Adjudicated: what was decided for good",
};
const FORMATS = {
  giqa: "Native folder (GIQA)", llava: "LLaVA JSON", coco: "COCO JSON", yolo: "YOLO", "label-studio": "Label Studio JSON and labelling config",
  bench: "GIQA-Bench: the truth alone", datasets: "Hugging Face data set (Parquet)",
};
const named = (keys, words) => keys.map((key) => [key, words[key] ?? key]);

/** Taking records out as a zip. */
export const takeOut = (host, asked) => api.exportOptions().then(
  (options) => chooseExport(host, { ...asked, ...options }),
  (error) => shown(host, "Export", (content) => content.append(el("p", { role: "alert" }, error.message))),
);

const chooseExport = (host, { projects, project, formats, selections }) => shown(host, "Export", (content) => {
  const choice = (label, options, value) => el("select", { "aria-label": label }, ...options.map(([key, text]) => el("option", { value: key, selected: key === value }, text)));
  const which = choice("Project", [["", "All projects"], ...projects.map((one) => [String(one.id), `${one.name} (${one.counts.all})`])], String(project ?? ""));
  const what = choice("Records", named(selections, SELECTIONS), "latest");
  const form = choice("Format", named(formats, FORMATS), "giqa");
  const images = el("input", { type: "checkbox", checked: true });
  const go = el("button", { type: "button", class: "giqa-button giqa-primary" }, "Make the export");
  const told = el("div", { class: "giqa-told", role: "status" });
  go.addEventListener("click", async () => {
    go.disabled = true;
    told.replaceChildren("Making the export…");
    try {
      const made = await api.exported({ project: which.value ? Number(which.value) : null, select: what.value, format: form.value, images: images.checked });
      const { records, images: pictures, boxes, questions } = made.counts;
      const link = el("a", { href: made.url, download: made.name, class: "giqa-button giqa-primary" }, `Download ${made.name} (${(made.bytes / 2 ** 20).toFixed(1)} MB)`);
      const missing = made.missing.length ? el("p", {}, `${count(made.missing.length, "image is", "images are")} missing: ${made.missing.slice(0, 10).join(", ")}`) : null;
      const notes = made.notes.length ? el("ul", {}, ...made.notes.map((one) => el("li", {}, one))) : null;
      told.replaceChildren(...[el("p", {}, `${count(records, "record", "records")} of ${count(pictures, "image", "images")}, ${count(boxes, "box", "boxes")}, ${count(questions, "question", "questions")}.`), notes, missing, link].filter(Boolean));
    } catch (error) {
      told.replaceChildren(error.message);
    }
    go.disabled = false;
  });
  const field = (label, node) => el("label", { class: "giqa-field" }, label, node);
  content.append(field("Project", which), field("Records", what), field("Format", form), el("label", { class: "giqa-check" }, images, " with the image files"), el("div", { class: "giqa-dialog-actions" }, go), told);
});
