/* Versions of one task side by side: boxes that are one box carry one number and colour, phrases the colour of their boxes. */

import { duration } from "../annotate/my_work.js";
import { el, svg } from "../dom.js";
import { codePointStarts, toUtf16 } from "../geometry.js";
import { t } from "../i18n/messages.js";

const COLOURS = 8;

/** "A", "B", …: what a version is called while its author plays no part. */
export const letter = (index) => String.fromCharCode(65 + (index % 26));

/** By version and region the number of the group. */
export function groupNumbers(groups) {
  const found = new Map();
  groups.forEach((group, index) => Object.entries(group.members).forEach(([revision, region]) => found.set(`${revision} ${region}`, index)));
  return (revision, region) => found.get(`${revision} ${region}`) ?? 0;
}

/** A text's words, those linked in the colour of their first box. */
function coloured(text, numberOf) {
  if (!text?.text) return el("p", { class: "giqa-quiet-note" }, t("review.noText"));
  const starts = codePointStarts(text.text);
  const nodes = [];
  let done = 0;
  for (const phrase of [...text.phrases].sort((a, b) => a.start - b.start)) {
    const [start, end] = [toUtf16(starts, phrase.start), toUtf16(starts, phrase.end)];
    if (start < done) continue;
    const number = numberOf(phrase.regions[0]);
    nodes.push(text.text.slice(done, start), el("mark", { class: "giqa-group-mark", "data-group": number, "data-colour": number % COLOURS }, text.text.slice(start, end)));
    done = end;
  }
  return el("p", { dir: "auto" }, ...nodes, text.text.slice(done));
}

function picture(image, edit, numberOf) {
  const boxes = edit.regions.map(({ id, box: [x1, y1, x2, y2] }) => {
    const number = numberOf(id);
    const at = { x: 100 * x1, y: 100 * y1, width: 100 * (x2 - x1), height: 100 * (y2 - y1) };
    return svg("rect", { ...at, class: "giqa-group-box", "data-group": number, "data-colour": number % COLOURS, "vector-effect": "non-scaling-stroke" }, svg("title", {}, t("review.box", { n: number + 1 })));
  });
  const numbers = edit.regions.map(({ id, box: [x1, y1] }) => el("span", { class: "giqa-group-number", "data-group": numberOf(id), "data-colour": numberOf(id) % COLOURS, style: `left: ${100 * x1}%; top: ${100 * y1}%` }, String(numberOf(id) + 1)));
  const overlay = svg("svg", { viewBox: "0 0 100 100", preserveAspectRatio: "none", "aria-hidden": "true" }, ...boxes);
  return el("div", { class: "giqa-version-picture", style: `aspect-ratio: ${image.width} / ${image.height}` }, el("img", { src: image.url, alt: "", loading: "lazy" }), overlay, ...numbers);
}

function card(task, version, index, numberOf, { nameOf, onTake }) {
  const { edit } = version;
  const take = el("button", { type: "button", class: "giqa-button giqa-small", "data-take": version.revision }, t("review.take"));
  take.addEventListener("click", () => onTake(version));
  const facts = [version.seconds === null ? "" : duration(version.seconds), version.blind ? t("review.blind") : "", version.review ? t(`verdict.${version.review.verdict}`) : ""].filter(Boolean);
  const tags = edit.tags.map((tag) => el("li", { dir: "auto" }, `${tag.phrase}: ${tag.quality} (${t(`effect.${tag.effect}`)})`));
  return el("article", { class: "giqa-version", "data-version": version.revision },
    el("header", {}, el("h4", {}, `${letter(index)} · `, el("span", { dir: "auto" }, nameOf(version.user))), el("small", {}, facts.join(" · ")), take),
    picture(task.image, edit, numberOf), coloured(edit.description, numberOf), tags.length ? el("ul", { class: "giqa-version-tags" }, ...tags) : null);
}

/** All versions; pointing at a box or phrase shows it in every one. */
export function createVersions({ task, versions, groups }, hands) {
  const group = groupNumbers(groups);
  const node = el("div", { class: "giqa-versions" }, ...versions.map((version, index) => card(task, version, index, (region) => group(version.revision, region), hands)));
  const point = (number) => node.querySelectorAll("[data-group]").forEach((one) => one.classList.toggle("giqa-pointed", number !== null && one.dataset.group === number));
  node.addEventListener("pointerover", (event) => point(event.target.closest?.("[data-group]")?.dataset.group ?? null));
  node.addEventListener("pointerleave", () => point(null));
  return node;
}

const KINDS = { text: () => t("text.description"), preference: () => t("review.preference"), rating: () => t("review.rating") };

/** What is said differently, row by row. */
export function createDifferences({ differences, groups, versions }) {
  const single = groups.map((group, index) => ({ what: t("review.box", { n: index + 1 }), said: versions.map(({ revision }) => (revision in group.members ? t("review.drawn") : "")) })).filter(({ said }) => said.some((one) => !one));
  const rows = [...single, ...differences.map(({ kind, what, said }) => ({ what: what || KINDS[kind]?.() || kind, said: said.map((one) => (kind === "tag" && one ? t(`effect.${one}`) : kind === "preference" && one ? t(`compare.${one}`) : one)) }))];
  if (!rows.length) return el("p", { class: "giqa-quiet-note" }, t("review.same"));
  const head = el("tr", {}, el("th", { scope: "col" }, t("review.what")), ...versions.map((_, index) => el("th", { scope: "col" }, letter(index))));
  const row = ({ what, said }) => el("tr", {}, el("th", { scope: "row", dir: "auto" }, what), ...said.map((one) => el("td", { dir: "auto" }, one || "–")));
  return el("div", { class: "giqa-scrolled" }, el("table", { class: "giqa-table giqa-differences" }, el("thead", {}, head), el("tbody", {}, ...rows.map(row))));
}
