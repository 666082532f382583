/* The Compare tab: reference, A and B under one view, the verdict with its reasons tied to boxes in the right picture, questions about the pair, a vote. */

import { api as jobs, asked, followed, posted } from "../annotate/api.js";
import { button, el, firstShown, styled } from "../dom.js";
import { mount as mountText } from "../grounded_text_view.js";
import { CHOOSE, join } from "../link.js";
import { createChooser } from "../viewing/choosing.js";
import { createPane, createSight, createZoom } from "../viewing/panes.js";
import { createSamplePairs } from "../viewing/samples.js";
import { createSlider } from "./slider.js";
import { factsOf, merged, verdictOf } from "./telling.js";

const CHANNEL = "comparing";
const SIDES = ["reference", "a", "b"];
const NAMES = { reference: "Reference", a: "Image A", b: "Image B" };
const COLORS = { reference: "#9ca3af", a: "#38bdf8", b: "#ffb020" };

class CompareDesk {
  constructor(element) {
    this.root = el("div", { class: "giqa-tasks giqa-comparing" });
    element.replaceChildren(this.root);
    this.images = { reference: null, a: null, b: null };
    this.turn = 0;
    this.clear();
  }

  clear() {
    this.found = null;
    this.answers = [];
    this.differences = null;
  }

  async start() {
    await firstShown(this.root);
    await Promise.all(["annotator", "annotate", "scoring", "comparing"].map((name) => styled(`/assets/css/${name}.css`)));
    const { models } = await asked("/api/scores/offer");
    this.model = el("select", { "aria-label": "Model" }, ...models.map((name) => el("option", { value: name }, name)));
    this.build();
    await this.buildText();
  }

  build() {
    this.message = el("p", { class: "giqa-task-message", role: "alert", hidden: true });
    this.sight = createSight();
    this.panes = Object.fromEntries(SIDES.map((side) => [side, createPane({ name: NAMES[side], sight: this.sight, channel: CHANNEL })]));
    this.slider = createSlider({ sight: this.sight });
    this.drop = Object.fromEntries(SIDES.map((side) => [side, this.slot(side)]));
    this.zoom = createZoom(this.sight);
    this.swapper = this.action("restore", "Swap A and B", () => this.swap());
    this.slide = this.action("pan", "Slider", () => this.toggleSlider(), { "aria-pressed": "false" });
    this.heat = this.action("info", "Difference map", () => this.toggleHeat(), { "aria-pressed": "false" });
    this.run = el("button", { type: "button", class: "giqa-button giqa-primary giqa-compare-run" }, "Compare");
    this.run.addEventListener("click", () => this.compare());
    this.hint = el("p", { class: "giqa-compare-hint" }, "Choose two photographs, of one scene or of two: you are told which is better, how surely, and what is wrong with each and where. With a pristine reference of the same scene both are held against it.");
    this.row = el("div", { class: "giqa-panes" }, ...SIDES.map((side) => this.panes[side].node));
    this.pairs = createSamplePairs({ onPair: (a, b) => this.takeBoth(a, b), onError: (words, _, file) => this.say(`${file.name}: ${words}`) });
    this.root.append(
      el("div", { class: "giqa-slots" }, ...SIDES.map((side) => this.drop[side])),
      el("div", { class: "giqa-compare-tools" }, this.model, this.run, this.swapper, this.slide, this.heat, this.zoom),
      this.message, this.hint, this.row, this.slider.node, this.pairs.node);
    this.showImages();
  }

  action(iconName, title, act, more = {}) {
    const one = button({ iconName, title, text: title, kind: "secondary", ...more });
    one.addEventListener("click", act);
    return one;
  }

  slot(side) {
    const chooser = createChooser({ label: side === "reference" ? "Reference, if there is one" : `Choose or drop ${NAMES[side]}`, onImage: (image) => this.take(side, image), onError: (words, _, file) => this.say(`${file.name}: ${words}`) });
    const away = button({ iconName: "close", title: `Take ${NAMES[side]} away`, kind: "small", hidden: true });
    away.addEventListener("click", () => this.take(side, null));
    const node = el("div", { class: "giqa-slot", "data-side": side }, chooser.node, away);
    node.update = (image) => {
      chooser.node.firstChild.textContent = image ? `${NAMES[side]}: ${image.name || "photograph"}` : chooser.node.firstChild.dataset.empty;
      away.hidden = !image;
    };
    chooser.node.firstChild.dataset.empty = chooser.node.firstChild.textContent;
    return node;
  }

  async buildText() {
    this.verdict = el("div", { class: "giqa-pair-verdict", role: "status" });
    this.facts = el("ul", { class: "giqa-pair-facts" });
    const text = el("div", { class: "giqa-record-text" });
    const props = { channel: CHANNEL, value: { blocks: [] } };
    let receive = () => {};
    await mountText({ element: text, props, trigger: () => {}, watch: (_, react) => { receive = react; } });
    this.tell = (blocks) => {
      props.value = { blocks };
      receive();
    };
    this.question = el("input", { type: "text", placeholder: "Ask about this pair: Which one is noisier?", "aria-label": "Ask about this pair", maxlength: "2000" });
    const ask = el("form", { class: "giqa-ask-pair" }, this.question, el("button", { type: "submit", class: "giqa-button giqa-secondary" }, "Ask"));
    ask.addEventListener("submit", (event) => {
      event.preventDefault();
      this.ask();
    });
    this.votes = el("div", { class: "giqa-votes", role: "group", "aria-label": "Your vote: which is better?" }, el("span", {}, "Your vote:"), ...[["a", "A"], ["tie", "Tie"], ["b", "B"]].map(([preference, words]) => {
      const one = el("button", { type: "button", class: "giqa-button giqa-secondary", "data-vote": preference, "aria-pressed": "false" }, words);
      one.addEventListener("click", () => this.vote(preference));
      return one;
    }));
    this.voted = el("small", { role: "status" });
    this.votes.append(this.voted);
    this.answer = el("section", { class: "giqa-answer", "aria-label": "Comparison", hidden: true }, this.verdict, this.facts, text, ask, this.votes);
    this.root.append(this.answer);
    join(CHANNEL, { alive: () => this.root.isConnected }).on(CHOOSE, (ids) => SIDES.forEach((side) => this.panes[side].goTo(ids)));
  }

  say(words) {
    this.message.textContent = words;
    this.message.hidden = !words;
  }

  take(side, image) {
    this.images[side] = image;
    this.clear();
    this.say("");
    this.sight.set({ scale: 1, x: 0.5, y: 0.5 });
    this.showImages();
    this.showFound();
    if (this.images.a && this.images.b) this.compare();
  }

  takeBoth(a, b) {
    Object.assign(this.images, { a, b });
    this.take("reference", null);
  }

  swap() {
    [this.images.a, this.images.b] = [this.images.b, this.images.a];
    this.clear();
    this.showImages();
    this.showFound();
    if (this.images.a && this.images.b) this.compare();
  }

  ids() { return { a: this.images.a?.id ?? "", b: this.images.b?.id ?? "", reference: this.images.reference?.id ?? "", model: this.model.value }; }

  showImages() {
    const regions = merged([this.found?.text, ...this.answers].filter(Boolean));
    for (const side of SIDES) {
      const image = this.images[side];
      this.drop[side].update(image);
      this.panes[side].node.hidden = !image;
      this.panes[side].show(image, (regions[side] ?? []).map((one) => ({ ...one, label: "", color: COLORS[side] })));
      this.panes[side].heat(this.differences?.shown ? this.differences[side] ?? null : null);
    }
    const both = Boolean(this.images.a && this.images.b);
    this.pairs.node.hidden = Object.values(this.images).some(Boolean);
    this.run.disabled = !both;
    const some = Object.values(this.images).filter(Boolean).length;
    this.hint.hidden = both;
    this.zoom.hidden = some === 0;
    for (const tool of [this.slide, this.heat, this.swapper]) tool.hidden = !both;
    if (!both) { this.slide.setAttribute("aria-pressed", "false"); this.heat.setAttribute("aria-pressed", "false"); }
    const slides = both && this.slide.getAttribute("aria-pressed") === "true";
    this.slider.node.hidden = !slides;
    this.row.hidden = slides || some === 0;
    this.slider.show(slides ? this.images.a : null, slides ? this.images.b : null);
    this.row.style.setProperty("--panes", some);
    this.row.dataset.panes = some;
  }

  showFound() {
    if (!this.answer) return;
    this.answer.hidden = !this.found;
    if (!this.found) return;
    this.verdict.replaceChildren(...verdictOf(this.found).map(([kind, words]) => el("span", { class: `giqa-pair-verdict-${kind}` }, words)));
    this.facts.replaceChildren(...factsOf(this.found).map((words) => el("li", {}, words)));
    const asks = this.answers.flatMap((one, index) => [{ id: `q${index}`, kind: "question", text: one.question, phrases: [] }, { ...one.block, id: `a${index}` }]);
    this.tell([this.found.text.block, ...asks]);
    for (const one of this.votes.querySelectorAll("[data-vote]")) one.setAttribute("aria-pressed", String(one.dataset.vote === this.found.vote));
    this.voted.textContent = this.found.vote ? "Kept in the project “Compared pairs”." : "";
  }

  /** A job of this turn; null where another turn has begun. */
  async job(path, body, words) {
    const mine = this.turn;
    this.say("");
    const stop = button({ iconName: "close", title: "Stop", text: "Stop", kind: "small" });
    this.run.textContent = words;
    this.run.disabled = true;
    this.run.after(stop);
    try {
      const { job } = await posted(path, body);
      stop.addEventListener("click", () => jobs.cancel(job));
      const result = await followed(job, () => {});
      return mine === this.turn ? result : null;
    } catch (error) {
      if (mine === this.turn) this.say(error.message);
      return null;
    } finally {
      stop.remove();
      this.run.textContent = "Compare";
      this.run.disabled = !(this.images.a && this.images.b);
    }
  }

  async compare() {
    this.turn += 1;
    const found = await this.job("/api/comparisons", this.ids(), "Comparing…");
    if (!found) return;
    this.found = found;
    this.answers = [];
    this.showImages();
    this.showFound();
    if (this.heat.getAttribute("aria-pressed") === "true") this.showHeat();
  }

  async ask() {
    const question = this.question.value.trim();
    if (!question) return this.say('The question is empty: ask something, such as "Which one is noisier?".');
    const told = await this.job("/api/comparisons/ask", { ...this.ids(), question }, "Asking…");
    if (!told) return null;
    const number = this.answers.length;
    this.answers.push({ question, ...renamed(told.text, `q${number}-`) });
    this.question.value = "";
    this.showImages();
    return this.showFound();
  }

  async vote(preference) {
    try {
      await posted("/api/comparisons/votes", { ...this.ids(), preference });
      this.found.vote = preference;
      this.showFound();
    } catch (error) {
      this.say(error.message);
    }
  }

  toggleSlider() {
    this.slide.setAttribute("aria-pressed", String(this.slide.getAttribute("aria-pressed") !== "true"));
    this.showImages();
  }

  async toggleHeat() {
    const on = this.heat.getAttribute("aria-pressed") !== "true";
    this.heat.setAttribute("aria-pressed", String(on));
    if (on) return this.showHeat();
    if (this.differences) this.differences.shown = false;
    return this.showImages();
  }

  async showHeat() {
    const mine = this.turn;
    try {
      this.differences ??= await posted("/api/comparisons/difference", this.ids());
    } catch (error) {
      return this.say(error.message);
    }
    if (mine !== this.turn) return null;
    this.differences.shown = true;
    if (!this.differences.a && !this.differences.b) this.say(`There is no difference map: ${this.images.reference ? "the reference shows another scene" : "A and B show two scenes"}.`);
    return this.showImages();
  }
}

/** The ids of a later answer apart from those of an earlier one. */
function renamed({ block, regions }, before) {
  const phrases = block.phrases.map((phrase) => ({ ...phrase, regions: phrase.regions.map((id) => before + id) }));
  return { block: { ...block, phrases }, regions: Object.fromEntries(Object.entries(regions).map(([side, list]) => [side, list.map((one) => ({ ...one, id: before + one.id }))])) };
}

export function mount({ element }) {
  return new CompareDesk(element).start();
}
