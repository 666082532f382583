/*
 * Points, boxes and the view. A box is [x1, y1, x2, y2]: in fractions of the image where it is stored, in whole image pixels where it is
 * edited (`pixels`). A view maps image pixels to stage pixels: stage = image * scale + (x, y). A size is {width, height}. Everything is pure.
 */

export const HANDLES = ["nw", "n", "ne", "e", "se", "s", "sw", "w"];
export const MAX_SCALE = 40;
const STAYS_VISIBLE = 48; // stage pixels of the image that panning leaves in sight

const clamp = (value, low, high) => Math.min(Math.max(value, low), high);

export const toPixels = ([x1, y1, x2, y2], { width, height }) => [x1 * width, y1 * height, x2 * width, y2 * height];

export const toFractions = ([x1, y1, x2, y2], { width, height }) => [x1 / width, y1 / height, x2 / width, y2 / height];

export const toImage = (view, { x, y }) => ({ x: (x - view.x) / view.scale, y: (y - view.y) / view.scale });

export const toStage = (view, { x, y }) => ({ x: x * view.scale + view.x, y: y * view.scale + view.y });

/** The view that shows the whole image in the middle of the stage, never magnified more than `most` times. */
export function fitView(image, stage, most = 4) {
  const scale = Math.min(stage.width / image.width, stage.height / image.height, most);
  return { scale, x: (stage.width - image.width * scale) / 2, y: (stage.height - image.height * scale) / 2 };
}

/** `factor` times closer; what lies under `point` (stage pixels) stays there. */
export function zoomAt(view, factor, point, smallest, largest = MAX_SCALE) {
  const scale = clamp(view.scale * factor, smallest, largest);
  const ratio = scale / view.scale;
  return { scale, x: point.x - (point.x - view.x) * ratio, y: point.y - (point.y - view.y) * ratio };
}

/** Moved by stage pixels, with a part of the image always left in sight. */
export function panBy(view, dx, dy, image, stage) {
  const keep = (position, length, room) => {
    const margin = Math.min(STAYS_VISIBLE, length * view.scale, room);
    return clamp(position, margin - length * view.scale, room - margin);
  };
  return { scale: view.scale, x: keep(view.x + dx, image.width, stage.width), y: keep(view.y + dy, image.height, stage.height) };
}

/** The view of a two-finger gesture: the image point that lay between the fingers follows them. */
export function pinch(view, before, after, smallest) {
  const middle = ([a, b]) => ({ x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 });
  const distance = ([a, b]) => Math.max(Math.hypot(a.x - b.x, a.y - b.y), 1);
  const zoomed = zoomAt(view, distance(after) / distance(before), middle(before), smallest);
  const [from, to] = [middle(before), middle(after)];
  return { ...zoomed, x: zoomed.x + to.x - from.x, y: zoomed.y + to.y - from.y };
}

/** The view moved, and zoomed out only if it must be, until the box lies in the stage; the same object where it does already. */
export function showBox(view, pixels, stage, margin = 24) {
  const from = toStage(view, { x: pixels[0], y: pixels[1] });
  const to = toStage(view, { x: pixels[2], y: pixels[3] });
  const inside = from.x >= 0 && from.y >= 0 && to.x <= stage.width && to.y <= stage.height;
  if (inside) return view;
  const room = { width: Math.max(stage.width - 2 * margin, 1), height: Math.max(stage.height - 2 * margin, 1) };
  const scale = Math.min(view.scale, room.width / (pixels[2] - pixels[0]), room.height / (pixels[3] - pixels[1]));
  const centre = { x: (pixels[0] + pixels[2]) / 2, y: (pixels[1] + pixels[3]) / 2 };
  return { scale, x: stage.width / 2 - centre.x * scale, y: stage.height / 2 - centre.y * scale };
}

const span = (a, b, limit) => {
  const low = clamp(Math.round(Math.min(a, b)), 0, limit - 1);
  return [low, clamp(Math.round(Math.max(a, b)), low + 1, limit)];
};

/** The box between two image points, in whole pixels, inside the image and at least one pixel wide and high. */
export function boxBetween(a, b, size) {
  const [x1, x2] = span(a.x, b.x, size.width);
  const [y1, y2] = span(a.y, b.y, size.height);
  return [x1, y1, x2, y2];
}

/** The box moved by whole pixels, its size kept, stopped by the image's edge. */
export function moveBox([x1, y1, x2, y2], dx, dy, size) {
  const left = clamp(Math.round(x1 + dx), 0, size.width - (x2 - x1));
  const top = clamp(Math.round(y1 + dy), 0, size.height - (y2 - y1));
  return [left, top, left + (x2 - x1), top + (y2 - y1)];
}

/** The box with the handle's edges brought to an image point: whole pixels, inside the image, never smaller than one pixel. */
export function resizeBox([x1, y1, x2, y2], handle, point, size) {
  const x = Math.round(point.x);
  const y = Math.round(point.y);
  return [
    handle.includes("w") ? clamp(x, 0, Math.max(x2 - 1, 0)) : x1,
    handle.includes("n") ? clamp(y, 0, Math.max(y2 - 1, 0)) : y1,
    handle.includes("e") ? clamp(x, Math.min(x1 + 1, size.width), size.width) : x2,
    handle.includes("s") ? clamp(y, Math.min(y1 + 1, size.height), size.height) : y2,
  ];
}

/** Where a handle sits on a box, in the box's own units. */
export function handlePoint([x1, y1, x2, y2], handle) {
  const x = handle.includes("w") ? x1 : handle.includes("e") ? x2 : (x1 + x2) / 2;
  const y = handle.includes("n") ? y1 : handle.includes("s") ? y2 : (y1 + y2) / 2;
  return { x, y };
}

/** The handle nearest to a point within `reach` (the box's units), corners before edges, or null. */
export function handleAt(box, point, reach) {
  let best = null;
  for (const handle of ["nw", "ne", "se", "sw", "n", "e", "s", "w"]) {
    const at = handlePoint(box, handle);
    const distance = Math.max(Math.abs(at.x - point.x), Math.abs(at.y - point.y));
    if (distance <= reach && (best === null || distance < best.distance)) best = { handle, distance };
  }
  return best && best.handle;
}

/** The smallest region under an image point, so that a box within a box can be reached; or null. `reach`: image pixels beyond its edge. */
export function regionAt(regions, point, size, reach = 0) {
  let best = null;
  for (const region of regions) {
    const [x1, y1, x2, y2] = toPixels(region.box, size);
    const inside = point.x >= x1 - reach && point.x <= x2 + reach && point.y >= y1 - reach && point.y <= y2 + reach;
    const area = (x2 - x1) * (y2 - y1);
    if (inside && (best === null || area <= best.area)) best = { region, area };
  }
  return best && best.region;
}

/** Where the UTF-16 units of each code point begin, and the text's length last: Python counts code points, JavaScript units. */
export function codePointStarts(text) {
  const starts = [];
  let unit = 0;
  for (const point of text) {
    starts.push(unit);
    unit += point.length;
  }
  return [...starts, unit];
}

/** A code-point offset as a UTF-16 one, kept within the text. */
export const toUtf16 = (starts, offset) => starts[clamp(offset, 0, starts.length - 1)];

/** A UTF-16 offset as a code-point one; within a surrogate pair, that of its character. */
export function toCodePoint(starts, unit) {
  const after = starts.findIndex((start) => start > unit);
  return after === -1 ? starts.length - 1 : Math.max(after - 1, 0);
}
