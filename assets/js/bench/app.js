/* The bench's entrance: runs, the one that is open, the leaderboard, and a form for a new run. Nothing is asked before the tab is shown. */

import { button, el, firstShown, styled } from "../dom.js";
import { RunDesk } from "../run_desk.js";
import { createRunList } from "../run_list.js";
import { openTask } from "../tabs.js";
import { api } from "./api.js";
import { createForm } from "./form.js";
import { createLeaderboard } from "./leaderboard.js";
import { createResult } from "./result.js";
import { createSamples } from "./samples.js";
import { progressText } from "./telling.js";

const KEPT = "giqa-bench";
const BOARD = " leaderboard";

/** `open`: a run's name, BOARD, or null for the form. */
class BenchDesk extends RunDesk {
  constructor(element) {
    super(element, "giqa-bench");
    this.sampled = null; // the run whose samples are shown
  }

  read() { return api.runs().then(({ runs }) => runs); }

  drop(name) { return api.remove(name); }

  dropped() {
    if (!this.current()) this.choose(this.runs[0]?.name ?? null);
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
    this.form = createForm({ onStarted: (run) => this.started(run) });
    this.board = createLeaderboard({ onOpen: (run) => this.choose(run), onError: (words) => this.say(words) });
    this.result = createResult({ stop: () => this.act(api.stop(this.open)), resume: () => this.act(api.resume(this.open)), remove: () => this.remove("Its answers and figures are deleted. The benchmark stays.") });
    this.samples = await createSamples({ onTask: (row) => this.annotate(row), onError: (words) => this.say(words) });
    this.page = el("div", { class: "giqa-build-page", hidden: true }, this.result.node, this.samples.node);
    this.root.append(this.list.node, el("div", { class: "giqa-build-desk" }, this.message, this.form.node, this.board.node, this.page));
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
