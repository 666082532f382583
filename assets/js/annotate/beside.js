/* The images that the task's own is compared with, beside the canvas: they move and zoom with it. */

import { el } from "../dom.js";
import { t } from "../i18n/messages.js";

/** Returns {node, caption, show(task), follow(view)}; `caption`: what the task's own image is called beside them. */
export function createBeside() {
  const node = el("div", { class: "giqa-beside" });
  const caption = el("p", { class: "giqa-image-name", hidden: true }, t("compare.imageA"));
  let worlds = [];
  const pane = ({ role, image }, own) => {
    const label = t(role === "reference" ? "compare.reference" : "compare.imageB");
    const picture = el("img", { src: image.url, alt: label, width: own.width, height: own.height, draggable: "false" });
    const problem = el("p", { class: "giqa-beside-problem", hidden: true }, t("compare.missing"));
    picture.addEventListener("error", () => { problem.hidden = false; });
    const world = el("div", { class: "giqa-beside-world" }, picture);
    worlds.push(world);
    return el("figure", { "data-role": role }, el("figcaption", {}, label), el("div", { class: "giqa-beside-frame" }, world, problem));
  };
  return {
    node, caption,
    show({ beside = [], image }) {
      worlds = [];
      node.replaceChildren(...beside.map((one) => pane(one, image)));
      node.hidden = caption.hidden = !beside.length;
    },
    /** As the canvas is seen now. */
    follow({ scale, x, y }) {
      for (const world of worlds) world.style.transform = `translate(${x}px, ${y}px) scale(${scale})`;
    },
  };
}
