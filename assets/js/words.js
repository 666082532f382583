/* What the status line and assistive technology say of a region, an image and a heat map. Pure. */

import { toPixels } from "./geometry.js";
import { strongest } from "./heat.js";
import { english } from "./i18n/messages.js";

/** The group of boxes that a machine proposed and people may change. */
export const PROPOSED = "proposed";

/** "120×80 px at 30, 40" of a box in image pixels. */
export function placeOf([x1, y1, x2, y2], t = english) {
  return t("canvas.place", { width: Math.round(x2 - x1), height: Math.round(y2 - y1), x: Math.round(x1), y: Math.round(y1) });
}

/** "Box 2 of 3, drawn by you, hair: 120×80 px at 30, 40". */
export function regionText(region, regions, size, t = english) {
  const number = regions.findIndex((other) => other.id === region.id) + 1;
  const label = region.label ? `, ${region.label}` : "";
  const origin = t(`origin.${region.group === PROPOSED ? PROPOSED : region.source}`);
  return t("canvas.region", { number, all: regions.length, origin, label, place: placeOf(toPixels(region.box, size), t) });
}

export function selectionText(selected, regions, size, t = english) {
  if (!selected.length) return regions.length ? t("canvas.noneSelected", { n: regions.length }) : t("canvas.noBoxes");
  const chosen = regions.filter((region) => selected.includes(region.id));
  return chosen.length === 1 ? regionText(chosen[0], regions, size, t) : t("canvas.someSelected", { some: chosen.length, n: regions.length });
}

export const imageText = (image, t = english) => [image.name || t("canvas.image"), `${image.width}×${image.height} px`, ...image.notes].join(" · ");

/** "Noise: strongest in the upper left (83 %)". */
export function heatText({ fault, rows }) {
  const top = strongest(rows);
  if (!top || top.value === 0) return `${fault}: none found`;
  return `${fault}: strongest in ${top.place} (${Math.round(top.value * 100)} %)`.replace("in the top ", "at the top ").replace("in the bottom ", "at the bottom ");
}

export const count = (number, one, many) => `${number} ${number === 1 ? one : many}`;
