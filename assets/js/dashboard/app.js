/* The Team page's entrance: how a project goes. Annotators see the project's progress and their own figures. */

import { el, firstShown, isShown, styled } from "../dom.js";
import { language, preferred, speak, t } from "../i18n/messages.js";
import { api, team } from "../review/api.js";
import { agreementSection, anchoringTable, auditList, laterSection, peopleSection, progressSection } from "./sections.js";

const LOOK_MS = 60_000;
const KEPT = "giqa-team";

class TeamPage {
  constructor(element, who) {
    this.who = who;
    this.root = el("div", { class: "giqa-tasks giqa-team", lang: language() });
    element.replaceChildren(this.root);
    this.turn = 0;
  }

  async start() {
    this.project = el("select", { "aria-label": t("list.project") });
    this.message = el("p", { class: "giqa-task-message", role: "alert", hidden: true });
    this.body = el("div", { class: "giqa-team-body" });
    const again = el("button", { type: "button", class: "giqa-button giqa-secondary" }, t("team.refresh"));
    again.addEventListener("click", () => this.show());
    this.project.addEventListener("change", () => {
      sessionStorage.setItem(KEPT, this.project.value);
      this.show();
    });
    this.root.append(el("div", { class: "giqa-team-bar" }, this.project, again), this.message, this.body);
    await this.fill();
    this.follow();
  }

  async fill() {
    try {
      const { projects } = await api.projects();
      const kept = sessionStorage.getItem(KEPT);
      this.project.replaceChildren(...projects.map((one) => el("option", { value: one.id, selected: String(one.id) === kept }, one.name)));
      if (!projects.length) return this.body.replaceChildren(el("p", { class: "giqa-quiet-note" }, t("team.noProjects")));
      await this.show();
    } catch (error) {
      this.say(error.message);
    }
  }

  say(words) {
    this.message.textContent = words;
    this.message.hidden = !words;
  }

  /** The counts at once, what has to be worked out behind them. */
  async show() {
    const [mine, project] = [(this.turn += 1), Number(this.project.value)];
    if (!project) return this.fill();
    try {
      const counts = await api.dashboard(project);
      if (mine !== this.turn) return;
      this.say("");
      this.body.setAttribute("aria-busy", "true");
      if (this.shown !== project) this.build(counts, null, project);
      const quality = await api.agreement(project);
      if (mine === this.turn) this.build(counts, quality, project);
    } catch (error) {
      if (mine === this.turn) this.say(error.message);
    }
    this.body.removeAttribute("aria-busy");
  }

  build(counts, quality, project) {
    const opened = this.later && this.shown === project ? this.later : this.laterParts(project);
    this.shown = project;
    this.later = opened;
    const { nameOf } = this.who;
    const agreed = quality ? agreementSection(quality) : el("p", { class: "giqa-quiet-note", role: "status" }, t("team.working"));
    this.body.replaceChildren(progressSection(counts), peopleSection(counts, quality, nameOf), agreed, ...opened);
  }

  laterParts(project) {
    const parts = [];
    if (this.who.may("reviewer")) parts.push(laterSection(t("anchoring.title"), async () => anchoringTable(await api.anchoring(project))));
    if (this.who.may("admin")) parts.push(laterSection(t("audit.title"), async () => auditList(await api.audit(null), api.audit, this.who.nameOf)));
    return parts;
  }

  async follow() {
    while (this.root.isConnected) {
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
      if (isShown(this.root) && !document.hidden) await this.show();
    }
  }
}

export async function mount({ element }) {
  const host = el("div", { class: "giqa-tasks" });
  element.replaceChildren(host);
  await firstShown(host);
  await Promise.all(["annotator", "annotate", "dashboard"].map((name) => styled(`/assets/css/${name}.css`)));
  const who = await team();
  await speak(preferred({ account: who.me.language }));
  return new TeamPage(element, who).start();
}
