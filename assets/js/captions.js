/* What is written around the picture: the status line, the legend of the boxes, the image's name, and the heat map's legend. */

import { el } from "./dom.js";
import { gradient } from "./heat.js";
import { heatText, imageText, selectionText } from "./words.js";

const SOURCES = ["drawn", "described", "answered", "compared"];

/** {node, update, say}: `say(text)` writes into the status line until the next update, without telling assistive technology. */
export function createFooter(editor) {
  const status = el("span", { class: "giqa-status" });
  const spoken = el("span", { class: "giqa-spoken", "aria-live": "polite" });
  const legend = el("span", { class: "giqa-legend" });
  const name = el("span", { class: "giqa-name" });
  const node = el("div", { class: "giqa-footer" }, status, legend, name, spoken);
  const update = () => {
    const { image, regions, selected } = editor;
    status.textContent = image ? selectionText(selected, regions, editor.size, editor.t) : "";
    if (spoken.textContent !== status.textContent) spoken.textContent = status.textContent; // said once
    name.textContent = image ? imageText(image, editor.t) : "";
    name.title = name.textContent;
    const counts = SOURCES.map((source) => [source, regions.filter((region) => region.source === source).length]);
    legend.replaceChildren(...counts.filter(([, number]) => number).map(([source, number]) => el("span", { "data-source": source }, `${number} ${source}`)));
  };
  return { node, update, say: (text) => { status.textContent = text; } };
}

export function createHeatLegend(editor) {
  const words = el("span", {});
  const ramp = el("span", { class: "giqa-ramp", "aria-hidden": "true" });
  ramp.style.backgroundImage = gradient();
  const node = el("div", { class: "giqa-heat-legend", role: "status", hidden: true }, words, el("small", {}, "none"), ramp, el("small", {}, "strong"));
  const update = () => {
    const { heat, image } = editor.value;
    node.hidden = !heat || !image;
    words.textContent = node.hidden ? "" : heatText(heat);
  };
  return { node, update };
}
