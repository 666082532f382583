/* Many photographs in a table: sent, scored as one job that can be stopped, sorted, taken away as CSV. */

import { api as jobs, followed, posted } from "../annotate/api.js";
import { button, el } from "../dom.js";
import { count } from "../words.js";
import { createChooser } from "../viewing/choosing.js";
import { colorOf, csvOf, sorted } from "./table.js";

const percent = (value) => (value === null || value === undefined ? "" : String(Math.round(value * 100)));

/** `options()`: how to score; `say(words)`; `open(row)`: looked at alone. Returns {node, choosers}. */
export function createBatch({ options, say, open }) {
  const body = el("tbody", {});
  const heads = { name: head("Photograph"), value: head("Score") };
  const table = el("table", { class: "giqa-score-table" }, el("thead", {}, el("tr", {}, el("th", { scope: "col" }, ""), heads.name, heads.value, el("th", { scope: "col" }, "Between"), el("th", { scope: "col" }, ""))), body);
  const status = el("p", { class: "giqa-quiet-note", role: "status" });
  const stop = button({ iconName: "close", title: "Stop scoring", text: "Stop", kind: "secondary", hidden: true });
  const csv = button({ iconName: "download", title: "Download the table as CSV", text: "CSV", kind: "secondary" });
  const node = el("section", { class: "giqa-batch", "aria-label": "Many photographs", hidden: true }, el("header", {}, status, stop, csv), el("div", { class: "giqa-table-frame" }, table));
  const state = { images: [], rows: [], column: "value", ascending: true, job: null };
  const show = () => {
    for (const [name, one] of Object.entries(heads)) one.setAttribute("aria-sort", state.column === name ? (state.ascending ? "ascending" : "descending") : "none");
    body.replaceChildren(...sorted(state.rows, state.column, state.ascending).map((row) => rowNode(row, open)));
  };
  for (const [name, one] of Object.entries(heads)) {
    one.firstChild.addEventListener("click", () => {
      state.ascending = state.column === name ? !state.ascending : true;
      state.column = name;
      show();
    });
  }
  csv.addEventListener("click", () => {
    const url = URL.createObjectURL(new Blob(["\ufeff", csvOf(sorted(state.rows, state.column, state.ascending))], { type: "text/csv" }));
    el("a", { href: url, download: "scores.csv" }).click();
    setTimeout(() => URL.revokeObjectURL(url), 1_000);
  });
  stop.addEventListener("click", () => state.job && jobs.cancel(state.job));
  const score = async () => {
    const refused = state.images.filter(({ problem }) => problem);
    const images = state.images.filter(({ problem }) => !problem);
    if (!images.length) {
      state.rows = refused;
      status.textContent = "None of these files could be read.";
      return show();
    }
    stop.hidden = false;
    try {
      state.job = (await posted("/api/scores/batch", { images, ...options() })).job;
      const found = await followed(state.job, ({ done, total }) => { status.textContent = total ? `${done} of ${total} scored…` : "Waiting for the model…"; });
      state.rows = [...found.rows, ...refused];
      const left = found.wanted - found.rows.length;
      const bad = state.rows.filter((row) => row.value === null).length;
      status.textContent = `${count(state.rows.length - bad, "photograph", "photographs")} scored${bad ? `, ${bad} not` : ""}${left ? `; stopped before the other ${left}` : ""}.${found.calibration ? ` Fitted to the human scores of ${found.calibration}.` : ""}`;
      show();
    } catch (error) {
      say(error.message);
      status.textContent = "";
    } finally {
      state.job = null;
      stop.hidden = true;
    }
  };
  const chooser = (label, folder) => createChooser({
    label, folder, multiple: true,
    onImage: ({ id }, index, file) => { state.images[index] = { id, name: nameOf(file) }; },
    onError: (problem, index, file) => { if (file) state.images[index] = { name: nameOf(file), value: null, problem }; else say(problem); },
    onProgress: (done, total) => {
      if (done === 0) { state.images = []; state.rows = []; say(""); show(); }
      node.hidden = false;
      status.textContent = `${done} of ${total} sent…`;
      if (done === total) score();
    },
  });
  return { node, choosers: el("div", { class: "giqa-choosers" }, chooser("Many photographs", false).node, chooser("A folder", true).node) };
}

/** Two photographs of one name in two folders are told apart by their folders. */
const nameOf = (file) => (file.webkitRelativePath || file.name).split("/").slice(file.webkitRelativePath ? 1 : 0).join("/").slice(-300);

function head(words) {
  return el("th", { scope: "col" }, el("button", { type: "button", class: "giqa-sort" }, words));
}

function rowNode(row, open) {
  const look = el(row.url ? "button" : "span", row.url ? { type: "button", class: "giqa-row-name" } : {}, row.name);
  if (row.url) look.addEventListener("click", () => open(row));
  const number = el("strong", {}, row.value === null ? "–" : percent(row.value));
  const swatch = el("span", { class: "giqa-swatch" });
  swatch.style.background = colorOf(row.value);
  const between = row.value !== null && row.low < row.high ? `${percent(row.low)}–${percent(row.high)}` : "";
  const problem = row.problem ?? (row.unparsed ? `${count(row.unparsed, "reply", "replies")} not read` : "");
  return el("tr", {}, el("td", {}, row.url ? el("img", { src: `${row.url}/thumbnail`, alt: "", loading: "lazy", width: "64", height: "48" }) : ""), el("td", {}, look), el("td", { class: "giqa-cell-number" }, swatch, number), el("td", {}, between), el("td", {}, problem));
}
