/* The samples of a run, worst first: truth beside answer, in words and on the picture; each can go to the annotators. */

import { mount as mountCanvas } from "../annotator.js";
import { button, el } from "../dom.js";
import { held } from "../held.js";
import { count } from "../words.js";
import { api } from "./api.js";
import { KINDS } from "./telling.js";

const CHANNEL = "bench";
const WAIT_MS = 250;
const STATUSES = { unparsed: "could not be read", declined: "declined", absent: "said it is not there" };

/** `onTask(row)`, `onError(message)`. Resolves to {node, open(run)}. */
export async function createSamples({ onTask, onError }) {
  const wanted = el("select", { "aria-label": "Which samples" }, ...[["wrong", "Went wrong"], ["right", "Went well"], ["all", "All"]].map(([value, words]) => el("option", { value }, words)));
  const kind = el("select", { "aria-label": "Which kind" }, el("option", { value: "" }, "Every kind"), ...Object.entries(KINDS).map(([value, words]) => el("option", { value }, words)));
  const search = el("input", { type: "search", placeholder: "Find in texts", "aria-label": "Find in texts", maxlength: "200" });
  const list = el("ul", { class: "giqa-record-list", "aria-label": "Samples, worst first" });
  const summary = el("p", { class: "giqa-quiet-note", role: "status" });
  const more = button({ iconName: "plus", title: "Show more samples", text: "Show more", kind: "secondary" });
  const viewer = await createViewer(onTask);
  const node = el("section", { class: "giqa-build-records", "aria-label": "Samples" }, el("h3", {}, "Samples"),
    el("div", { class: "giqa-browse" }, el("div", { class: "giqa-browse-tools" }, wanted, kind, search), summary, list, more), viewer.node);
  let [name, turn, after, timer] = [null, 0, 0, null];
  const pick = (row, item) => {
    list.querySelector("[aria-current]")?.removeAttribute("aria-current");
    item.setAttribute("aria-current", "true");
    viewer.show(row);
  };
  const load = async (from) => {
    const mine = (turn += 1);
    try {
      const found = await api.samples(name, { wanted: wanted.value, kind: kind.value, search: search.value, after: from });
      if (mine !== turn) return;
      const nodes = found.rows.map((row) => rowNode(row, pick));
      if (from) list.append(...nodes);
      else list.replaceChildren(...nodes);
      after = found.after;
      more.hidden = after === null;
      summary.textContent = found.count ? count(found.count, "sample", "samples") : "No sample is like that.";
      if (!from) nodes[0]?.querySelector("button").click();
      if (!from && !nodes.length) viewer.hide();
    } catch (error) {
      onError(error.message);
    }
  };
  search.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(() => load(0), WAIT_MS);
  });
  for (const choice of [wanted, kind]) choice.addEventListener("change", () => load(0));
  more.addEventListener("click", () => load(after));
  return {
    node,
    open(run) {
      name = run;
      [wanted.value, kind.value, search.value] = ["wrong", "", ""];
      return load(0);
    },
  };
}

function rowNode(row, pick) {
  const facts = [KINDS[row.kind], `${Math.round(100 * row.goodness)} % right`, STATUSES[row.status]].filter(Boolean).join(" · ");
  const item = el("button", { type: "button", class: "giqa-record-row", "data-item": row.item }, el("img", { src: `${row.image}/thumbnail`, alt: "", loading: "lazy", width: "72", height: "54" }),
    el("span", { class: "giqa-record-words" }, el("span", { dir: "auto" }, row.question || row.reference), el("small", {}, facts)));
  item.addEventListener("click", () => pick(row, item));
  return el("li", {}, item);
}

async function createViewer(onTask) {
  const canvas = el("div", { class: "giqa-record-canvas" });
  const words = el("div", { class: "giqa-sample-words" });
  const annotate = button({ iconName: "forward", title: "Send this sample's image to the annotators", text: "To Annotate", kind: "secondary" });
  const node = el("div", { class: "giqa-record", hidden: true }, el("header", {}, el("span", { class: "giqa-record-name" }), el("div", { class: "giqa-build-actions" }, annotate)),
    el("div", { class: "giqa-record-parts" }, canvas, words));
  const pictured = held(CHANNEL, null, { intake: false });
  await mountCanvas({ element: canvas, ...pictured.parts });
  let [row, revision] = [null, 0];
  annotate.addEventListener("click", () => onTask(row));
  const said = (title, className, text) => el("div", { class: className }, el("h4", {}, title), el("p", { dir: "auto" }, text || "Nothing."));
  const boxes = (prefix, source, label, found) => found.map((box, index) => ({ id: `${prefix}${index}`, box, label, source, group: "" }));
  return {
    node,
    async show(next) {
      row = next;
      node.hidden = false;
      node.querySelector(".giqa-record-name").textContent = next.item;
      const sure = next.confidence === null ? "" : ` (${Math.round(100 * next.confidence)} % sure)`;
      const marks = next.marks?.length ? [el("p", { class: "giqa-quiet-note" }, `Marks, 0 to 4: ${next.marks.map((mark) => mark ?? "unread").join(", ")}`)] : [];
      words.replaceChildren(...(next.question ? [said("Question", "giqa-sample-question", next.question)] : []), said("Truth", "giqa-sample-truth", next.reference), said(`Answer${sure}`, "giqa-sample-said", next.said), ...marks);
      const size = await sizeOf(next.image);
      if (row !== next || !size) return;
      revision += 2;
      const regions = [...boxes("t", "drawn", "truth", next.reference_boxes), ...boxes("s", "described", "answer", next.said_boxes)];
      pictured.give(null);
      pictured.give({ image: { id: next.item, url: next.image, ...size, name: "", notes: [] }, regions, selected: [], heat: null, readonly: true, revision });
    },
    hide() { node.hidden = true; },
  };
}

/** Of a picture in pixels; null where it cannot be shown. */
function sizeOf(url) {
  return new Promise((resolve) => {
    const picture = new Image();
    picture.addEventListener("load", () => resolve({ width: picture.naturalWidth, height: picture.naturalHeight }));
    picture.addEventListener("error", () => resolve(null));
    picture.src = url;
  });
}
