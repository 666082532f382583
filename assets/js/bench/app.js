/* The bench's entrance: runs, the one that is open, the leaderboard, and a form for a new run. Nothing is asked before the tab is shown. */

import { createDialog } from "../dialog.js";
import { button, el, firstShown, isShown, styled } from "../dom.js";
import { createRunList } from "../run_list.js";
import { openTask } from "../tabs.js";
import { api } from "./api.js";
import { createForm } from "./form.js";
import { createLeaderboard } from "./leaderboard.js";
import { createResult } from "./result.js";
import { createSamples } from "./samples.js";
import { progressText } from "./telling.js";

const LOOK_MS = { running: 1_000, still: 5_000 };
const KEPT = "giqa-bench";
const BOARD = " leaderboard";

class BenchDesk {
  constructor(element) {
    this.root = el("div", { class: "giqa-tasks giqa-builds giqa-bench" });
    element.replaceChildren(this.root);
    this.runs = [];
    this.open = null; // a run's name, BOARD, or null for the form
    this.sampled = null; // the run whose samples are shown
  }

  async start() {
    await firstShown(this.root);
    await Promise.all(["annotator", "annotate", "build", "bench"].map((name) => styled(`/assets/css/${name}.css`)));
    await this.build();
    await this.look();
    await this.form.refresh().catch((error) => this.say(error.message));
    const kept = sessionStorage.getItem(KEPT);
    this.choose(this.runs.some((one) => one.name === kept) ? kept : this.runs[0]?.name ?? null);
    this.follow();
  }

  async build() {
    const board = button({ iconName: "list", title: "Leaderboard", text: "Leaderboard", kind: "secondary" });
    board.addEventListener("click", () => this.choose(BOARD));
    this.list = createRunList({ title: "Runs", add: "New run", words: progressText, onChoose: (name) => this.choose(name), more: [board] });
    this.message = el("p", { class: "giqa-task-message", role: "alert", hidden: true });
    this.form = createForm({ onStarted: (run) => this.started(run) });
    this.board = createLeaderboard({ onOpen: (run) => this.choose(run), onError: (words) => this.say(words) });
    this.result = createResult({ stop: () => this.act(api.stop(this.open)), resume: () => this.act(api.resume(this.open)), remove: () => this.remove() });
    this.samples = await createSamples({ onTask: (row) => this.annotate(row), onError: (words) => this.say(words) });
    this.page = el("div", { class: "giqa-build-page", hidden: true }, this.result.node, this.samples.node);
    this.root.append(this.list.node, el("div", { class: "giqa-build-desk" }, this.message, this.form.node, this.board.node, this.page));
  }

  say(words) {
    this.message.textContent = words;
    this.message.hidden = !words;
  }

  current() { return this.runs.find((one) => one.name === this.open); }

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
    const run = this.current();
    if (!run) return;
    this.result.update(run, this.runs);
    this.samples.node.hidden = run.state !== "done";
    if (run.state === "done" && this.sampled !== run.name) {
      this.sampled = run.name;
      this.samples.open(run.name);
    } else if (run.state !== "done") this.sampled = null;
  }

  choose(name) {
    this.open = name;
    this.say("");
    if (name && name !== BOARD) sessionStorage.setItem(KEPT, name);
    this.form.node.hidden = name !== null;
    this.board.node.hidden = name !== BOARD;
    this.page.hidden = name === null || name === BOARD;
    if (name === BOARD) this.board.load();
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
    const dialog = createDialog(`Delete “${run.title}”?`, el("div", { class: "giqa-dialog-body" }, el("p", {}, "Its answers and figures are deleted. The benchmark stays."), el("div", { class: "giqa-dialog-actions" }, go)));
    dialog.addEventListener("close", () => dialog.remove());
    go.addEventListener("click", async () => {
      dialog.close();
      await this.act(api.remove(run.name));
      if (!this.current()) this.choose(this.runs[0]?.name ?? null);
    });
    this.root.append(dialog);
    dialog.showModal();
  }

  async annotate(row) {
    try {
      openTask((await api.task(this.open, row.item)).task);
    } catch (error) {
      this.say(error.message);
    }
  }
}

export function mount({ element }) {
  return new BenchDesk(element).start();
}
