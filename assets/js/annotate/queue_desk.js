/* Working through a queue on the page: into it, from task to task, nothing to do, and out of it. Which queue it is outlives a reload of the tab. */

import { t } from "../i18n/messages.js";
import { api } from "./api.js";
import { createWorkQueue } from "./work_queue.js";

const KEPT = "giqa-queue";

export class QueueDesk {
  /** `page`: the Annotate page, with its parts. */
  constructor(page) {
    this.page = page;
    this.queue = createWorkQueue({ ask: api, hear: (told) => this.heard(told) });
  }

  /** {project} of the queue that this tab worked through before it was loaded again, or null. */
  kept() { return JSON.parse(sessionStorage.getItem(KEPT) ?? "null"); }

  nameOf(project) { return this.page.projectNamed(project)?.name ?? null; }

  async enter(project) {
    await this.page.editor.flush();
    this.queue.enter(project);
    sessionStorage.setItem(KEPT, JSON.stringify({ project }));
    this.page.bar.mode(this.nameOf(project));
    await this.next();
  }

  next() {
    const { page, queue } = this;
    return page.arrive(() => queue.next(), (task) => {
      if (!queue.active()) return;
      if (!task) return this.showNothing();
      page.editor.show(task);
      page.editor.canvas.focus(); // the button that led here may be gone, and keys are to work
    });
  }

  showNothing() {
    const { page } = this;
    page.editor.close();
    page.root.classList.remove("giqa-has-task");
    page.bar.empty(this.nameOf(this.queue.project()));
    history.replaceState(history.state, "", location.pathname + location.search);
    page.list.reload();
  }

  leave() {
    const { page } = this;
    page.editor.flush();
    this.queue.leave();
    page.editor.awaits(false); // nothing is on its way any more
    sessionStorage.removeItem(KEPT);
    page.bar.mode(undefined);
    page.showProject();
    page.list.reload();
    if (!page.editor.current && page.list.first() !== null) page.open(page.list.first());
  }

  heard(told) {
    const { bar, desk } = this.page;
    if (told.kind === "held") bar.held(told.until);
    if (told.kind === "left") bar.left(told.left);
    if (told.kind !== "lost") return;
    bar.held(null);
    desk.say(t("queue.lost"));
  }
}
