/* The training desk: runs, the one that is open, the loop, and a form for a new run. Nothing is asked before the tab is shown. */

import { createDialog } from "../dialog.js";
import { button, el, firstShown, isShown, styled } from "../dom.js";
import { createRunList } from "../run_list.js";
import { api } from "./api.js";
import { createForm } from "./form.js";
import { createLoop } from "./loop.js";
import { createRun } from "./run.js";
import { progressText } from "./telling.js";

const LOOK_MS = { running: 1_000, still: 5_000 };
const KEPT = "giqa-train";
const LOOP = " loop";

class TrainDesk {
  constructor(element) {
    this.root = el("div", { class: "giqa-tasks giqa-builds giqa-bench giqa-train" });
    element.replaceChildren(this.root);
    this.runs = [];
    this.open = undefined; // a run's name, LOOP, or null for the form; until something is chosen, nothing
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
    this.message = el("p", { class: "giqa-task-message", role: "alert", hidden: true });
    this.form = createForm({ onStarted: (run) => this.started(run) });
    const doing = (name) => () => this.act(api[name](this.open));
    this.run = createRun({ stop: doing("stop"), resume: doing("resume"), remove: () => this.remove(), offer: doing("putOnOffer"), withdraw: doing("takeOffOffer"), use: doing("use"), back: doing("goBack") }, (words) => this.say(words));
    this.loop = createLoop({ onRun: (name) => this.look().then(() => this.choose(name)), onError: (words) => this.say(words) });
    this.page = el("div", { class: "giqa-build-page", hidden: true }, this.run.node);
    this.form.node.hidden = true;
    this.root.append(this.list.node, el("div", { class: "giqa-build-desk" }, this.message, this.form.node, this.loop.node, this.page));
  }

  say(words) {
    this.message.textContent = words;
    this.message.hidden = !words;
  }

  current() { return this.runs.find((one) => one.name === this.open); }

  refresh() { return this.form.refresh().catch((error) => this.say(error.message)); }

  async look() {
    try {
      this.runs = (await api.runs()).runs;
      if (this.lost) { this.lost = false; this.say(""); }
      this.show();
    } catch (error) {
      this.lost = true;
      this.say(error.message);
    }
  }

  async follow() {
    while (this.root.isConnected) {
      await new Promise((resolve) => setTimeout(resolve, this.runs.some((one) => one.state === "running") ? LOOK_MS.running : LOOK_MS.still));
      if (isShown(this.root) && !document.hidden) await this.look();
    }
  }

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

  started(run) {
    this.runs = [run, ...this.runs];
    this.choose(run.name);
  }

  async act(asked) {
    try {
      await asked;
      this.say("");
    } catch (error) {
      return this.say(error.message);
    }
    return this.look();
  }

  remove() {
    const run = this.current();
    const go = el("button", { type: "button", class: "giqa-button giqa-primary" }, "Delete for good");
    const dialog = createDialog(`Delete “${run.title}”?`, el("div", { class: "giqa-dialog-body" }, el("p", {}, "Its model, curves and checkpoints are deleted. What it learnt from stays."), el("div", { class: "giqa-dialog-actions" }, go)));
    dialog.addEventListener("close", () => dialog.remove());
    go.addEventListener("click", async () => {
      dialog.close();
      await this.act(api.remove(run.name));
      if (!this.current()) this.choose(this.runs[0]?.name ?? LOOP);
    });
    this.root.append(dialog);
    dialog.showModal();
  }
}

export function mount({ element }) {
  return new TrainDesk(element).start();
}
