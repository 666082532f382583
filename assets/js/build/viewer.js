/* One record: its picture with boxes, beside its grounded text; each shows what the other speaks of. */

import { mount as mountCanvas } from "../annotator.js";
import { button, el } from "../dom.js";
import { mount as mountText } from "../grounded_text_view.js";
import { held } from "../held.js";

const CHANNEL = "build";

/** `onWay(row)`, `onAnnotate(row)`. Resolves to {node, show(row)}. */
export async function createViewer({ onWay, onAnnotate }) {
  const [canvas, text] = [el("div", { class: "giqa-record-canvas" }), el("div", { class: "giqa-record-text" })];
  const way = button({ iconName: "history", title: "Its way through the stages", text: "Its way", kind: "secondary" });
  const annotate = button({ iconName: "forward", title: "Open in the annotator", text: "Open in the annotator", kind: "secondary" });
  const name = el("span", { class: "giqa-record-name" });
  const node = el("div", { class: "giqa-record", hidden: true }, el("header", {}, name, el("div", { class: "giqa-build-actions" }, way, annotate)), el("div", { class: "giqa-record-parts" }, canvas, text));
  const [pictured, said] = [held(CHANNEL, null, { intake: false }), held(CHANNEL, { blocks: [] })];
  await mountCanvas({ element: canvas, ...pictured.parts });
  await mountText({ element: text, ...said.parts });
  let row = null;
  let revision = 0;
  way.addEventListener("click", () => onWay(row));
  annotate.addEventListener("click", () => onAnnotate(row));
  return {
    node,
    show(next) {
      row = next;
      revision += 2;
      node.hidden = false;
      name.textContent = `${next.image.name} · ${next.id.slice(0, 8)}`;
      pictured.give(null);
      const regions = next.regions.map(({ id, box, label }) => ({ id, box, label, source: "described", group: "" }));
      pictured.give({ image: { ...next.image, notes: [] }, regions, selected: [], heat: null, readonly: true, revision });
      said.give({ blocks: next.blocks });
    },
    hide() { node.hidden = true; },
  };
}
