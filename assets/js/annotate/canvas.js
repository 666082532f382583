/* The annotator's canvas as part of the task editor: every box may be changed, images come from the task. */

import { mount } from "../annotator.js";
import { el } from "../dom.js";
import { regionAt } from "../geometry.js";
import { t } from "../i18n/messages.js";
import { PROPOSED } from "../words.js";

/**
 * `onRegions(regions)`: the person changed boxes. `onMissing()`: the picture is not there. `onView(view)`: it was moved or zoomed. `commands`: keys of the editor that
 * work on the canvas too. Resolves to {node, editor, focus, open, refresh, regionAt}.
 */
export async function createCanvas({ channel, onRegions, onMissing, onView, commands }) {
  const node = el("div", { class: "giqa-task-canvas" });
  let value = null;
  let receive = () => {};
  const props = {
    channel, commands, t, onView, intake: false,
    get value() { return value; },
    set value(next) {
      const before = value;
      value = next;
      if (next && !sameBoxes(drawnOf(before?.regions ?? []), drawnOf(next.regions))) onRegions(drawnOf(next.regions));
    },
  };
  const editor = await mount({ element: node, props, trigger: () => {}, watch: (_, react) => { receive = react; } });
  node.querySelector(".giqa-picture").addEventListener("error", () => value?.image && onMissing());
  const give = (next) => {
    value = next;
    receive();
  };
  const shown = (regions, offered) => [...offered.map(asOffered), ...regions.map(asDrawn)];
  return {
    node, editor,
    /** The box at a place of the page, the smallest where several lie upon each other; null for none. */
    regionAt(x, y) {
      const { left, top, width, height } = node.querySelector(".giqa-picture").getBoundingClientRect();
      const { size, regions } = editor;
      return size ? (regionAt(drawnOf(regions), { x: ((x - left) / width) * size.width, y: ((y - top) / height) * size.height }, size, 0)?.id ?? null) : null;
    },
    /** `sight`: brings it into sight, where it is not. */
    focus: (sight = false) => node.querySelector(".giqa-stage").focus({ preventScroll: !sight }),
    /** Another task: nothing of the one before is left, its history neither. `offered`: boxes of the machine that are shown and cannot be changed. */
    open(image, regions, offered) {
      const revision = editor.value.revision + 2;
      give(null);
      give({ image: { ...image, notes: [] }, regions: shown(regions, offered), selected: [], heat: null, readonly: false, revision });
      editor.use(regions.length ? "select" : "draw");
    },
    /** The same task with its boxes or their names changed elsewhere; names are no step of the canvas's own history. */
    refresh(regions, offered) {
      const next = shown(regions, offered);
      if (!sameBoxes(next, editor.regions)) give({ ...editor.value, regions: next, revision: editor.value.revision + 1 });
      else editor.name(new Map(regions.map(({ id, label }) => [id, shortened(label)])));
      editor.touch();
    },
  };
}

const sameBoxes = (a, b) => a.length === b.length && a.every(({ id, box }, index) => id === b[index].id && box.every((side, at) => side === b[index].box[at]));

const drawnOf = (regions) => regions.filter((region) => region.source === "drawn");

const shortened = (label) => label.slice(0, 60);

const asDrawn = ({ id, box, label, proposed }) => ({ id, box: [...box], label: shortened(label), source: "drawn", group: proposed ? PROPOSED : "" });

const asOffered = ({ id, box }) => ({ id, box: [...box], label: "", source: "compared", group: "" });
