/* Modal dialogs: a heading, a way out, and the focus back where it was. */

import { button, el } from "./dom.js";
import { t } from "./i18n/messages.js";

/** A dialog for `showModal`; its keys stay its own. */
export function createDialog(title, ...children) {
  const close = button({ iconName: "close", title: t("dialog.close"), kind: "quiet" });
  const dialog = el("dialog", { class: "giqa-dialog", "aria-label": title }, el("header", {}, el("h2", {}, title), close), ...children);
  close.addEventListener("click", () => dialog.close());
  dialog.addEventListener("click", (event) => event.target === dialog && dialog.close()); // the backdrop
  dialog.addEventListener("keydown", (event) => event.stopPropagation());
  return dialog;
}
