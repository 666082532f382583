/*
 * What can be done to a list of regions {id, box, label, source, group}: each function returns a new list and leaves the others' objects as they
 * were, so that "same object" means "nothing to draw again". Only drawn regions change; the machine's stay. Everything is pure.
 */

import { moveBox, resizeBox, toFractions, toPixels } from "./geometry.js";

export const LABEL_LIMIT = 200;

export const isDrawn = (region) => region.source === "drawn";

export const drawnOf = (regions) => regions.filter(isDrawn);

/** The list with its drawn regions replaced; the machine's come first. */
export const withDrawn = (regions, drawn) => [...regions.filter((region) => !isDrawn(region)), ...drawn];

/** The drawn regions among `ids` changed by `change(region)`; the same list where nothing changed. */
function changeDrawn(regions, ids, change) {
  const wanted = new Set(ids);
  let changed = false;
  const next = regions.map((region) => {
    if (!isDrawn(region) || !wanted.has(region.id)) return region;
    const other = change(region);
    changed ||= other !== region;
    return other;
  });
  return changed ? next : regions;
}

const sameBox = (a, b) => a.every((value, index) => value === b[index]);

const withBox = (region, box) => (sameBox(region.box, box) ? region : { ...region, box });

export const add = (regions, id, pixels, size) => [...regions, { id, box: toFractions(pixels, size), label: "", source: "drawn", group: "" }];

export const setBox = (regions, id, pixels, size) => changeDrawn(regions, [id], (region) => withBox(region, toFractions(pixels, size)));

/** As much of a move (pixels) as keeps every box inside the image, so that boxes moved together keep their places among each other. */
export function allowedMove(boxes, dx, dy, size) {
  const [left, top] = [0, 1].map((side) => Math.min(...boxes.map((box) => box[side])));
  const [right, bottom] = [2, 3].map((side) => Math.max(...boxes.map((box) => box[side])));
  return { dx: Math.min(Math.max(dx, -left), size.width - right), dy: Math.min(Math.max(dy, -top), size.height - bottom) };
}

/** Moved together by pixels, as far as `allowedMove` lets them. */
export function move(regions, ids, dx, dy, size) {
  const boxes = regions.filter((region) => isDrawn(region) && ids.includes(region.id)).map((region) => toPixels(region.box, size));
  if (!boxes.length) return regions;
  const allowed = allowedMove(boxes, dx, dy, size);
  return changeDrawn(regions, ids, (region) => withBox(region, toFractions(moveBox(toPixels(region.box, size), allowed.dx, allowed.dy, size), size)));
}

/** The right and lower edges moved by pixels. */
export const grow = (regions, ids, dx, dy, size) =>
  changeDrawn(regions, ids, (region) => {
    const box = toPixels(region.box, size);
    return withBox(region, toFractions(resizeBox(box, `${dy ? "s" : ""}${dx ? "e" : ""}`, { x: box[2] + dx, y: box[3] + dy }, size), size));
  });

export const remove = (regions, ids) => {
  const kept = regions.filter((region) => !(isDrawn(region) && ids.includes(region.id)));
  return kept.length === regions.length ? regions : kept;
};

/** Copies as drawn regions, of the machine's too, a little lower and to the right; `newId()` names each. Returns the list and the copies' ids. */
export function duplicate(regions, ids, size, newId) {
  const step = Math.max(Math.round(Math.min(size.width, size.height) * 0.02), 1);
  const copies = regions
    .filter((region) => ids.includes(region.id))
    .map((region) => ({ ...region, id: newId(), source: "drawn", box: toFractions(moveBox(toPixels(region.box, size), step, step, size), size) }));
  return { regions: [...regions, ...copies], ids: copies.map((copy) => copy.id) };
}

export const relabel = (regions, ids, label) =>
  changeDrawn(regions, ids, (region) => (region.label === label ? region : { ...region, label: label.slice(0, LABEL_LIMIT) }));

/** The id after (`step` 1) or before (-1) the current one; null past either end, so that Tab can leave the canvas. */
export function neighbour(regions, id, step) {
  const index = regions.findIndex((region) => region.id === id);
  const next = index === -1 ? (step > 0 ? 0 : regions.length - 1) : index + step;
  return regions[next]?.id ?? null;
}
