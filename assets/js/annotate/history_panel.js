/* Every version of the open task, each of which can be made the newest again. */

import { button, el } from "../dom.js";
import { t } from "../i18n/messages.js";
import { said } from "./changes.js";
import { clock } from "./desk.js";

/** `load()` -> revisions; `restore(get)`, where `get()` -> {edit}. */
export function createHistory({ load, revision, proposed, restore }) {
  const rows = el("ul", { class: "giqa-history" });
  const node = el("details", { class: "giqa-panel", "data-panel": "history" }, el("summary", {}, t("panel.history")), rows);
  const row = (title, text, get) => {
    const back = button({ iconName: "restore", title: t("history.restoreHint"), text: t("history.restore"), kind: "small" });
    back.addEventListener("click", () => restore(get));
    return el("li", {}, el("span", { dir: "auto" }, title, el("small", {}, text)), back);
  };
  node.addEventListener("toggle", async () => {
    if (!node.open) return;
    try {
      const versions = await load();
      const saved = versions.map((one) => row(`${clock(one.saved_at)} · ${t(`history.${one.status}`)}${one.reason ? `: ${one.reason}` : ""}`, said(one.changes), () => revision(one.revision)));
      rows.replaceChildren(...saved, row(t("history.proposal"), t("history.asItCame"), async () => ({ edit: proposed })));
    } catch (error) {
      rows.replaceChildren(el("li", {}, error.message));
    }
  });
  return node;
}
