/* How an edit (as it travels, see core/corrections.py) differs from another one: per box, and in words. Pure. */

import { t } from "../i18n/messages.js";

const SAME = 1e-9;

export const sameBox = (a, b) => a.every((value, index) => Math.abs(value - b[index]) <= SAME);

const byId = (regions) => new Map(regions.map((region) => [region.id, region]));

const words = (text) => (text ? [...text.phrases].sort((a, b) => a.start - b.start) : []).map(({ start, end, regions }) => [[...text.text].slice(start, end).join(""), [...regions].sort()]);

const listed = (rows) => new Set(rows.map((row) => JSON.stringify(row)));

function added(before, after) {
  const known = listed(before);
  return after.filter((row) => !known.has(JSON.stringify(row))).length;
}

/** {boxes: Map id -> "added" | "moved" | "removed", tagsAdded, tagsRemoved, text, links, questionsAdded, questionsRemoved, absent, judgement} */
export function differences(before, after) {
  const [old, now] = [byId(before.regions), byId(after.regions)];
  const boxes = new Map();
  for (const [id, region] of now) {
    if (!old.has(id)) boxes.set(id, "added");
    else if (!sameBox(old.get(id).box, region.box)) boxes.set(id, "moved");
  }
  for (const id of old.keys()) if (!now.has(id)) boxes.set(id, "removed");
  return {
    boxes,
    tagsAdded: added(before.tags, after.tags), tagsRemoved: added(after.tags, before.tags),
    text: (before.description?.text ?? "") !== (after.description?.text ?? ""),
    links: JSON.stringify(words(before.description)) !== JSON.stringify(words(after.description)),
    questionsAdded: added(before.questions, after.questions), questionsRemoved: added(after.questions, before.questions),
    absent: JSON.stringify([...(before.absent ?? [])].sort()) !== JSON.stringify([...(after.absent ?? [])].sort()),
    judgement: JSON.stringify(before.judgement ?? null) !== JSON.stringify(after.judgement ?? null),
  };
}

/** "2 boxes moved · 1 box added · text changed", or "As proposed". */
export function summary(found) {
  const number = (kind) => [...found.boxes.values()].filter((one) => one === kind).length;
  return said({
    boxes_added: number("added"), boxes_moved: number("moved"), boxes_removed: number("removed"),
    tags_added: found.tagsAdded, tags_removed: found.tagsRemoved, text: found.text, links: found.links,
    questions_added: found.questionsAdded, questions_removed: found.questionsRemoved, absent: found.absent, judgement: found.judgement,
  });
}

/** The same of the counts that the studio sends. */
export function said(counts) {
  const number = (what, how) => (counts[`${what}_${how}`] ? t(`change.${what}.${how}`, { n: counts[`${what}_${how}`] }) : "");
  const parts = [
    number("boxes", "added"), number("boxes", "moved"), number("boxes", "removed"),
    counts.text ? t("change.text") : "", counts.links ? t("change.links") : "",
    number("tags", "added"), number("tags", "removed"), number("questions", "added"), number("questions", "removed"),
    counts.absent ? t("change.absent") : "", counts.judgement ? t("change.judgement") : "",
  ].filter(Boolean);
  return parts.join(" · ") || t("change.none");
}

const MOST_WORDS = 600; // the table below grows with the square

/** The words of two texts side by side: [{kind: "same" | "removed" | "added", text}] whose parts without "added" join to `before`; null for very long ones. */
export function wordDifference(before, after) {
  const [old, now] = [before, after].map((text) => text.match(/\s*\S+|\s+$/gu) ?? []);
  if (old.length > MOST_WORDS || now.length > MOST_WORDS) return null;
  const common = old.map(() => new Uint16Array(now.length + 1));
  common.push(new Uint16Array(now.length + 1));
  for (let i = old.length - 1; i >= 0; i -= 1) {
    for (let j = now.length - 1; j >= 0; j -= 1) common[i][j] = old[i] === now[j] ? common[i + 1][j + 1] + 1 : Math.max(common[i + 1][j], common[i][j + 1]);
  }
  const parts = [];
  const add = (kind, text) => (parts.at(-1)?.kind === kind ? (parts.at(-1).text += text) : parts.push({ kind, text }));
  let [i, j] = [0, 0];
  while (i < old.length || j < now.length) {
    if (i < old.length && j < now.length && old[i] === now[j]) add("same", old[i++], j++);
    else if (j >= now.length || (i < old.length && common[i + 1][j] >= common[i][j + 1])) add("removed", old[i++]);
    else add("added", now[j++]);
  }
  return parts;
}
