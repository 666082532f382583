/*
 * The Review page's entrance: what waits, the submission or the versions that are open, verdicts, comments and decisions. Annotators see their own work
 * that somebody has looked at.
 */

import { followed, SIGNED_OUT } from "../annotate/api.js";
import { shown as dialog } from "../annotate/dialogs.js";
import { signInAgain } from "../annotate/login.js";
import { button, el, firstShown, isShown, styled } from "../dom.js";
import { language, preferred, speak, t } from "../i18n/messages.js";
import { chordOf, isTyping } from "../keys.js";
import { openTask } from "../tabs.js";
import { api, newKey, team } from "./api.js";
import { createComments } from "./comments.js";
import { createComparison, createDecisionBar, decisionWords } from "./decide.js";
import { createLists, percent } from "./lists.js";
import { askWhy, createVerdictBar } from "./verdicts.js";
import { createUnsent } from "./unsent.js";
import { createWorkbench, imageOf } from "./workbench.js";

const KEYS = [["accept", ["Y"]], ["reject", ["N"]], ["fix", ["F"]], ["finish", ["Mod+Enter"]], ["comment", ["C"]], ["pin", ["P"]], ["next", ["D", "Mod+ArrowRight"]], ["previous", ["A", "Mod+ArrowLeft"]]];
const BESIDE = [...KEYS, ["picture", ["Escape"]], ["help", ["?"]]]; // keys that mean something of their own on the canvas, or the same
const TYPING = ["Mod+Enter", "Escape"];

const numberOf = (view, row) => (view === "decisions" ? row.task : row.revision);

class ReviewPage {
  constructor(element, who) {
    this.who = who;
    this.root = el("div", { class: "giqa-tasks giqa-review", lang: language() });
    element.replaceChildren(this.root);
    this.open = null; // {view, row, found, version, key}
    this.turn = 0;
    this.unsent = createUnsent(who.me.id, localStorage);
  }

  async start() {
    const actions = { list: () => this.root.classList.toggle("giqa-list-open"), next: () => this.step(1), previous: () => this.step(-1) };
    this.verdicts = createVerdictBar({ ...actions, accept: () => this.judge("accept"), fix: () => this.judge("fix"), reject: () => this.judge("reject") });
    this.decision = createDecisionBar({ ...actions, finalise: (target) => this.finalise(target) });
    this.actions = {
      ...actions, accept: () => this.judge("accept"), fix: () => this.judge("fix"), reject: () => this.judge("reject"), finish: () => this.finish(),
      comment: () => this.coming || this.comments?.focus(), pin: () => this.coming || this.comments?.pin(),
      picture: () => this.open && this.bench.canvas.focus(true), help: () => this.root.querySelector("[data-command=help]")?.click(),
    };
    const commands = KEYS.map(([id, keys]) => ({ id: `review-${id}`, title: t(`review.key.${id}`), group: "task", keys, run: () => { this.actions[id](); } }));
    commands.push({ id: "review-picture", title: t("key.picture"), group: "other", keys: ["Escape"], scope: "beside", run: () => {} });
    this.message = el("div", { class: "giqa-task-message", role: "alert", hidden: true });
    this.bench = await createWorkbench({ root: this.root, channel: "review", commands, onChange: () => this.changed(), say: (words) => this.say(words) });
    this.bench.hear.point = () => this.comments?.update();
    this.above = el("div", { class: "giqa-review-above" });
    this.bars = el("div", {}, this.verdicts.node, this.decision.node);
    this.nothing = el("p", { class: "giqa-first giqa-review-nothing" }, t("review.choose"));
    this.lists = createLists({ views: this.who.may("reviewer") ? ["submissions", "decisions", "mine"] : ["mine"], nameOf: this.who.nameOf, onOpen: (view, row) => this.show(view, row), onError: (words) => this.say(words) });
    if (this.who.may("reviewer")) this.lists.node.append(this.bulk());
    this.root.append(this.lists.node, el("div", { class: "giqa-desk" }, this.message, this.bars, this.above, this.bench.node, this.nothing));
    this.listen();
    this.filled = this.refresh();
    await this.filled;
  }

  bulk() {
    const node = button({ iconName: "check", title: t("bulk.title"), text: t("bulk.title"), kind: "secondary", "data-action": "bulk" });
    node.addEventListener("click", () => this.finaliseMany());
    return node;
  }

  async refresh() {
    const { projects } = await api.projects().catch(() => ({ projects: [] }));
    const people = this.who.may("reviewer") ? await api.people().then((found) => found.people, () => []) : [];
    this.projects = projects;
    this.lists.fill(projects, people);
    await this.lists.use(this.lists.view());
  }

  say(words) {
    this.message.textContent = words;
    this.message.hidden = !words;
  }

  /* What is open */

  async show(view, row) {
    if (view === "mine") return openTask(row.task);
    if (this.comments?.hasUnsent()) return;
    const mine = (this.turn += 1);
    this.say("");
    this.lists.choose(numberOf(view, row)); // so that the next press goes on from there
    this.awaits(true); // a verdict given meanwhile would be of what is being left
    try {
      const found = await api.versions(row.task);
      const consensus = view === "decisions" ? await api.consensus(row.task) : null;
      if (mine !== this.turn) return;
      this.root.classList.add("giqa-has-task");
      this.root.classList.remove("giqa-list-open");
      this.root.dataset.view = view;
      if (view === "decisions") this.showDecision(row, found, consensus);
      else this.showSubmission(row, found);
      if (!this.root.contains(document.activeElement)) this.bench.canvas.focus(); // the field that had the focus is gone
    } catch (error) {
      if (mine !== this.turn) return;
      if (this.open) this.lists.choose(numberOf(this.open.view, this.open.row));
      this.say(error.message);
    } finally {
      if (mine === this.turn) this.awaits(false);
    }
  }

  awaits(coming) {
    this.coming = coming;
    this.root.setAttribute("aria-busy", String(coming));
  }

  showSubmission(row, found) {
    const version = found.versions.find((one) => one.revision === row.revision) ?? found.versions.find((one) => one.user === row.user);
    if (!version) return this.say(t("review.gone"));
    this.open = { view: "submissions", row, found, version, key: newKey() };
    this.above.replaceChildren();
    this.bench.open(found.task, version.edit);
    this.again(`revision ${version.revision}`);
    this.withComments(found.task.id, () => version.revision);
    const past = version.review ? ` · ${t(`verdict.${version.review.verdict}`)}${version.review.reason ? `: ${version.review.reason}` : ""}` : "";
    this.verdicts.tell(el("strong", { dir: "auto" }, this.who.nameOf(version.user)), el("span", { dir: "auto" }, `${t("review.others", { n: found.versions.length - 1, share: percent(found.agreement) })}${past}`));
    this.verdicts.own(version.user === this.who.me.id);
    this.verdicts.changed(this.bench.isChanged());
  }

  showDecision(row, found, consensus) {
    this.open = { view: "decisions", row, found, consensus, key: newKey() };
    const comparison = createComparison(found, consensus, { nameOf: this.who.nameOf, onStart: (edit) => this.bench.open(found.task, edit) });
    this.above.replaceChildren(comparison.node);
    comparison.begin();
    this.again(`task ${row.task}`);
    this.withComments(found.task.id, () => null);
    this.decision.tell(decisionWords(found));
  }

  withComments(task, revision) {
    this.comments = createComments({ task, revision, canvas: this.bench.canvas, link: this.bench.link, model: () => this.bench.model(), nameOf: this.who.nameOf, me: this.who.me.id, say: (words) => this.say(words) });
    this.comments.node.open = true;
    this.bench.extra.replaceChildren(this.comments.node);
  }

  /** What was changed of it before and not sent. */
  again(name) {
    this.open.name = name;
    const kept = this.unsent.kept(name);
    if (!kept) return;
    this.bench.replace(kept);
    this.say(t("review.kept"));
  }

  changed() {
    const changed = this.bench.isChanged();
    if (!this.open?.name) return; // it is being opened
    if (changed) this.unsent.keep(this.open.name, this.bench.edit());
    else this.unsent.drop(this.open.name);
    if (this.open.view === "submissions") this.verdicts.changed(changed);
  }

  step(by) {
    const row = this.lists.neighbour(by);
    if (row) return this.show(this.lists.view(), row);
    return this.say(t(by > 0 ? "desk.last" : "desk.firstOfList"));
  }

  /* Verdicts and decisions */

  finish() {
    if (this.open?.view === "decisions") return this.finalise("benchmark");
    return this.judge(this.bench.isChanged() ? "fix" : "accept");
  }

  async judge(verdict) {
    const { open } = this;
    if (open?.view !== "submissions" || this.busy || this.coming || (verdict === "accept" && this.bench.isChanged()) || (verdict === "fix" && !this.bench.isChanged())) return;
    if (this.comments?.hasUnsent()) return;
    const reason = verdict === "reject" ? await askWhy(this.root) : "";
    if (reason === null) return;
    const fix = verdict === "fix" ? { edit: this.bench.edit(), key: open.key, image: imageOf(open.found.task.image) } : {};
    await this.send(() => api.review(open.found.task.id, { revision: open.version.revision, verdict, reason, ...fix }), () => {
      this.lists.mark(open.version.revision, verdict);
      if (this.open === open && !this.coming) this.step(1); // else they have gone on by themselves
    });
  }

  async finalise(target) {
    const { open } = this;
    if (open?.view !== "decisions" || this.busy || this.coming) return;
    if (this.comments?.hasUnsent()) return;
    const body = { edit: this.bench.edit(), image: imageOf(open.found.task.image), made_from: open.consensus.made_from, target, key: open.key, replaces: open.found.decided?.id ?? null };
    await this.send(() => api.adjudicate(open.found.task.id, body), () => {
      this.lists.mark(open.row.task, "accept");
      if (this.open === open && !this.coming) this.step(1); // else they have gone on by themselves
    });
  }

  /** One at a time; what is refused is told, and the work stays where it is. */
  async send(ask, done) {
    this.busy = true;
    try {
      const { name } = this.open;
      await ask();
      this.unsent.drop(name);
      this.busy = false;
      this.say("");
      done();
    } catch (error) {
      this.busy = false;
      this.say(error.message);
    }
  }

  async finaliseMany() {
    await this.filled; // pressed before the projects are known
    const project = this.lists.filter.project ?? this.projects[0]?.id;
    if (!project) return this.say(t("bulk.project"));
    return dialog(this.root, t("bulk.title"), (content) => this.bulkDialog(content, project)).then(() => this.lists.reload());
  }

  bulkDialog(content, project) {
    const least = el("input", { type: "number", min: "0", max: "100", step: "5", value: "80", "aria-label": t("bulk.least") });
    const target = el("select", { "aria-label": t("bulk.target") }, ...["training", "benchmark"].map((one) => el("option", { value: one }, t(`target.${one}`))));
    const told = el("p", { role: "status" });
    const go = el("button", { type: "button", class: "giqa-button giqa-primary" }, t("bulk.go"));
    const share = () => Math.min(100, Math.max(0, Number(least.value) || 0)) / 100;
    const count = () => api.ready(project, share()).then(({ tasks }) => {
      told.textContent = t("bulk.ready", { n: tasks });
      go.disabled = tasks === 0;
    }, (error) => { told.textContent = error.message; });
    least.addEventListener("change", count);
    go.addEventListener("click", async () => {
      go.disabled = true;
      try {
        const { job } = await api.finalise(project, share(), target.value);
        const { finalised, left } = await followed(job, ({ done, total }) => { told.textContent = t("bulk.doing", { done, total }); });
        told.textContent = t("bulk.done", { n: finalised, left });
      } catch (error) {
        told.textContent = error.message;
      }
    });
    const name = this.projects.find((one) => one.id === project)?.name ?? "";
    content.append(el("p", { dir: "auto" }, t("bulk.intro", { name })), el("label", { class: "giqa-field" }, t("bulk.least"), least), el("label", { class: "giqa-field" }, t("bulk.target"), target), told, el("div", { class: "giqa-dialog-actions" }, go));
    count();
  }

  /** The session has ended: what is open stays, and is sent again by whoever signs in. */
  async signIn() {
    if (this.signing || !isShown(this.root)) return;
    this.signing = true;
    const who = await signInAgain(this.root, this.who.me);
    this.signing = false;
    if (who) this.say(who.id === this.who.me.id ? "" : t("login.other", { name: who.name, before: this.who.me.name }));
  }

  listen() {
    document.addEventListener(SIGNED_OUT, () => this.signIn());
    document.addEventListener("keydown", (event) => {
      const here = this.root.contains(event.target) || (isShown(this.root) && event.target.matches?.("body, [role=tab]")); // nothing here has the focus yet
      if (!here || event.defaultPrevented || event.isComposing || event.target.closest?.("dialog")) return;
      const chord = chordOf(event);
      const found = BESIDE.find(([, keys]) => keys.includes(chord));
      if (!found || (isTyping(event) && !TYPING.includes(chord))) return;
      event.preventDefault();
      this.actions[found[0]]();
    });
  }
}

export async function mount({ element }) {
  const host = el("div", { class: "giqa-tasks" });
  element.replaceChildren(host);
  await firstShown(host);
  await Promise.all(["annotator", "annotate", "review"].map((name) => styled(`/assets/css/${name}.css`)));
  const who = await team();
  await speak(preferred({ account: who.me.language }));
  return new ReviewPage(element, who).start();
}
