/* What the status line and assistive technology say of a region, an image and a heat map. Pure. */

import { strongest } from "./heat.js";
import { toPixels } from "./geometry.js";

const KINDS = { drawn: "drawn by you", described: "from the description", answered: "from an answer", compared: "from the second model" };

/** The group of boxes that a machine proposed and people may change. */
export const PROPOSED = "proposed";

/** "120×80 px at 30, 40" of a box in image pixels. */
export function placeOf([x1, y1, x2, y2]) {
  return `${Math.round(x2 - x1)}×${Math.round(y2 - y1)} px at ${Math.round(x1)}, ${Math.round(y1)}`;
}

/** "Box 2 of 3, drawn by you, hair: 120×80 px at 30, 40". */
export function regionText(region, regions, size) {
  const number = regions.findIndex((other) => other.id === region.id) + 1;
  const label = region.label ? `, ${region.label}` : "";
  const origin = region.group === PROPOSED ? "proposed" : KINDS[region.source];
  return `Box ${number} of ${regions.length}, ${origin}${label}: ${placeOf(toPixels(region.box, size))}`;
}

export function selectionText(selected, regions, size) {
  if (!selected.length) return regions.length ? `${count(regions.length, "box", "boxes")}, none selected` : "No boxes yet";
  const chosen = regions.filter((region) => selected.includes(region.id));
  return chosen.length === 1 ? regionText(chosen[0], regions, size) : `${chosen.length} of ${count(regions.length, "box", "boxes")} selected`;
}

export const imageText = (image) => [image.name || "Image", `${image.width}×${image.height} px`, ...image.notes].join(" · ");

/** "Noise: strongest in the upper left (83 %)". */
export function heatText({ fault, rows }) {
  const top = strongest(rows);
  if (!top || top.value === 0) return `${fault}: none found`;
  return `${fault}: strongest in ${top.place} (${Math.round(top.value * 100)} %)`.replace("in the top ", "at the top ").replace("in the bottom ", "at the bottom ");
}

export const count = (number, one, many) => `${number} ${number === 1 ? one : many}`;
