/*
 * The open task: canvas, panels and saves. Every change is saved after a moment; nothing counts as saved before the studio says so. What comes next, a
 * list or a queue, is the page's to say (app.js).
 */

import { el } from "../dom.js";
import { t } from "../i18n/messages.js";
import { createComments } from "../review/comments.js";
import { api } from "./api.js";
import { chains } from "./chain.js";
import { summary } from "./changes.js";
import { createDecisionsPanel } from "./decisions.js";
import { createGuideline } from "./desk.js";
import { askReason, mergeVersions } from "./dialogs.js";
import { keepingFocus } from "./focus.js";
import { createGold } from "./gold_panel.js";
import { createHistory } from "./history_panel.js";
import { createPanels, missing, pressDigit, sectionsOf } from "./kinds.js";
import { rendered } from "./markdown.js";
import { createModel } from "./model.js";
import { createLeft, memoryOutbox, openOutbox } from "./outbox.js";
import { explainBox } from "./provenance.js";
import { createSaver } from "./saver.js";
import { createStopwatch } from "./stopwatch.js";

const AUTOSAVE_MS = 500;

export class TaskEditor {
  /** `parts`: {root, desk, canvas, link, assist, beside, decide, knowsGold}; `hear`: {opened(task), state(task, state), finished(task, tried)}. */
  constructor(parts, hear) {
    Object.assign(this, parts, { hear });
    this.current = null; // {task, model, panels, comments, dirty, timer}
    this.coming = false; // whether another one is on its way
    this.left = []; // boxes of the task that was open before
    this.watch = createStopwatch();
  }

  /** `user`: whose work is saved. */
  async startSaving(user) {
    this.user = user;
    const { chain, alive } = await chains();
    const outbox = await openOutbox().catch(() => {
      this.desk.warn(t("net.nothingKept"));
      return memoryOutbox();
    });
    const keepFailed = () => this.desk.say(t("net.full"));
    this.saver = createSaver({ send: api.save, outbox, left: createLeft(), chain, user, hear: (task, state) => this.heard(task, state), keepFailed });
    await this.saver.adopt(alive).catch(() => this.desk.say(t("net.unreadable")));
  }

  /** `task`: as the studio tells of it; what the studio has not acknowledged yet is shown in its place. */
  show(task) {
    this.awaits(false);
    this.flush();
    const model = createModel({ ...task, edit: this.saver.opened(task.id, task.revision) ?? task.edit });
    const goesOn = this.current !== null;
    if (goesOn && this.current.task.id !== task.id && this.desk.node.getBoundingClientRect().top < 0) this.desk.node.scrollIntoView({ block: "start" });
    if (goesOn && this.current.task.id !== task.id) this.left = this.current.model.regions().map(({ box }) => ({ box }));
    this.desk.say("");
    this.link.clear();
    this.current = { task, model, panels: {}, dirty: false, timer: null };
    this.watch.start(task.seconds ?? 0);
    this.canvas.open(task.image, model.regions(), model.offered());
    this.beside.show(task);
    this.root.dataset.kind = task.kind;
    this.buildPanels();
    model.on((what) => this.current?.model === model && this.changed(what));
    const known = this.saver.state(task.id);
    this.desk.state(known ?? (task.saved_at ? { kind: "saved", at: task.saved_at, status: task.state } : null));
    this.desk.changes(summary(model.changes()));
    this.hear.opened(task);
    if (goesOn) this.canvas.focus(); // the field that had the focus is gone, and keys go on working
    if (known?.kind === "conflict") this.settle(known);
  }

  /** What is pressed or typed until the next task is there would be done to the one that is left: a submission would be a draft again. */
  awaits(coming) {
    if (this.coming === coming) return;
    if (coming) this.hadFocus = this.desk.work.contains(document.activeElement);
    this.coming = coming;
    this.desk.awaits(coming);
    if (!coming && this.hadFocus && document.activeElement === document.body) this.canvas.focus(); // nothing here could keep it meanwhile
  }

  close() {
    this.flush();
    this.current = null;
  }

  buildPanels() {
    const { model, task } = this.current;
    const hands = { decide: this.decide, explain: (id) => this.explain(id), isLocked: (id) => this.canvas.editor.isLocked(id), reveal: () => this.reveal() };
    const panels = createPanels(model, this.link, hands);
    const decisions = createDecisionsPanel(model, this.decide);
    this.current.panels = { ...panels, decisions };
    const versions = createHistory({
      load: async () => (await api.history(task.id)).revisions,
      revision: (number) => api.revision(task.id, number),
      proposed: task.proposed,
      restore: (get) => get().then(({ edit }) => model.replace(edit)).catch((error) => this.desk.say(error.message)),
    });
    const guideline = task.guideline?.trim() ? [createGuideline(rendered(task.guideline))] : [];
    const nameOf = () => t("comment.reviewer"); // annotators are told no names, and nobody else's comments but reviewers'
    const comments = createComments({ task: task.id, revision: () => task.revision, canvas: this.canvas, link: this.link, model: () => this.current?.model ?? null, nameOf, me: this.user, say: (words) => this.desk.say(words) });
    this.current.comments = comments;
    const gold = this.knowsGold ? [createGold({ task: task.id, edit: () => model.edit() })] : [];
    this.desk.side.replaceChildren(decisions.node, ...guideline, ...sectionsOf(task, panels), comments.node, versions, ...gold);
    this.assist.update();
  }

  /** The panel of the description, or of what is written in its place. */
  get texts() { return this.current?.panels.description ?? this.current?.panels.reason; }

  get panels() { return Object.values(this.current?.panels ?? {}); }

  point() { this.panels.forEach((panel) => panel.update("point")); }

  regions(regions) { this.current?.model.setRegions(regions); }

  explain(id) {
    const { model, task } = this.current;
    const region = model.regions().find((one) => one.id === id) ?? { id, box: null, proposed: model.shelved().find((one) => one.id === id) ?? null };
    return explainBox(this.root, task, region, { accepted: model.isAccepted(id), moved: model.changes().boxes.get(id) === "moved" });
  }

  /* Changes and saves */

  changed(what) {
    const { model } = this.current;
    if (what !== "tags") this.canvas.refresh(model.regions(), model.offered());
    keepingFocus(this.desk.side, () => this.panels.forEach((panel) => panel.update(what)), () => this.canvas.focus());
    this.desk.changes(summary(model.changes()));
    this.current.dirty = true;
    clearTimeout(this.current.timer);
    this.current.timer = setTimeout(() => this.flush(), AUTOSAVE_MS);
    if (!/^(waiting|signin|conflict)$/.test(this.saver.state(this.current.task.id)?.kind)) this.desk.state({ kind: "changed" });
  }

  snapshot(status = "draft", reason = "") {
    const { id: sha256, width, height } = this.current.task.image;
    return { edit: this.current.model.edit(), status, reason, image: { sha256, width, height }, seconds: this.watch.seconds() };
  }

  /** Puts what was changed into the queue of saves; resolves once that has been tried. */
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
    if (!this.current || this.coming || this.hasUnsent()) return;
    const lacks = missing(this.current.model);
    if (!lacks) return this.finish("submitted", "");
    this.desk.say(lacks);
    this.texts?.focusBroken();
  }

  /** Whether a comment is still in its field, which is told. */
  hasUnsent() { return this.current?.comments.hasUnsent() ?? false; }

  async skip() {
    if (!this.current || this.coming || this.hasUnsent()) return;
    const reason = await askReason(this.root);
    if (reason) this.finish("skipped", reason);
  }

  finish(status, reason) {
    this.settled();
    const { task } = this.current;
    this.hear.finished(task, this.saver.save(task.id, this.snapshot(status, reason)));
  }

  copyProposal() { this.current?.model.replace(this.current.task.proposed); }

  /** The own boxes are saved first: what was drawn before the proposal was seen stays by itself. */
  async reveal() {
    const { task } = this.current;
    this.current.dirty = true;
    await this.flush();
    if (this.saver.state(task.id)?.kind !== "saved") return; // the save's own state says why
    try {
      const answer = await api.reveal(task.id);
      if (this.current?.task.id === task.id) this.show({ ...answer.task, next: task.next, previous: task.previous });
    } catch (error) {
      this.desk.say(error.message);
    }
  }

  /** Links the words selected in the description to the boxes selected on the picture; else goes there to select some. */
  words() {
    const text = this.texts;
    if (text?.text.words() && this.link.selection().length) text.text.linkWords();
    else this.desk.side.querySelector("textarea, [data-name]")?.focus();
  }

  digit(event) { if (this.current) pressDigit(this.current.model, Number(event.key), this.link.selection()); }

  lock() {
    this.canvas.editor.toggleLock();
    this.current?.panels.boxes?.update("regions");
  }

  download() {
    const file = new Blob([JSON.stringify({ task: this.current.task.id, edit: this.current.model.edit() }, null, 1)], { type: "application/json" });
    const link = el("a", { href: URL.createObjectURL(file), download: `task-${this.current.task.id}-my-version.json` });
    link.click();
    URL.revokeObjectURL(link.href);
  }

  heard(task, state) {
    const open = this.current?.task.id === task;
    if (open && !(state.kind === "saved" && this.current.dirty)) this.desk.state(state);
    this.hear.state(task, state);
    if (open && state.kind === "conflict") this.settle(state);
  }

  /** Both versions of a task that was saved elsewhere, to be made one. */
  async settle({ current, base }) {
    if (this.settling || !current) return;
    this.settling = true;
    const { task, model } = this.current;
    const edit = await mergeVersions(this.root, { base, mine: model.edit(), theirs: current.edit, at: current.saved_at });
    this.settling = false;
    if (!edit || this.current?.model !== model) return;
    model.replace(edit);
    this.settled();
    await this.saver.resolve(task.id, edit, this.snapshot());
  }
}
