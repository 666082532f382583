/*
 * How several pictures are looked at together: one view for all, in fractions, so that pictures of other sizes follow. `scale` 1 shows the whole picture,
 * `x` and `y` are the place in the middle. Everything is pure.
 */

export const WHOLE = { scale: 1, x: 0.5, y: 0.5 };

const MOST = 40;

const within = (value, low, high) => Math.min(Math.max(value, low), high);

/** The view with its scale and place within bounds: no empty space beside the picture once it fills its frame. */
export function bounded({ scale, x, y }) {
  const wide = within(scale, 1, MOST);
  const margin = 0.5 / wide;
  return { scale: wide, x: within(x, margin, 1 - margin), y: within(y, margin, 1 - margin) };
}

/** Nearer by a factor; `at`, in fractions of the picture, stays where it is. */
export function zoomed(view, factor, at = { x: view.x, y: view.y }) {
  const scale = within(view.scale * factor, 1, MOST);
  const share = view.scale / scale;
  return bounded({ scale, x: at.x + (view.x - at.x) * share, y: at.y + (view.y - at.y) * share });
}

/** Moved by shares of the whole picture. */
export const moved = (view, dx, dy) => bounded({ ...view, x: view.x + dx, y: view.y + dy });

/** Near enough to see a box `[x1, y1, x2, y2]` with room about it. */
export function onBox([x1, y1, x2, y2]) {
  return bounded({ scale: Math.max(1, Math.min(0.6 / Math.max(x2 - x1, 1e-6), 0.6 / Math.max(y2 - y1, 1e-6), 6)), x: (x1 + x2) / 2, y: (y1 + y2) / 2 });
}

/** {left, top, width, height} in pixels of a picture of `size` in a frame of `room`, both {width, height}. */
export function placed(view, size, room) {
  const fit = Math.min(room.width / size.width, room.height / size.height);
  const [width, height] = [size.width * fit * view.scale, size.height * fit * view.scale];
  return { left: room.width / 2 - view.x * width, top: room.height / 2 - view.y * height, width, height };
}
