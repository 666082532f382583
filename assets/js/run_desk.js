/* What the desks of runs share (Build, Bench, Train): runs that are looked at again and again, the one that is open, what is done with it, one line for what went wrong. */

import { createDialog } from "./dialog.js";
import { el, isShown } from "./dom.js";

const LOOK_MS = { running: 1_000, still: 5_000 };

/** A desk has `read()` -> its runs, `show()`, `choose(name)`, `drop(name)` -> the deletion; it may have `seen(before, now)` for the open run at each look, and `dropped()`. */
export class RunDesk {
  constructor(element, className) {
    this.root = el("div", { class: `giqa-tasks giqa-builds ${className}`.trim() });
    element.replaceChildren(this.root);
    this.message = el("p", { class: "giqa-task-message", role: "alert", hidden: true });
    this.runs = [];
    this.open = null; // the name of the open run
  }

  say(words) {
    this.message.textContent = words;
    this.message.hidden = !words;
  }

  current() { return this.runs.find((one) => one.name === this.open); }

  /** One look at all runs. */
  async look() {
    try {
      const before = this.current();
      this.runs = await this.read();
      if (this.lost) { this.lost = false; this.say(""); }
      this.show();
      this.seen?.(before, this.current());
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

  /** Asks before the open run is deleted. `words`: what goes, and what stays. */
  remove(words) {
    const run = this.current();
    const go = el("button", { type: "button", class: "giqa-button giqa-primary" }, "Delete for good");
    const dialog = createDialog(`Delete “${run.title}”?`, el("div", { class: "giqa-dialog-body" }, el("p", {}, words), el("div", { class: "giqa-dialog-actions" }, go)));
    dialog.addEventListener("close", () => dialog.remove());
    go.addEventListener("click", async () => {
      dialog.close();
      await this.act(this.drop(run.name));
      this.dropped?.();
    });
    this.root.append(dialog);
    dialog.showModal();
  }
}
