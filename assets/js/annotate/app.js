/*
 * The task editor's entrance: list, canvas and panels round the open task. Every change is saved after a moment; nothing counts as saved before the
 * studio says so. `#task=12` in the address is the open task.
 */

import { button, el, isShown, styled } from "../dom.js";
import { api, followed } from "./api.js";
import { createCanvas } from "./canvas.js";
import { chains } from "./chain.js";
import { summary } from "./changes.js";
import { createDesk, createFirstScreen, createHistory } from "./desk.js";
import { askReason, bringIn, mergeVersions, takeOut } from "./dialogs.js";
import { createModel } from "./model.js";
import { memoryOutbox, openOutbox } from "./outbox.js";
import { createBoxesPanel, createDescriptionPanel, createQuestionsPanel, createTagsPanel } from "./panels.js";
import { createSaver } from "./saver.js";
import { createSelection } from "./selection.js";
import { canvasCommands, followKeys } from "./task_keys.js";
import { createTaskList } from "./task_list.js";

const CHANNEL = "annotate";
const AUTOSAVE_MS = 500;
const NOTHING_KEPT = "This browser keeps nothing for web pages: work that is not saved yet is lost when the page closes.";
const BROKEN = "A phrase of the description has lost its box. Link it again or let it go, then submit.";

const taskInAddress = () => Number(/^#task=(\d+)$/.exec(location.hash)?.[1]) || null;

class TaskEditor {
  constructor(element) {
    this.root = el("div", { class: "giqa-tasks" });
    element.replaceChildren(this.root);
    this.current = null; // the open task: {task, model, panels, dirty, timer, focusBroken}
    this.prefetched = new Map();
    this.turn = 0;
    this.link = createSelection(CHANNEL, this.root, () => this.current?.panels.forEach((panel) => panel.update("point")));
    this.list = createTaskList({ onOpen: (id) => this.open(id), onError: (message) => this.desk.say(message) });
  }

  async start() {
    await Promise.all(["annotator", "annotate"].map((name) => styled(`/assets/css/${name}.css`)));
    const canvas = await createCanvas({
      channel: CHANNEL, commands: canvasCommands(this.actions()),
      onRegions: (regions) => this.current?.model.setRegions(regions),
      onMissing: () => this.desk.say("The picture of this task is no longer on the server. Its words and boxes are kept; bring the photograph in again to see it."),
    });
    this.canvas = canvas;
    this.build(canvas.node);
    this.listen();
    await this.startSaving();
    await this.refresh();
    await this.openFirst();
  }

  /** What buttons and keys do. */
  actions() {
    return {
      list: () => this.root.classList.toggle("giqa-list-open"), hide: () => this.root.classList.toggle("giqa-boxes-hidden"),
      previous: () => this.step("previous"), next: () => this.step("next"), copy: () => this.copyProposal(), save: () => this.flush(),
      skip: () => this.skip(), submit: () => this.submit(), download: () => this.download(), decide: () => this.settle(this.saver.state(this.current.task.id)),
      words: () => this.desk.side.querySelector("textarea")?.focus(),
    };
  }

  build(canvas) {
    this.desk = createDesk(canvas, this.actions());
    const first = createFirstScreen({ sample: (tell) => this.openSample(tell), add: () => this.bring() });
    const tool = (iconName, title, text, run) => {
      const node = button({ iconName, title, text, kind: "secondary" });
      node.addEventListener("click", run);
      return node;
    };
    this.list.node.prepend(el("div", { class: "giqa-list-tools" },
      tool("plus", "Add photographs, or import a folder", "Add", () => this.bring()), tool("download", "Export records", "Export", () => this.export())));
    this.desk.node.append(first);
    this.root.append(this.list.node, this.desk.node);
  }

  /* Tasks */

  async refresh(project = null) {
    try {
      this.found = await this.list.projects();
      if (project) this.list.select(project, this.found);
      this.root.classList.toggle("giqa-no-tasks", !this.found.projects.some((one) => one.counts.all > 0));
      await this.list.reload();
    } catch (error) {
      this.desk.say(error.message);
    }
  }

  async openFirst() {
    const id = taskInAddress() ?? this.list.first();
    if (id !== null) await this.open(id);
  }

  async openSample(tell) {
    tell("Getting the samples ready…");
    const { job } = await api.sample();
    await followed(job, ({ done, total }) => total && tell(`Looking at photographs: ${done} of ${total}`));
    await this.refresh("Samples");
    await this.openFirst();
  }

  async open(id) {
    this.flush();
    const mine = (this.turn += 1);
    const fetched = this.prefetched.get(id) ?? api.task(id, this.list.filter);
    this.prefetched.clear();
    try {
      const task = await fetched;
      if (mine !== this.turn) return; // another one was opened meanwhile
      this.saver.opened(id, task.revision);
      this.show({ ...task, edit: this.saver.waiting(id) ?? task.edit });
    } catch (error) {
      this.desk.say(error.message);
    }
  }

  show(task) {
    const model = createModel(task);
    const goesOn = this.current !== null;
    this.desk.say("");
    this.link.clear();
    this.current = { task, model, panels: [], dirty: false, timer: null };
    this.canvas.open(task.image, model.regions());
    this.buildPanels();
    model.on((what) => this.current?.model === model && this.changed(what));
    this.root.classList.add("giqa-has-task");
    this.root.classList.remove("giqa-list-open");
    this.list.choose(task.id);
    for (const direction of ["previous", "next"]) this.desk.disable(direction, task[direction] === null);
    const known = this.saver.state(task.id);
    this.desk.state(known ?? (task.saved_at ? { kind: "saved", at: task.saved_at, status: task.state } : null));
    this.desk.changes(summary(model.changes()));
    if (taskInAddress() !== task.id) history.replaceState(history.state, "", `#task=${task.id}`);
    this.prefetch(task.next);
    if (goesOn) this.canvas.focus(); // the field that had the focus is gone, and keys go on working
    if (known?.kind === "conflict") this.settle(known);
  }

  buildPanels() {
    const { model, task } = this.current;
    const description = createDescriptionPanel(model, this.link);
    this.current.focusBroken = description.focusBroken;
    const panels = { Description: description, Boxes: createBoxesPanel(model, this.link), Tags: createTagsPanel(model), Questions: createQuestionsPanel(model, this.link) };
    this.current.panels = Object.values(panels);
    const sections = Object.entries(panels).map(([title, panel]) => el("section", { class: "giqa-panel", "data-panel": title.toLowerCase() }, el("h3", {}, title), panel.node));
    const versions = createHistory({
      load: async () => (await api.history(task.id)).revisions,
      revision: (number) => api.revision(task.id, number),
      proposed: task.proposed,
      restore: (get) => get().then(({ edit }) => model.replace(edit)).catch((error) => this.desk.say(error.message)),
    });
    this.desk.side.replaceChildren(...sections, versions);
  }

  /** The next task and its picture, before they are asked for. */
  prefetch(id) {
    if (id === null) return;
    const coming = api.task(id, this.list.filter);
    this.prefetched.set(id, coming);
    coming.then((task) => { new Image().src = task.image.url; }, () => this.prefetched.delete(id));
  }

  step(direction) {
    const id = this.current?.task[direction] ?? null;
    if (id !== null) return this.open(id);
    return this.desk.say(direction === "next" ? "This is the last task of the list." : "This is the first task of the list.");
  }

  /* Changes and saves */

  changed(what) {
    const { model, panels } = this.current;
    if (what !== "tags") this.canvas.refresh(model.regions());
    panels.forEach((panel) => panel.update(what));
    this.desk.changes(summary(model.changes()));
    this.current.dirty = true;
    clearTimeout(this.current.timer);
    this.current.timer = setTimeout(() => this.flush(), AUTOSAVE_MS);
    if (!/^(waiting|conflict)$/.test(this.saver.state(this.current.task.id)?.kind)) this.desk.state({ kind: "changed" });
  }

  snapshot(status = "draft", reason = "") {
    const { id: sha256, width, height } = this.current.task.image;
    return { edit: this.current.model.edit(), status, reason, image: { sha256, width, height } };
  }

  /** Puts what was changed into the queue; resolves once it is kept in this browser. */
  flush() {
    if (!this.current?.dirty) return Promise.resolve();
    this.settled();
    return this.saver.save(this.current.task.id, this.snapshot());
  }

  settled() {
    clearTimeout(this.current.timer);
    this.current.dirty = false;
  }

  submit() {
    if (!this.current) return;
    if (this.current.model.broken().length) {
      this.desk.say(BROKEN);
      this.current.focusBroken();
    } else this.finish("submitted", "");
  }

  async skip() {
    if (!this.current) return;
    const reason = await askReason(this.root);
    if (reason) this.finish("skipped", reason);
  }

  finish(status, reason) {
    this.settled();
    const { id, next } = this.current.task;
    this.saver.save(id, this.snapshot(status, reason));
    if (next !== null) this.open(next);
    else this.desk.say("That was the last task of this list.");
  }

  copyProposal() { this.current?.model.replace(this.current.task.proposed); }

  download() {
    const file = new Blob([JSON.stringify({ task: this.current.task.id, edit: this.current.model.edit() }, null, 1)], { type: "application/json" });
    const link = el("a", { href: URL.createObjectURL(file), download: `task-${this.current.task.id}-my-version.json` });
    link.click();
    URL.revokeObjectURL(link.href);
  }

  async startSaving() {
    const { chain, alive } = await chains();
    const outbox = await openOutbox().catch(() => {
      this.desk.warn(NOTHING_KEPT);
      return memoryOutbox();
    });
    const keepFailed = () => this.desk.say("This browser's storage is full. Do not close the page before it says “Saved”.");
    this.saver = createSaver({ send: api.save, outbox, chain, hear: (task, state) => this.heard(task, state), keepFailed });
    await this.saver.adopt(alive).catch(() => this.desk.say("What an earlier page left unsaved in this browser could not be read."));
  }

  heard(task, state) {
    if (state.kind === "saved") this.list.mark(task, state.status);
    this.showWaiting();
    if (task !== this.current?.task.id || (state.kind === "saved" && this.current.dirty)) return;
    this.desk.state(state);
    if (state.kind === "conflict") this.settle(state);
  }

  showWaiting() {
    const number = this.saver.count();
    const kept = `${number === 1 ? "One save is" : `${number} saves are`} kept in this browser and sent again by itself.`;
    if (!navigator.onLine) this.desk.warn(`You are offline. ${number ? kept : "Go on: what you do is kept in this browser."}`);
    else this.desk.warn(number && this.saver.waits() ? `${this.saver.waits()} ${kept}` : "");
  }

  /** Both versions of a task that was saved elsewhere, to be made one. */
  async settle({ current, base }) {
    if (this.settling || !current) return;
    this.settling = true;
    const { task, model } = this.current;
    const edit = await mergeVersions(this.root, { base, mine: model.edit(), theirs: current.edit, at: current.saved_at });
    this.settling = false;
    if (!edit || this.current.model !== model) return;
    model.replace(edit);
    this.settled();
    await this.saver.resolve(task.id, edit, this.snapshot());
  }

  /* Bringing in, taking out */

  async bring(first = []) {
    const project = await bringIn(this.root, { folders: this.found?.folders ?? false, first });
    await this.refresh(project);
    const id = project ? this.list.first() : null;
    if (id !== null) await this.open(id);
  }

  async export() {
    await this.flush();
    const found = await this.list.projects().catch(() => this.found);
    await takeOut(this.root, { projects: found?.projects ?? [], project: this.list.filter.project });
  }

  /* The page's life */

  listen() {
    followKeys(this.root, this.actions());
    const ended = new AbortController();
    const listen = (target, type, react) => target.addEventListener(type, (event) => (this.root.isConnected ? react(event) : ended.abort()), { signal: ended.signal });
    listen(window, "online", () => { this.saver.retry(); this.showWaiting(); });
    listen(window, "offline", () => this.showWaiting());
    listen(window, "pagehide", () => { this.flush(); });
    listen(document, "visibilitychange", () => { if (document.hidden) this.flush(); });
    listen(window, "beforeunload", (event) => { if (this.current?.dirty) event.preventDefault(); });
    listen(document, "dragover", (event) => { if (isShown(this.root)) event.preventDefault(); }); // a file beside the dialog does not replace the page
    listen(document, "drop", (event) => {
      if (!isShown(this.root) || event.defaultPrevented || !event.dataTransfer.files.length) return;
      event.preventDefault();
      this.bring([...event.dataTransfer.files]);
    });
    listen(window, "hashchange", () => { if (taskInAddress() && taskInAddress() !== this.current?.task.id) this.open(taskInAddress()); });
    listen(document, "giqa:open-task", async ({ detail }) => {
      await this.refresh();
      await this.open(Number(detail.task));
    });
  }
}

export function mount({ element }) {
  return new TaskEditor(element).start();
}
