/* One record's way through the stages, with pictures: what each found, dropped, merged and refused. */

import { createDialog } from "../dialog.js";
import { el, svg } from "../dom.js";
import { shareText, STAGES } from "./telling.js";

const WHAT = {
  open: "The image and its text", tags: "What the text says of which object", detect: "Boxes as the detector gave them", filter: "Does the box show what the text says?",
  merge: "Touching and covered boxes become one", fuse: "Each box at its words", questions: "Asked and answered",
};

/** The picture with boxes; those in use strong, the others faint. */
function pictureNode(image, regions) {
  const boxes = regions.map(({ id, box: [x1, y1, x2, y2], status }) => svg("g", { class: status === "dropped" ? "giqa-way-gone" : "giqa-way-live" },
    svg("rect", { x: x1 * image.width, y: y1 * image.height, width: (x2 - x1) * image.width, height: (y2 - y1) * image.height, "vector-effect": "non-scaling-stroke" }),
    svg("text", { x: x1 * image.width + image.width / 100, y: y1 * image.height + image.width / 22, "font-size": image.width / 24 }, id)));
  return svg("svg", { class: "giqa-way-picture", viewBox: `0 0 ${image.width} ${image.height}`, role: "img", "aria-label": `${image.name} with ${regions.length} boxes` },
    svg("image", { href: image.url, width: image.width, height: image.height }), ...boxes);
}

function regionNode(stage, region) {
  const facts = [region.of && `“${region.of}”`, region.score !== null && `score ${shareText(region.score)}`, region.probability !== null && `probability of Yes ${shareText(region.probability)}`,
    region.merged_from.length && `made of ${region.merged_from.join(", ")}`, region.source && `by ${region.source}`].filter(Boolean);
  const isJudged = stage === "filter" && region.probability !== null;
  const crop = isJudged ? el("img", { class: "giqa-way-crop", src: region.crop, alt: `The crop of box ${region.id}`, loading: "lazy" }) : null;
  const question = isJudged && region.question ? el("p", {}, `“${region.question}”`) : null;
  return el("li", { "data-status": region.status }, crop, el("div", {},
    el("p", {}, el("b", {}, region.id), " ", el("span", { class: "giqa-badge", ...(region.status === "dropped" ? { "data-change": "removed" } : {}) }, region.status), ` ${facts.join(" · ")}`),
    question, region.reason && !question ? el("p", { class: "giqa-way-reason" }, region.reason) : null));
}

/** The text with the ids of boxes after their words; offsets count code points. */
function textNode({ text, phrases }) {
  const points = [...text];
  const nodes = [];
  let done = 0;
  for (const { start, end, regions } of [...phrases].sort((a, b) => a.start - b.start)) {
    if (start < done) continue;
    nodes.push(points.slice(done, start).join(""), el("mark", {}, points.slice(start, end).join(""), el("sub", {}, regions.join(", "))));
    done = end;
  }
  return el("p", { class: "giqa-way-text", dir: "auto" }, ...nodes, points.slice(done).join(""));
}

const listed = (nodes, kind = "") => (nodes.length ? el("ul", { class: `giqa-way-list ${kind}` }, ...nodes) : null);

function stepNode(image, step) {
  const parts = [
    step.text ? textNode(step.text) : null,
    listed(step.tags.map(({ phrase, quality, effect }) => el("li", {}, el("b", {}, phrase), ` ${quality} · ${effect}`)), "giqa-way-tags"),
    step.regions.length ? el("div", { class: "giqa-way-boxes" }, pictureNode(image, step.regions), listed(step.regions.map((region) => regionNode(step.stage, region)))) : null,
    listed(step.questions.map(({ kind, question, answer }) => el("li", { dir: "auto" }, el("span", { class: "giqa-badge" }, kind.replace("_", "/")), ` ${question} `, el("b", {}, answer)))),
    step.refused.length ? el("details", {}, el("summary", {}, `${step.refused.length} left out`), listed(step.refused.map(({ reason, detail }) => el("li", {}, el("b", {}, reason), ` ${detail}`)))) : null,
  ].filter(Boolean);
  return el("section", { class: "giqa-way-step", "data-stage": step.stage }, el("h3", {}, STAGES[step.stage] ?? step.stage, el("small", {}, ` ${WHAT[step.stage] ?? ""}`)),
    ...(parts.length ? parts : [el("p", { class: "giqa-quiet-note" }, "Nothing changed.")]));
}

/** Shows a way in a dialog over `host`. */
export function showWay(host, way) {
  const end = way.dropped ? el("p", { class: "giqa-build-problem" }, `Dropped in ${STAGES[way.dropped.stage] ?? way.dropped.stage}: ${way.dropped.reason}. ${way.dropped.detail}`) : null;
  const note = way.corrected ? el("p", {}, "A person corrected this record: the stages leave it alone.") : null;
  const body = el("div", { class: "giqa-way" }, el("p", { class: "giqa-quiet-note" }, `${way.image.name} · record ${way.id}`), note, ...way.steps.map((step) => stepNode(way.image, step)), end);
  const dialog = createDialog("Its way through the stages", body);
  dialog.classList.add("giqa-way-dialog");
  dialog.addEventListener("close", () => dialog.remove());
  host.append(dialog);
  dialog.showModal();
}
