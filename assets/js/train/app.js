/* The training desk: runs, the one that is open, the loop, and a form for a new run. Nothing is asked before the tab is shown. */

import { button, el, firstShown, styled } from "../dom.js";
import { RunDesk } from "../run_desk.js";
import { createRunList } from "../run_list.js";
import { api } from "./api.js";
import { createForm } from "./form.js";
import { createLoop } from "./loop.js";
import { createRun } from "./run.js";
import { progressText } from "./telling.js";

const KEPT = "giqa-train";
const LOOP = " loop";

/** `open`: a run's name, LOOP, or null for the form. */
class TrainDesk extends RunDesk {
  constructor(element) {
    super(element, "giqa-bench giqa-train");
    this.open = undefined; // until something is chosen, nothing
  }

  read() { return api.runs().then(({ runs }) => runs); }

  drop(name) { return api.remove(name); }

  dropped() {
    if (!this.current()) this.choose(this.runs[0]?.name ?? LOOP);
  }

  async start() {
    await firstShown(this.root);
    await Promise.all(["annotator", "annotate", "build", "bench", "dashboard", "train"].map((name) => styled(`/assets/css/${name}.css`)));
    this.build();
    await this.look();
    await this.refresh();
    const kept = sessionStorage.getItem(KEPT);
    if (this.open === undefined) this.choose(this.runs.some((one) => one.name === kept) ? kept : kept === LOOP ? LOOP : this.runs[0]?.name ?? LOOP);
    this.follow();
  }

  build() {
    const loop = button({ iconName: "history", title: "The loop from corrections to a better model", text: "The loop", kind: "secondary" });
    loop.addEventListener("click", () => this.choose(LOOP));
    this.list = createRunList({ title: "Trainings", add: "New training", words: progressText, onChoose: (name) => this.choose(name), more: [loop] });
    this.form = createForm({ onStarted: (run) => this.started(run) });
    const doing = (name) => () => this.act(api[name](this.open));
    this.run = createRun({ stop: doing("stop"), resume: doing("resume"), remove: () => this.remove("Its model, curves and checkpoints are deleted. What it learnt from stays."), offer: doing("putOnOffer"), withdraw: doing("takeOffOffer"), use: doing("use"), back: doing("goBack") }, (words) => this.say(words));
    this.loop = createLoop({ onRun: (name) => this.look().then(() => this.choose(name)), onError: (words) => this.say(words) });
    this.page = el("div", { class: "giqa-build-page", hidden: true }, this.run.node);
    this.form.node.hidden = true;
    this.root.append(this.list.node, el("div", { class: "giqa-build-desk" }, this.message, this.form.node, this.loop.node, this.page));
  }

  refresh() { return this.form.refresh().catch((error) => this.say(error.message)); }

  show() {
    this.list.update(this.runs, this.open);
    if (this.open === LOOP) this.loop.look();
    const run = this.current();
    if (run) this.run.update(run, this.runs);
  }

  choose(name) {
    this.open = name;
    this.say("");
    if (name) sessionStorage.setItem(KEPT, name);
    else this.refresh();
    this.form.node.hidden = name !== null;
    this.loop.node.hidden = name !== LOOP;
    this.page.hidden = name === null || name === LOOP;
    this.show();
  }
}

export function mount({ element }) {
  return new TrainDesk(element).start();
}
