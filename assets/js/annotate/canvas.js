/* The annotator's canvas as part of the task editor: every box may be changed, images come from the task. */

import { mount } from "../annotator.js";
import { el } from "../dom.js";
import { PROPOSED } from "../words.js";

/** `onRegions(regions)`: the person changed boxes. `onMissing()`: the picture is not there. `commands`: keys of the editor that work on the canvas too. Resolves to {node, focus, open, refresh}. */
export async function createCanvas({ channel, onRegions, onMissing, commands }) {
  const node = el("div", { class: "giqa-task-canvas" });
  let value = null;
  let receive = () => {};
  const props = {
    channel, commands, intake: false,
    get value() { return value; },
    set value(next) {
      const before = value;
      value = next;
      if (next && !sameBoxes(before?.regions ?? [], next.regions)) onRegions(next.regions);
    },
  };
  const editor = await mount({ element: node, props, trigger: () => {}, watch: (_, react) => { receive = react; } });
  node.querySelector(".giqa-picture").addEventListener("error", () => value?.image && onMissing());
  const give = (next) => {
    value = next;
    receive();
  };
  return {
    node,
    focus: () => node.querySelector(".giqa-stage").focus({ preventScroll: true }),
    /** Another task: nothing of the one before is left, its history neither. */
    open(image, regions) {
      const revision = editor.value.revision + 2;
      give(null);
      give({ image: { ...image, notes: [] }, regions: regions.map(asDrawn), selected: [], heat: null, readonly: false, revision });
      editor.use(regions.length ? "select" : "draw");
    },
    /** The same task with its boxes or their names changed elsewhere; names are no step of the canvas's own history. */
    refresh(regions) {
      if (!sameBoxes(regions, editor.regions)) give({ ...editor.value, regions: regions.map(asDrawn), revision: editor.value.revision + 1 });
      else editor.name(new Map(regions.map(({ id, label }) => [id, shortened(label)])));
    },
  };
}

const sameBoxes = (a, b) => a.length === b.length && a.every(({ id, box }, index) => id === b[index].id && box.every((side, at) => side === b[index].box[at]));

const shortened = (label) => label.slice(0, 60);

const asDrawn = ({ id, box, label, proposed }) => ({ id, box: [...box], label: shortened(label), source: "drawn", group: proposed ? PROPOSED : "" });
