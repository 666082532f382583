/* The Score tab: one photograph with its parts, each with its score and share, or many in a table. Nothing is asked before the tab is shown. */

import { api as jobs, asked, followed, posted } from "../annotate/api.js";
import { button, el, firstShown, styled } from "../dom.js";
import { CHOOSE, join, POINT } from "../link.js";
import { level, sentence } from "../score.js";
import { count } from "../words.js";
import { createChooser } from "../viewing/choosing.js";
import { createPane, createSight, createZoom } from "../viewing/panes.js";
import { createSamples } from "../viewing/samples.js";
import { onBox } from "../viewing/view.js";
import { createBatch } from "./batch.js";
import { colorOf, dragging, placeName } from "./table.js";

const CHANNEL = "scoring";
const METHODS = { auto: "The model's own", mixed: "By parts and a standard (Dog-IQA)", standard: "By a standard, whole", levels: "Five words", good_poor: "Good against poor" };
const NAMED_FROM = 0.02; // of the area: smaller parts carry no number on the picture
const percent = (value) => Math.round(value * 100);

class ScoreDesk {
  constructor(element) {
    this.root = el("div", { class: "giqa-tasks giqa-scoring" });
    element.replaceChildren(this.root);
    this.job = null;
    this.turn = 0;
  }

  async start() {
    await firstShown(this.root);
    await Promise.all(["annotator", "annotate", "scoring"].map((name) => styled(`/assets/css/${name}.css`)));
    this.offer = await asked("/api/scores/offer");
    this.build();
  }

  build() {
    const choice = (name, options, label) => el("select", { name, "aria-label": label }, ...Object.entries(options).map(([value, words]) => el("option", { value }, words)));
    this.model = choice("model", Object.fromEntries(this.offer.models.map((name) => [name, name])), "Model");
    this.method = choice("method", METHODS, "Method");
    this.levels = choice("levels", Object.fromEntries(Object.keys(this.offer.standards).map((size) => [size, `${size} levels`])), "Levels of the standard");
    this.levels.value = "7";
    this.read = choice("read", { number: "as a number", words: "by the words' probabilities" }, "How a level is read");
    this.standard = el("details", { class: "giqa-standard" }, el("summary", {}, "The standard"), el("ol", {}));
    const again = () => { this.showStandard(); if (this.image) this.score(); };
    for (const part of [this.model, this.method, this.levels, this.read]) part.addEventListener("change", again);
    this.message = el("p", { class: "giqa-task-message", role: "alert", hidden: true });
    this.progress = el("div", { class: "giqa-scoring-progress", role: "status", hidden: true });
    this.sight = createSight();
    this.pane = createPane({ name: "Photograph", sight: this.sight, channel: CHANNEL });
    this.result = el("section", { class: "giqa-score-card", "aria-label": "Score", "aria-live": "polite" });
    this.list = el("div", { class: "giqa-parts" });
    this.link = join(CHANNEL, { alive: () => this.root.isConnected });
    const light = (ids) => { for (const item of this.list.querySelectorAll("[data-part]")) item.classList.toggle("giqa-marked", ids.includes(item.dataset.part)); };
    this.link.on(POINT, light);
    this.link.on(CHOOSE, light);
    const one = createChooser({ label: "Choose or drop a photograph", onImage: (image) => this.open(image), onError: (words, _, file) => this.say(`${file.name}: ${words}`) });
    this.batch = createBatch({ options: () => this.options(), say: (words) => this.say(words), open: (row) => this.open({ id: row.id, url: row.url, name: row.name }) });
    this.single = el("div", { class: "giqa-scoring-single", hidden: true }, el("div", { class: "giqa-scoring-picture" }, this.pane.node, createZoom(this.sight)), el("div", { class: "giqa-scoring-side" }, this.result, this.list));
    this.samples = createSamples({ onImage: (image) => this.open(image), onError: (words, _, file) => this.say(`${file.name}: ${words}`) });
    this.root.append(
      el("div", { class: "giqa-scoring-head" }, one.node, this.batch.choosers),
      el("div", { class: "giqa-scoring-options" }, field("Model", this.model), field("Method", this.method), field("Standard", this.levels), field("Read", this.read), this.standard),
      this.message, this.progress, this.single, this.batch.node, this.samples.node);
    this.showStandard();
  }

  options() { return { model: this.model.value, method: this.method.value, levels: Number(this.levels.value), read: this.read.value }; }

  showStandard() {
    const usesStandard = ["standard", "mixed"].includes(this.method.value);
    for (const part of [this.levels, this.read]) part.closest("label").hidden = !usesStandard;
    this.standard.hidden = !usesStandard;
    this.standard.querySelector("ol").replaceChildren(...this.offer.standards[this.levels.value].map(([number, words]) => el("li", { value: number }, words)));
  }

  say(words) {
    this.message.textContent = words;
    this.message.hidden = !words;
  }

  async open(image) {
    this.image = image.width ? image : { ...image, ...(await sizeOf(image.url)) };
    this.sight.set({ scale: 1, x: 0.5, y: 0.5 });
    this.single.hidden = false;
    this.samples.node.hidden = true;
    this.pane.show(this.image);
    this.result.replaceChildren();
    this.list.replaceChildren();
    this.single.scrollIntoView({ block: "nearest" });
    await this.score();
  }

  async score() {
    const mine = (this.turn += 1);
    this.say("");
    if (this.job) jobs.cancel(this.job).catch(() => {}); // the one before is no longer wanted
    this.progress.hidden = false;
    const stop = button({ iconName: "close", title: "Stop", text: "Stop", kind: "small" });
    this.progress.replaceChildren("Scoring…", stop);
    try {
      const { job } = await posted("/api/scores", { image: this.image.id, ...this.options() });
      this.job = job;
      stop.addEventListener("click", () => jobs.cancel(job));
      const found = await followed(job, () => {});
      if (mine === this.turn) this.show(found);
    } catch (error) {
      if (mine === this.turn) this.say(error.message);
    } finally {
      if (mine === this.turn) { this.progress.hidden = true; this.job = null; }
    }
  }

  show({ score, regions, calibration }) {
    const shapes = regions.map((one) => ({ ...one, color: colorOf(one.value), label: one.share >= NAMED_FROM && one.value !== null ? String(percent(one.value)) : "" }));
    this.pane.show(this.image, shapes);
    this.result.replaceChildren(...scoreCard(score, calibration));
    const worst = dragging(regions);
    this.list.replaceChildren(...(regions.length ? [
      el("h3", {}, "Which parts drag it down"),
      worst.length ? el("ol", { class: "giqa-part-list" }, ...worst.slice(0, 12).map((one) => this.partRow(one))) : el("p", { class: "giqa-quiet-note" }, "No part is worse than the others."),
      el("details", {}, el("summary", {}, `All ${count(regions.length, "part", "parts")}`), el("ol", { class: "giqa-part-list" }, ...regions.map((one) => this.partRow(one)))),
    ] : []));
  }

  partRow(one) {
    const words = one.value === null ? "not read" : `${percent(one.value)} of 100`;
    const swatch = el("span", { class: "giqa-swatch" });
    swatch.style.background = colorOf(one.value);
    const item = el("button", { type: "button", class: "giqa-part", "data-part": one.id }, swatch, el("span", {}, `${placeName(one.box)}: ${words}`), el("small", {}, `${percent(one.share) || "<1"} % of the picture${one.importance < 0 ? `, costs ${(-100 * one.importance).toFixed(1)}` : ""}`));
    for (const type of ["pointerenter", "focus"]) item.addEventListener(type, () => { this.link.tell(POINT, [one.id]); });
    for (const type of ["pointerleave", "blur"]) item.addEventListener(type, () => { this.link.tell(POINT, []); });
    item.addEventListener("click", () => {
      this.sight.set(onBox(one.box));
      this.link.tell(CHOOSE, [one.id]);
    });
    return el("li", {}, item);
  }
}

function scoreCard(score, calibration) {
  if (score.value === null) return [el("p", {}, `No score: ${count(score.unparsed, "reply", "replies")} could not be read.`)];
  const ranges = score.low < score.high;
  const isRank = score.method.startsWith("mixed") && !calibration;
  const number = el("strong", { class: "giqa-score-number" }, isRank ? score.parts.total.toFixed(2) : String(percent(score.value)));
  const range = el("span", { class: "giqa-score-range" });
  range.style.left = `${percent(score.low)}%`;
  range.style.width = `${percent(score.high) - percent(score.low)}%`;
  const mark = el("span", { class: "giqa-score-mark" });
  mark.style.left = `${percent(score.value)}%`;
  const bar = el("div", { class: "giqa-score-bar", role: "img", "aria-label": isRank ? `Place between the least and the greatest total: ${percent(score.value)} %` : sentence(score) }, range, mark);
  const notes = [
    isRank ? "A total of the parts and the whole: it ranks photographs and says little by itself. Calibrate it on human scores to read it (python -m bench calibrate)." : "",
    ranges ? `Nine in ten human scores of such photographs lie between ${percent(score.low)} and ${percent(score.high)}.` : "",
    calibration ? `Fitted to the human scores of ${calibration}.` : "",
    score.unparsed ? `${count(score.unparsed, "reply", "replies")} could not be read and are left out.` : "",
  ].filter(Boolean);
  return [el("div", { class: "giqa-score" }, number, el("span", { class: "giqa-score-level" }, isRank ? "total" : level(score.value)), bar, el("span", { class: "giqa-score-note" }, notes.join(" "))), el("small", { class: "giqa-quiet-note" }, `Method: ${score.method}`)];
}

const field = (label, control) => el("label", { class: "giqa-field" }, el("span", {}, label), control);

/** Of a picture that is known by its address alone. */
function sizeOf(url) {
  return new Promise((resolve, reject) => {
    const probe = new Image();
    probe.addEventListener("load", () => resolve({ width: probe.naturalWidth, height: probe.naturalHeight }));
    probe.addEventListener("error", () => reject(new Error("This photograph is no longer on the server. Choose it again.")));
    probe.src = url;
  });
}

export function mount({ element }) {
  return new ScoreDesk(element).start();
}
