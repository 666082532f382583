/* From one tab of the page to another. */

import { isShown } from "./dom.js";

export function openTab(title) {
  [...document.querySelectorAll('button[role="tab"]')].find((tab) => tab.textContent.trim() === title && isShown(tab))?.click();
}

/** Opens the annotator on that task. */
export function openTask(task) {
  history.replaceState(history.state, "", `#task=${task}`);
  openTab("Annotate");
  document.dispatchEvent(new CustomEvent("giqa:open-task", { detail: { task } }));
}
