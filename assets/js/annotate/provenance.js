/* Where a box comes from, in a dialog: who proposed it, how sure they were, what became of it and why, what the filter saw, and who moved it. */

import { el } from "../dom.js";
import { t } from "../i18n/messages.js";
import { api } from "./api.js";
import { clock } from "./desk.js";
import { shown } from "./dialogs.js";

const share = (value) => t("origin.percent", { share: Math.round(value * 100) });
const place = (box) => box.map((side) => (side * 100).toFixed(1)).join(", ");
const whoOf = (source) => (source.startsWith("person:") ? t("origin.you") : source || t("box.proposal"));

/** [[label, text]]: what is known of the box without asking the studio. `proposed`: the proposal's region, or null; `box`: where it is now, or null. */
export function factsOf({ proposed, box, accepted, moved }) {
  const provenance = proposed?.provenance;
  const now = accepted ? t("origin.accepted") : moved ? t("origin.movedNow") : "";
  const facts = provenance
    ? [
        [t(provenance.status === "drawn" ? "origin.person" : "origin.by"), whoOf(provenance.source)],
        [t("origin.status"), [provenance.status === "drawn" ? "" : t(`origin.${provenance.status}`), now].filter(Boolean).join("; ")],
        [t("origin.reason"), provenance.reason],
        [t("origin.score"), Number.isFinite(provenance.score) ? share(provenance.score) : ""],
        [t("origin.probability"), Number.isFinite(provenance.probability) ? share(provenance.probability) : ""],
        [t("origin.mergedFrom"), provenance.merged_from.join(", ")],
      ]
    : [[t("origin.person"), t("origin.you")]];
  return [...facts, [t("origin.place"), box ? place(box) : ""]].filter(([, text]) => text);
}

const stepText = ({ at, what, who }) => t("origin.step", { time: clock(at), who, what: t(`origin.step${what}`) });

/** Every time that somebody drew, moved or removed the box. */
function movesOf(task, id) {
  const list = el("ul", { class: "giqa-moves" });
  api.boxHistory(task, id).then(
    ({ steps }) => list.replaceChildren(...(steps.length ? steps.map((step) => el("li", {}, stepText(step))) : [el("li", {}, t("origin.noHistory"))])),
    (error) => list.replaceChildren(el("li", {}, error.message)),
  );
  return list;
}

/** `region`: {id, box, proposed}, as the model has it. */
export const explainBox = (host, task, region, { accepted, moved }) => shown(host, t("origin.title"), (content) => {
  const box = region.proposed?.box ?? region.box;
  const filtered = Number.isFinite(region.proposed?.provenance.probability);
  const facts = factsOf({ proposed: region.proposed, box: region.box, accepted, moved });
  const crop = el("img", { class: "giqa-crop", alt: t("origin.crop"), src: `/media/${task.image.id}/crop?box=${box.join(",")}`, loading: "lazy" });
  content.append(
    el("dl", { class: "giqa-facts" }, ...facts.flatMap(([label, text]) => [el("dt", {}, label), el("dd", { dir: "auto" }, text)])),
    el("figure", { class: "giqa-figure" }, crop, el("figcaption", {}, t(filtered ? "origin.crop" : "origin.cropAround"))),
    el("h3", {}, t("origin.history")), movesOf(task.id, region.id),
  );
});
