/* Every box: what it is called, where it comes from, what became of it. */

import { el } from "../dom.js";
import { t } from "../i18n/messages.js";
import { small } from "./description_panel.js";

const BADGES = { added: "box.new", moved: "box.moved", accepted: "box.accepted" };

function originOf(region, change) {
  const provenance = region.proposed?.provenance;
  if (!provenance) return t("box.drawn");
  const certainty = provenance.probability ?? provenance.score;
  const sure = Number.isFinite(certainty) ? `, ${Math.round(certainty * 100)} %` : "";
  const merged = provenance.merged_from.length ? `, ${t("box.mergedFrom", { n: provenance.merged_from.length })}` : "";
  const person = provenance.source.startsWith("person:");
  const by = person ? t("box.drawn") : `${t("box.by", { source: provenance.source || t("box.proposal") })}${sure}${merged}`;
  return change === "moved" ? t("box.movedBy", { by }) : by;
}

/** A field for the box's name, where boxes are named and not only spoken of. `words`: the vocabulary's list. */
function nameField(model, region, words) {
  const field = el("input", { type: "text", value: region.label, "aria-label": t("box.name"), placeholder: t("box.nameHint"), maxlength: "200", dir: "auto", list: words, "data-name": region.id });
  field.addEventListener("change", () => model.name(region.id, field.value));
  return field;
}

/**
 * `explain(id)`: tells where a box comes from; `named`: boxes get names here; `words`: id of the vocabulary's datalist; `isLocked(id)`.
 */
export function createBoxesPanel(model, link, { explain, named = false, words = null, isLocked = () => false }) {
  const list = el("ol", { class: "giqa-boxes" });
  const gone = el("ul", { class: "giqa-boxes giqa-gone" });
  const note = el("p", { class: "giqa-quiet-note" }, t(named ? "objects.note" : "box.note"));
  const chooser = (region) => {
    const node = el("button", { type: "button", class: "giqa-box-name", "data-id": region.id, dir: "auto" }, region.label || t("box.noWords"));
    node.addEventListener("click", () => link.choose([region.id]));
    return node;
  };
  const row = (region, change, index) => {
    const badge = change ? el("span", { class: "giqa-badge", "data-change": change }, t(BADGES[change])) : null;
    const locked = isLocked(region.id) ? el("span", { class: "giqa-badge" }, t("box.locked")) : null;
    const why = small({ iconName: "info", title: t("box.origin"), "data-explain": region.id }, () => explain(region.id));
    const remove = small({ iconName: "remove", title: t("box.delete", { label: region.label }).trim() }, () => model.removeRegion(region.id));
    const name = named ? nameField(model, region, words) : null;
    const number = named ? el("button", { type: "button", class: "giqa-box-name", "data-id": region.id }, String(index + 1)) : chooser(region);
    if (named) number.addEventListener("click", () => link.choose([region.id]));
    const node = el("li", { "data-box": region.id }, number, name, badge, locked, named ? null : el("small", {}, originOf(region, change)), why, remove);
    node.addEventListener("pointerenter", () => link.point([region.id]));
    node.addEventListener("pointerleave", () => link.point([]));
    return node;
  };
  const shelf = (region) => {
    const dropped = region.provenance.status === "dropped";
    const back = small({ iconName: "restore", title: t("box.bringBackHint"), text: t("box.bringBack") }, () => model.bringBack(region.id));
    const why = small({ iconName: "info", title: t("box.origin") }, () => explain(region.id));
    return el("li", {}, el("span", { class: "giqa-badge", "data-change": "removed" }, t(dropped ? "box.dropped" : "box.removed")), el("small", { dir: "auto" }, dropped ? region.provenance.reason : t("box.byYou")), why, back);
  };
  const mark = () => {
    for (const node of list.querySelectorAll(".giqa-box-name")) node.setAttribute("aria-pressed", String(link.state.chosen.includes(node.dataset.id)));
  };
  const update = (what = "all") => {
    if (what === "point") return mark(); // rows stay under the pointer
    if (what !== "all" && list.querySelector("[data-name]:focus")) return; // a name being typed stays as it is
    const changes = model.changes().boxes;
    const [regions, shelved] = [model.regions(), model.shelved()];
    list.replaceChildren(...regions.map((region, index) => row(region, changes.get(region.id) ?? (model.isAccepted(region.id) ? "accepted" : null), index)));
    gone.replaceChildren(...shelved.map(shelf));
    gone.hidden = !shelved.length;
    note.hidden = regions.length > 0 && !named;
    return mark();
  };
  update();
  return { node: el("div", {}, list, gone, note), update };
}
