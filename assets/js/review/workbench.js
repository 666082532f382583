/* Canvas and panels of the task editor round one version, for those who review: nothing is saved before they decide. */

import { createCanvas } from "../annotate/canvas.js";
import { keepingFocus } from "../annotate/focus.js";
import { createPanels, sectionsOf } from "../annotate/kinds.js";
import { createModel } from "../annotate/model.js";
import { explainBox } from "../annotate/provenance.js";
import { createSelection } from "../annotate/selection.js";
import { el } from "../dom.js";
import { t } from "../i18n/messages.js";

/** `commands`: keys of the page that work on the canvas too; `onChange()`; `say(message)`. Resolves to {node, open, model, edit, isChanged, canvas, link, side}. */
export async function createWorkbench({ root, channel, commands, onChange, say }) {
  let [model, panels, before] = [null, {}, ""];
  const side = el("div", { class: "giqa-panels" });
  const extra = el("div", { class: "giqa-panels" });
  const each = (what) => Object.values(panels).forEach((panel) => panel.update(what));
  const hear = { point: () => {} };
  const link = createSelection(channel, root, () => {
    each("point");
    hear.point();
  });
  const canvas = await createCanvas({ channel, commands, onRegions: (regions) => model?.setRegions(regions), onMissing: () => say(t("desk.picture")) });
  link.regionAt = canvas.regionAt;
  const node = el("div", { class: "giqa-task-work" }, canvas.node, el("div", { class: "giqa-panels" }, extra, side));

  const explain = (task) => (id) => {
    const region = model.regions().find((one) => one.id === id) ?? { id, box: null, proposed: model.shelved().find((one) => one.id === id) ?? null };
    return explainBox(root, task, region, { accepted: model.isAccepted(id), moved: model.changes().boxes.get(id) === "moved" });
  };
  return {
    node, canvas, link, extra, hear,
    /** Another task or version: nothing of the one before is left. */
    open(task, edit) {
      const whole = { vocabulary: [], reveal: "shown", revealed: true, ...task, edit };
      const mine = createModel(whole);
      link.clear();
      model = mine;
      before = JSON.stringify(mine.edit());
      root.dataset.kind = task.kind;
      panels = createPanels(mine, link, { explain: explain(whole), isLocked: (id) => canvas.editor.isLocked(id), reveal: () => {} });
      side.replaceChildren(...sectionsOf(whole, panels));
      canvas.open(task.image, mine.regions(), mine.offered());
      mine.on((what) => {
        if (model !== mine) return;
        if (what !== "tags") canvas.refresh(mine.regions(), mine.offered());
        keepingFocus(node, () => each(what), () => canvas.focus());
        onChange();
      });
    },
    /** Another edit of the same version: what was left unsent. */
    replace: (edit) => model.replace(edit),
    model: () => model,
    edit: () => model.edit(),
    isChanged: () => model !== null && JSON.stringify(model.edit()) !== before,
  };
}

/** The image as a save names it. */
export const imageOf = ({ id: sha256, width, height }) => ({ sha256, width, height });
