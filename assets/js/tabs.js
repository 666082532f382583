/* From one tab of the page to another. */

import { isShown } from "./dom.js";

/** Narrow pages keep their further tabs in a menu, which is filled when it is opened. */
export function openTab(title) {
  const press = (buttons) => [...document.querySelectorAll(buttons)].find((tab) => tab.textContent.trim() === title && isShown(tab))?.click();
  if ([...document.querySelectorAll('button[role="tab"]')].some((tab) => tab.textContent.trim() === title && isShown(tab))) return press('button[role="tab"]');
  document.querySelector('button[aria-label="More tabs"]')?.click();
  return setTimeout(() => press(".overflow-dropdown button"), 100);
}

/** Opens the annotator on that task. */
export function openTask(task) {
  history.replaceState(history.state, "", `#task=${task}`);
  openTab("Annotate");
  document.dispatchEvent(new CustomEvent("giqa:open-task", { detail: { task } }));
}
