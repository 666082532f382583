/*
 * The Annotate page's entrance: the list of tasks, the queue, and the editor of the open task between them. `#task=12` in the address is the open task.
 */

import { el, isShown, styled } from "../dom.js";
import { keep, language, preferred, speak, t } from "../i18n/messages.js";
import { api, followed } from "./api.js";
import { createAhead } from "./ahead.js";
import { createAssist } from "./assist.js";
import { createBeside } from "./beside.js";
import { createCanvas } from "./canvas.js";
import { createDecisions } from "./decisions.js";
import { createDesk, createFirstScreen } from "./desk.js";
import { createLanguages, createTools } from "./list_tools.js";
import { signInAgain } from "./login.js";
import { showMyWork } from "./my_work.js";
import { livePage, showInAddress, taskInAddress } from "./page_life.js";
import { editProject } from "./project_settings.js";
import { createQueueBar } from "./queue_bar.js";
import { QueueDesk } from "./queue_desk.js";
import { createSelection } from "./selection.js";
import { TaskEditor } from "./task_editor.js";
import { canvasCommands, followKeys } from "./task_keys.js";
import { createTaskList } from "./task_list.js";
import { bringIn, takeOut } from "./transfer.js";

const CHANNEL = "annotate";

class AnnotatePage {
  constructor(element, me) {
    this.element = element;
    this.me = me;
    this.ahead = createAhead(api.task);
    this.turn = 0;
    this.work = new QueueDesk(this);
    this.queue = this.work.queue;
  }

  async start() {
    this.root = el("div", { class: "giqa-tasks", lang: language() });
    this.element.replaceChildren(this.root);
    const actions = this.actions();
    const link = createSelection(CHANNEL, this.root, () => this.editor?.point());
    const canvas = await createCanvas({
      channel: CHANNEL, commands: canvasCommands(actions),
      onRegions: (regions) => this.editor?.regions(regions),
      onMissing: () => this.desk.say(t("desk.picture")),
      onView: (view) => this.beside.follow(view),
    });
    this.beside = createBeside();
    this.desk = createDesk(el("div", { class: "giqa-images" }, el("div", { class: "giqa-own-image" }, this.beside.caption, canvas.node), this.beside.node), actions);
    await this.build(canvas, link);
    followKeys(this.root, actions);
    const before = this.turn;
    await this.editor.startSaving(this.me.id);
    livePage(this);
    await this.refresh();
    if (this.turn === before) await this.openFirst(); // else somebody was faster
  }

  may(role) { return ["annotator", "reviewer", "admin"].indexOf(this.me.role) >= ["annotator", "reviewer", "admin"].indexOf(role); }

  async build(canvas, link) {
    link.regionAt = canvas.regionAt;
    const open = () => this.editor?.current ?? null;
    const models = await api.models().then((answer) => answer.models.map(({ name }) => name), () => []);
    this.decide = createDecisions(open, link, () => canvas.editor.touch());
    canvas.editor.alsoUndo(this.decide);
    this.assist = createAssist({ host: this.root, open, selected: link.selection, before: () => this.editor.left, models });
    this.desk.under.append(this.assist.node);
    canvas.node.addEventListener("dragover", (event) => link.carried && event.preventDefault());
    canvas.node.addEventListener("drop", (event) => {
      const region = link.carried && canvas.regionAt(event.clientX, event.clientY);
      if (link.carried) event.preventDefault();
      if (region) link.carried([region]);
    });
    const parts = { root: this.root, desk: this.desk, canvas, link, assist: this.assist, beside: this.beside, decide: this.decide, knowsGold: this.may("admin") };
    this.editor = new TaskEditor(parts, { opened: (task) => this.opened(task), state: (task, state) => this.saved(task, state), finished: (task, tried) => this.finished(task, tried) });
    this.list = createTaskList({ onOpen: (id) => this.openFromList(id), onError: (message) => this.desk.say(message), onProject: () => this.showProject() });
    this.bar = createQueueBar(this.actionsOfBar(), { admin: this.may("admin") });
    const first = createFirstScreen(this.may("admin") ? { sample: (tell) => this.openSample(tell), add: () => this.bring() } : {});
    this.desk.node.prepend(this.bar.strip);
    this.desk.node.append(this.bar.nothing, first);
    this.list.node.prepend(createTools({ add: this.may("admin") ? () => this.bring() : null, take: this.may("reviewer") ? () => this.export() : null }), this.bar.node);
    this.list.node.append(createLanguages((code) => this.changeLanguage(code)));
    this.root.append(this.list.node, this.desk.node);
  }

  /** The page is built again in that language, with the task that is open. */
  async changeLanguage(code) {
    keep(code);
    if (this.me.auth && this.me.auth !== "none") api.setLanguage(code).catch(() => {}); // the browser keeps it, whatever the account does
    await this.editor.flush();
    this.root.remove();
    await speak(code);
    await this.start();
  }

  /** What buttons and keys do. */
  actions() {
    const editor = (name) => (event) => this.editor[name](event);
    const names = ["skip", "submit", "download", "words", "digit", "lock"];
    return {
      ...Object.fromEntries(names.map((name) => [name, editor(name)])),
      list: () => this.root.classList.toggle("giqa-list-open"), hide: () => this.root.classList.toggle("giqa-boxes-hidden"),
      previous: () => this.step("previous"), next: () => this.step("next"), copy: () => this.editor.copyProposal(), save: () => this.editor.flush(),
      decide: () => this.editor.settle(this.editor.saver.state(this.editor.current.task.id)),
      accept: () => this.decide.accept(), reject: () => this.decide.reject(), undecided: () => this.decide.undecided(),
      picture: () => this.editor.current && this.editor.canvas.focus(true),
      snap: () => this.assist.snap(), ask: () => this.assist.ask(), help: () => this.root.querySelector("[data-command=help]")?.click(),
    };
  }

  /* Tasks of the list */

  async refresh(project = null) {
    try {
      this.found = await this.list.projects();
      if (project) this.list.select(project, this.found);
      this.root.classList.toggle("giqa-no-tasks", this.may("admin") && !this.found.projects.some((one) => one.counts.all > 0));
      this.showProject();
      await this.list.reload();
    } catch (error) {
      this.desk.say(error.message);
    }
  }

  projectNamed(id) { return this.found?.projects.find((one) => one.id === id) ?? null; }

  /** How much the chosen project has for the person. */
  async showProject() {
    const id = this.list.filter.project;
    this.bar.project(this.projectNamed(id)?.name ?? null, null);
    if (id === null) return;
    const { left } = await api.project(id).catch(() => ({ left: null }));
    if (this.list.filter.project === id) this.bar.project(this.projectNamed(id)?.name ?? null, left);
  }

  async openFirst() {
    const queue = this.work.kept();
    if (queue) await this.work.enter(queue.project);
    const id = taskInAddress() ?? (queue ? null : this.list.first());
    if (id !== null && !this.editor.current) await this.open(id);
  }

  async openSample(tell) {
    tell(t("desk.sampleReady"));
    const { job } = await api.sample();
    const { project } = await followed(job, ({ done, total }) => total && tell(t("desk.sampleLooking", { done, total })));
    await this.refresh(project);
    await this.openFirst();
  }

  openFromList(id) {
    if (this.editor.hasUnsent()) return showInAddress(this.editor.current.task.id, false);
    if (this.queue.active() && !this.queue.holds(id)) this.work.leave();
    return this.open(id);
  }

  open(id) {
    this.editor.flush();
    return this.arrive(() => this.ahead.take(id, this.list.filter), (task) => this.editor.show(task));
  }

  /** What `ask` resolves to is shown, or why it is not; neither where something else was asked for meanwhile. */
  async arrive(ask, show) {
    const mine = (this.turn += 1);
    this.editor.awaits(true);
    try {
      const found = await ask();
      if (mine === this.turn) show(found);
    } catch (error) {
      if (mine !== this.turn) return;
      this.desk.say(error.message);
      if (this.editor.current) showInAddress(this.editor.current.task.id, false); // it is still the one that is open
    } finally {
      if (mine === this.turn) this.editor.awaits(false);
    }
  }

  async openAgain() {
    const { current } = this.editor;
    if (current) Object.assign(current, { dirty: false });
    await this.refresh();
    if (current) await this.open(current.task.id);
  }

  opened(task) {
    this.root.classList.add("giqa-has-task");
    this.root.classList.remove("giqa-list-open");
    this.bar.full();
    this.list.choose(task.id);
    for (const direction of ["previous", "next"]) this.desk.disable(direction, !task[direction]);
    showInAddress(task.id);
    if (!this.queue.active()) this.ahead.fetch(task.next, this.list.filter);
  }

  step(direction) {
    const id = this.editor.current?.task[direction] ?? null;
    if (id !== null) return this.openFromList(id);
    return this.desk.say(t(direction === "next" ? "desk.last" : "desk.firstOfList"));
  }

  /** Submitted or skipped: on to the next of the list. */
  finished(task, tried) {
    if (this.queue.active()) this.untilTaken(task, tried);
    else if (task.next) this.open(task.next);
    else this.desk.say(t("desk.wasLast"));
  }

  /** In a queue the next one is asked for once the studio has this one. */
  async untilTaken(task, tried) {
    this.editor.awaits(true);
    await tried;
    const isTaken = this.editor.saver.state(task.id)?.kind === "saved";
    if (!isTaken && this.editor.current?.task === task) this.editor.awaits(false); // it stays open for now
  }

  saved(task, state) {
    if (state.kind === "saved") this.list.mark(task, state.status);
    this.ahead.forget(task);
    if (state.kind === "signin") this.signIn();
    this.showWaiting();
    const over = state.kind === "saved" && (state.status === "submitted" || state.status === "skipped");
    if (!over) return;
    this.queue.done(task);
    if (this.queue.active() && this.editor.current?.task.id === task) this.work.next();
  }

  showWaiting() {
    const [n, why] = [this.editor.saver.count(), this.editor.saver.waits()];
    if (!navigator.onLine) this.desk.warn(n ? t("net.offlineKept", { n }) : t("net.offline"));
    else this.desk.warn(n && why ? t("net.kept", { n, why }) : "");
  }

  actionsOfBar() {
    return {
      enter: () => this.work.enter(this.list.filter.project), leave: () => this.work.leave(), again: () => this.work.next(),
      mine: async () => {
        const id = await showMyWork(this.root);
        if (id !== null) this.openFromList(id);
      },
      settings: () => this.editProject(this.projectNamed(this.list.filter.project)), create: () => this.editProject(null),
    };
  }

  async editProject(project) {
    const made = await editProject(this.root, project);
    if (made) await this.refresh(made.name);
  }

  /* Bringing in, taking out, signing in */

  async bring(first = []) {
    const project = await bringIn(this.root, { folders: this.found?.folders ?? false, first });
    await this.refresh(project);
    const id = project ? this.list.first() : null;
    if (id !== null) await this.open(id);
  }

  async export() {
    await this.editor.flush();
    const found = await this.list.projects().catch(() => this.found);
    await takeOut(this.root, { projects: found?.projects ?? [], project: this.list.filter.project });
  }

  /** The session has ended: the canvas stays, and what waits is sent once somebody has signed in. */
  async signIn() {
    if (this.signing || !isShown(this.root)) return;
    this.signing = true;
    const who = await signInAgain(this.root, this.me);
    this.signing = false;
    if (!who) return;
    const before = this.me;
    this.me = { ...before, ...who };
    this.editor.saver.as(this.me.id);
    this.editor.saver.retry();
    if (before.id === this.me.id) return;
    await this.openAgain(); // another person has versions of their own
    this.desk.say(t("login.other", { name: this.me.name, before: before.name }));
  }
}

export async function mount({ element }) {
  await Promise.all(["annotator", "annotate"].map((name) => styled(`/assets/css/${name}.css`)));
  try {
    const me = await api.me();
    await speak(preferred({ account: me.language }));
    await new AnnotatePage(element, me).start();
  } catch (error) {
    element.replaceChildren(el("p", { role: "alert" }, error.message));
  }
}
