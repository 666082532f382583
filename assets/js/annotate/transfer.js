/* Bringing photographs and folders in, taking records out. */

import { button, el } from "../dom.js";
import { t } from "../i18n/messages.js";
import { send } from "../upload.js";
import { api, followed } from "./api.js";
import { shown } from "./dialogs.js";

export function progressLine() {
  const bar = el("progress", { max: "1", value: "0" });
  const words = el("span", { role: "status" });
  const stop = button({ iconName: "close", title: t("bring.stop"), text: t("bring.stop"), kind: "small" });
  const node = el("div", { class: "giqa-work", hidden: true }, words, bar, stop);
  return { node, stop, show: (text, share) => { node.hidden = false; words.textContent = text; bar.value = share; }, hide: () => { node.hidden = true; } };
}

/** Runs a job of the studio with its progress; `words`: the message that tells of it. */
export async function worked(line, started, words) {
  const { job } = await started;
  const stop = () => api.cancel(job).catch(() => {});
  line.stop.addEventListener("click", stop);
  try {
    return await followed(job, ({ done, total }) => line.show(t(words, { done, total: total || "…" }), total ? done / total : 0));
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
    const answer = await send(file, (share) => line.show(t("bring.sending", { number: number + 1, all: files.length }), (number + share) / files.length));
    if (answer.image) images.push({ id: answer.image.id, name: file.name });
    else problems.push(`${file.name}: ${answer.error}`);
  }
  line.stop.removeEventListener("click", stop);
  return images.length ? worked(line, api.propose(project, images), "bring.looking") : null;
}

const isPackage = (file) => /\.(zip|jsonl|json)$/i.test(file.name);
const isTable = (file) => /\.csv$/i.test(file.name);

/** Bringing in photographs, a zip or a folder. Resolves to whether anything came in. */
export const bringIn = (host, { folders, first = [] }) => shown(host, t("bring.title"), (content, done) => {
  const project = el("input", { type: "text", value: t("bring.myPhotographs"), "aria-label": t("bring.project"), maxlength: "200" });
  const files = el("input", { type: "file", multiple: true, "aria-label": t("bring.filesLabel"), accept: "image/*,.zip,.jsonl,.json,.csv" });
  const path = el("input", { type: "text", "aria-label": t("bring.folderLabel"), placeholder: t("bring.folderHint") });
  const open = el("button", { type: "button", class: "giqa-button giqa-secondary" }, t("bring.import"));
  const line = progressLine();
  const told = el("div", { class: "giqa-told", role: "status" });
  let came = false;
  const run = async (work) => {
    told.replaceChildren();
    const problems = [];
    try {
      const result = await work(problems);
      came ||= Boolean(result?.added || result?.already);
      const words = result ? [t("bring.added", { n: result.added }), result.already ? ` ${t("bring.already", { n: result.already })}` : ""] : [t("bring.nothing")];
      tell(words, [...problems, ...(result?.problems ?? [])]);
    } catch (error) {
      tell([error.message], problems);
    }
  };
  const tell = (words, problems) => {
    const list = problems.length ? el("details", { open: problems.length < 6 }, el("summary", {}, t("bring.problems", { n: problems.length })), el("ul", {}, ...problems.map((one) => el("li", {}, one)))) : null;
    const go = came ? el("button", { type: "button", class: "giqa-button giqa-primary" }, t("bring.open")) : null;
    go?.addEventListener("click", () => done(project.value));
    told.replaceChildren(...[el("p", {}, ...words), list, go].filter(Boolean));
  };
  const take = (given) => run(async (problems) => {
    let result = null;
    problems.push(...given.filter(isTable).map((file) => t(folders ? "bring.tableOrFolder" : "bring.table", { name: file.name })));
    for (const file of given.filter(isPackage)) { // one that cannot be read does not keep the others out
      result = await worked(line, api.importFile(project.value, file), "bring.importing").catch((error) => {
        problems.push(`${file.name}: ${error.message}`);
        return result;
      });
    }
    const photographs = given.filter((file) => !isPackage(file) && !isTable(file));
    return photographs.length ? bringPhotographs(project.value, photographs, line, problems) : result;
  });
  files.addEventListener("change", () => files.files.length && take([...files.files]));
  open.addEventListener("click", () => path.value.trim() && run(() => worked(line, api.importFolder(project.value, path.value.trim()), "bring.importing")));
  content.addEventListener("dragover", (event) => event.preventDefault());
  content.addEventListener("drop", (event) => {
    event.preventDefault();
    if (event.dataTransfer.files.length) take([...event.dataTransfer.files]);
  });
  const own = folders ? el("label", { class: "giqa-field" }, t("bring.folder"), el("span", { class: "giqa-row-form" }, path, open)) : null;
  content.append(...[
    el("label", { class: "giqa-field" }, t("bring.project"), project),
    el("label", { class: "giqa-field" }, t("bring.files"), files),
    own, line.node, told,
  ].filter(Boolean));
  if (first.length) take(first);
});

/** Taking records out as a zip. */
export const takeOut = (host, asked) => api.exportOptions().then(
  (options) => chooseExport(host, { ...asked, ...options }),
  (error) => shown(host, t("export.title"), (content) => content.append(el("p", { role: "alert" }, error.message))),
);

function chooseExport(host, asked) {
  const line = progressLine();
  return shown(host, t("export.title"), (content) => fillExport(content, line, asked)).finally(() => line.stop.click()); // nobody could take it away any more
}

function fillExport(content, line, { projects, project, formats, selections }) {
  const choice = (label, options, value) => el("select", { "aria-label": label }, ...options.map(([key, text]) => el("option", { value: key, selected: key === value }, text)));
  const which = choice(t("list.project"), [["", t("list.allProjects")], ...projects.map((one) => [String(one.id), `${one.name} (${one.counts.all})`])], String(project ?? ""));
  const what = choice(t("export.records"), selections.map((key) => [key, t(`export.${key}`)]), "latest");
  const form = choice(t("export.format"), formats.map((key) => [key, t(`export.${key}`)]), "giqa");
  const images = el("input", { type: "checkbox", checked: true });
  const go = el("button", { type: "button", class: "giqa-button giqa-primary" }, t("export.go"));
  const told = el("div", { class: "giqa-told", role: "status" });
  go.addEventListener("click", async () => {
    go.disabled = true;
    told.replaceChildren();
    line.show(t("export.making"), 0);
    try {
      const made = await worked(line, api.exported({ project: which.value ? Number(which.value) : null, select: what.value, format: form.value, images: images.checked }), "export.making");
      const { records, images: pictures, boxes, questions } = made.counts;
      const link = el("a", { href: made.url, download: made.name, class: "giqa-button giqa-primary" }, t("export.download", { name: made.name, size: (made.bytes / 2 ** 20).toFixed(1) }));
      const missing = made.missing.length ? el("p", {}, t("export.missing", { n: made.missing.length, names: made.missing.slice(0, 10).join(", ") })) : null;
      const notes = made.notes.length ? el("ul", {}, ...made.notes.map((one) => el("li", {}, one))) : null;
      told.replaceChildren(...[el("p", {}, t("export.counts", { records, images: pictures, boxes, questions })), notes, missing, link].filter(Boolean));
    } catch (error) {
      line.hide();
      told.replaceChildren(error.message);
    }
    go.disabled = false;
  });
  const field = (label, node) => el("label", { class: "giqa-field" }, label, node);
  content.append(field(t("list.project"), which), field(t("export.records"), what), field(t("export.format"), form), el("label", { class: "giqa-check" }, images, " ", t("export.images")), el("div", { class: "giqa-dialog-actions" }, go), line.node, told);
}
