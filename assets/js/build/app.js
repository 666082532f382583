/* The build desk's entrance: the builds, the one that is open, and a form for a new one. Nothing is asked before the tab is shown. `build` in this tab's session storage is the open one. */

import { followed } from "../annotate/api.js";
import { el, firstShown, styled } from "../dom.js";
import { RunDesk } from "../run_desk.js";
import { createRunList } from "../run_list.js";
import { openTask } from "../tabs.js";
import { api } from "./api.js";
import { createForm } from "./form.js";
import { createProgress } from "./progress.js";
import { createRecords } from "./records.js";
import { createStatistics } from "./statistics.js";
import { progressText } from "./telling.js";
import { count } from "../words.js";
import { createViewer } from "./viewer.js";
import { showWay } from "./way.js";

const KEPT = "giqa-build";

/** `open`: a build's name, or null for the form. */
class BuildDesk extends RunDesk {
  constructor(element) {
    super(element, "");
  }

  read() { return api.builds().then(({ builds }) => builds); }

  drop(name) { return api.remove(name); }

  /** Records come, and are to be counted, while a build grows. */
  seen(before, now) {
    const last = (one) => one?.progress?.stages.at(-1)?.done;
    if (!now || (last(before) === last(now) && (before?.state !== "running" || now.state === "running"))) return;
    this.records.refresh();
    this.statistics.stale();
  }

  async start() {
    await firstShown(this.root);
    await Promise.all(["annotator", "annotate", "build"].map((name) => styled(`/assets/css/${name}.css`)));
    this.offer = await api.offer();
    await this.build();
    await this.look();
    const kept = sessionStorage.getItem(KEPT);
    const first = this.runs.find((one) => one.name === kept) ?? this.runs[0];
    if (first) this.choose(first.name);
    else this.choose(null);
    this.follow();
  }

  async build() {
    this.list = createRunList({ title: "Builds", add: "New build", words: progressText, onChoose: (name) => this.choose(name) });
    this.form = createForm({ offer: this.offer, onStarted: (build) => this.started(build) });
    this.progress = createProgress({
      stop: () => this.act(api.stop(this.open)), resume: () => this.act(api.resume(this.open)), remove: () => this.remove("Its records, pictures and statistics are deleted. What was imported to Annotate or downloaded stays."), toAnnotate: () => this.toAnnotate(), download: (format) => this.download(format),
    });
    this.viewer = await createViewer({ onWay: (row) => this.way(row), onAnnotate: (row) => this.annotate(row) });
    this.records = createRecords({ onOpen: (row) => this.viewer.show(row), onError: (words) => this.say(words) });
    this.statistics = createStatistics();
    this.page = el("div", { class: "giqa-build-page", hidden: true }, this.progress.node, el("section", { class: "giqa-build-records", "aria-label": "Records" }, el("h3", {}, "Records"), this.records.node, this.viewer.node), this.statistics.node);
    this.root.append(this.list.node, el("div", { class: "giqa-build-desk" }, this.message, this.form.node, this.page));
  }

  show() {
    this.list.update(this.runs, this.open);
    const build = this.current();
    if (build) this.progress.update(build);
    else if (this.open) this.choose(null);
  }

  choose(name) {
    this.open = name;
    this.say("");
    if (name) sessionStorage.setItem(KEPT, name);
    this.form.node.hidden = name !== null;
    this.page.hidden = name === null;
    this.viewer.hide();
    this.show();
    if (name === null) return;
    this.records.open(name);
    this.statistics.open(name);
  }

  async job(started, words) {
    try {
      this.say(words);
      const { job } = await started;
      const result = await followed(job, ({ done, total }) => this.say(`${words} ${total ? `${done} of ${total}` : ""}`));
      this.say("");
      return result;
    } catch (error) {
      this.say(error.message);
      return null;
    }
  }

  async toAnnotate() {
    const result = await this.job(api.toAnnotate(this.open), "Importing…");
    if (result) this.say(`${count(result.added, "record is", "records are")} in Annotate now, in the project “Build: ${this.current().title}”${result.already ? `; ${count(result.already, "was", "were")} there already` : ""}.${result.problems.length ? ` ${result.problems.length} are left out: ${result.problems[0]}` : ""}`);
  }

  async download(format) {
    const result = await this.job(api.exported(this.open, format), "Packing…");
    if (result) el("a", { href: result.url, download: result.name }).click();
  }

  async way(row) {
    try {
      showWay(this.root, await api.way(this.open, row.id));
    } catch (error) {
      this.say(error.message);
    }
  }

  async annotate(row) {
    try {
      const { task } = await api.task(this.open, row.id);
      openTask(task);
    } catch (error) {
      this.say(error.message);
    }
  }
}

export function mount({ element }) {
  return new BuildDesk(element).start();
}
