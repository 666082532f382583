/* Numbered pins over a canvas where comments point; they follow the picture wherever it moves. */

import { el } from "../dom.js";
import { t } from "../i18n/messages.js";

const STEPS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const STEP = 0.01; // of the image; with Shift five of them

/** `canvas`: what createCanvas gave. `onPin(thread)`: somebody pressed one. Returns {show(threads), ask() -> point or null}. */
export function createPins(canvas, onPin) {
  const stage = canvas.node.querySelector(".giqa-stage");
  const [world, picture] = [".giqa-world", ".giqa-picture"].map((name) => stage.querySelector(name));
  const layer = el("div", { class: "giqa-pins" });
  stage.querySelector(".giqa-pins")?.remove(); // those of the task before
  stage.append(layer);
  let pins = [];

  const place = () => {
    if (!layer.isConnected) return moves.disconnect();
    const [outer, inner] = [stage.getBoundingClientRect(), picture.getBoundingClientRect()];
    for (const { node, x, y } of pins) node.style.transform = `translate(${inner.left - outer.left + x * inner.width}px, ${inner.top - outer.top + y * inner.height}px)`;
    return undefined;
  };
  const moves = new MutationObserver(place);
  moves.observe(world, { attributes: true, attributeFilter: ["style"] });

  /** Where a comment's pin stands: its point, or its box's corner. */
  const placeOf = ({ anchor }) => {
    if (anchor.kind === "point") return anchor;
    const box = anchor.kind === "region" ? canvas.editor.regions.find((one) => one.id === anchor.region)?.box : null;
    return box ? { x: box[2], y: box[1] } : null;
  };
  return {
    show(threads) {
      pins = threads.flatMap((thread, index) => {
        const at = placeOf(thread.first);
        if (!at) return [];
        const node = el("button", { type: "button", class: "giqa-pin", "data-resolved": String(thread.first.resolved), title: thread.first.text.slice(0, 200), "aria-label": t("comment.pin", { n: index + 1 }) }, String(index + 1));
        node.addEventListener("click", () => onPin(thread));
        for (const type of ["pointerdown", "keydown"]) node.addEventListener(type, (event) => event.stopPropagation());
        return [{ node, x: at.x, y: at.y }];
      });
      layer.replaceChildren(...pins.map(({ node }) => node));
      place();
    },
    /** The next place of the picture that is pressed, or that of a cross which arrows move and Enter sets, in fractions; null where it was beside it, or Escape was pressed. */
    ask() {
      stage.classList.add("giqa-pinning");
      stage.focus({ preventScroll: true });
      const cross = { node: el("span", { class: "giqa-pin giqa-cross", "aria-hidden": "true" }, "+"), x: 0.5, y: 0.5 };
      layer.append(cross.node);
      pins.push(cross);
      place();
      return new Promise((resolve) => {
        const ended = new AbortController();
        const end = (point) => {
          ended.abort();
          stage.classList.remove("giqa-pinning");
          pins = pins.filter((one) => one !== cross);
          cross.node.remove();
          resolve(point);
        };
        const typed = (event) => {
          const step = STEPS[event.key];
          if (!step && event.key !== "Enter" && event.key !== "Escape") return;
          event.preventDefault();
          event.stopImmediatePropagation();
          if (!step) return end(event.key === "Enter" ? { x: cross.x, y: cross.y } : null);
          const moved = (value, by) => Math.min(1, Math.max(0, Number((value + by * STEP * (event.shiftKey ? 5 : 1)).toFixed(4))));
          [cross.x, cross.y] = [moved(cross.x, step[0]), moved(cross.y, step[1])];
          place();
        };
        const pressed = (event) => {
          event.preventDefault();
          event.stopImmediatePropagation();
          const { left, top, width, height } = picture.getBoundingClientRect();
          const [x, y] = [(event.clientX - left) / width, (event.clientY - top) / height];
          end(x >= 0 && x <= 1 && y >= 0 && y <= 1 ? { x, y } : null);
        };
        stage.addEventListener("pointerdown", pressed, { capture: true, signal: ended.signal });
        document.addEventListener("keydown", typed, { capture: true, signal: ended.signal });
      });
    },
  };
}
