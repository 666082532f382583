/* A over B with a line between them that can be moved: by dragging, or with the keys of the range below. Both lie under the view that the panes share. */

import { el } from "../dom.js";
import { placed } from "../viewing/view.js";

/** Returns {node, show(a, b)}. */
export function createSlider({ sight }) {
  const [under, over] = ["b", "a"].map((side) => el("img", { class: "giqa-pane-picture", alt: "", draggable: "false", "data-side": side }));
  const cut = el("div", { class: "giqa-wipe-cut" }, over);
  const line = el("div", { class: "giqa-wipe-line", "aria-hidden": "true" });
  const frame = el("div", { class: "giqa-pane-frame giqa-wipe-frame" }, under, cut, line, el("span", { class: "giqa-wipe-name", "data-side": "a" }, "A"), el("span", { class: "giqa-wipe-name", "data-side": "b" }, "B"));
  const range = el("input", { type: "range", min: "0", max: "100", value: "50", "aria-label": "How much of A is shown over B" });
  const node = el("div", { class: "giqa-wipe", hidden: true }, frame, range);
  let images = [null, null];
  const place = () => {
    if (!images[0]) return;
    const room = { width: Math.max(frame.clientWidth, 1), height: Math.max(frame.clientHeight, 1) };
    for (const [part, image] of [[over, images[0]], [under, images[1]]]) {
      const at = placed(sight.view, image, room);
      Object.assign(part.style, { left: `${at.left}px`, top: `${at.top}px`, width: `${at.width}px`, height: `${at.height}px` });
    }
    const share = Number(range.value);
    cut.style.clipPath = `inset(0 ${100 - share}% 0 0)`;
    line.style.left = `${share}%`;
  };
  const drag = (event) => {
    if (!event.buttons) return;
    const box = frame.getBoundingClientRect();
    range.value = String(Math.min(Math.max(((event.clientX - box.left) / box.width) * 100, 0), 100));
    place();
  };
  range.addEventListener("input", place);
  frame.addEventListener("pointerdown", (event) => { frame.setPointerCapture(event.pointerId); drag(event); });
  frame.addEventListener("pointermove", drag);
  sight.join({ place });
  new ResizeObserver(place).observe(frame);
  return {
    node,
    show(a, b) {
      images = [a, b];
      for (const [part, image, name] of [[over, a, "Image A"], [under, b, "Image B"]]) {
        if (image) { part.src = image.url; part.alt = `${name}: ${image.name}`; }
        else part.removeAttribute("src");
      }
      place();
    },
  };
}
