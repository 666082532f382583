/*
 * Two edits of one base made into one. What only one side changed is taken; what both changed differently is a conflict, to be chosen part by part.
 * Edits are as they travel (core/corrections.py). Pure.
 */

import { sameBox } from "./changes.js";

const same = (a, b) => JSON.stringify(a) === JSON.stringify(b);

/** `mine` or `theirs` where only that side changed; undefined where both did, differently. */
function chosen(base, mine, theirs, equal = same) {
  if (equal(mine, theirs) || equal(base, theirs)) return { value: mine };
  return equal(base, mine) ? { value: theirs } : undefined;
}

const sameRegion = (a, b) => (a && b ? sameBox(a.box, b.box) : !a && !b);

function mergeRegions(base, mine, theirs, conflicts) {
  const [old, ours, others] = [base, mine, theirs].map((side) => new Map(side.regions.map((region) => [region.id, region])));
  const ids = [...new Set([...mine.regions, ...theirs.regions, ...base.regions].map((region) => region.id))];
  return ids.map((id) => {
    const [was, is, other] = [old.get(id), ours.get(id), others.get(id)];
    const found = chosen(was, is, other, sameRegion);
    if (!found) conflicts.push({ part: "box", id, base: was ?? null, mine: is ?? null, theirs: other ?? null });
    return found ? found.value : is;
  }).filter(Boolean);
}

/** Rows of one number on all sides are merged in their places; else rows that either side took away are gone, and rows that either added are there. */
function mergeRows(part, base, mine, theirs, conflicts) {
  if (base.length === mine.length && base.length === theirs.length) {
    return mine.map((row, at) => {
      const found = chosen(base[at], row, theirs[at]);
      if (!found) conflicts.push({ part, id: `${part} ${at}`, at, base: base[at], mine: row, theirs: theirs[at] });
      return found ? found.value : row;
    });
  }
  const has = (rows, row) => rows.some((other) => same(other, row));
  const kept = mine.filter((row) => !(has(base, row) && !has(theirs, row)));
  return [...kept, ...theirs.filter((row) => !has(base, row) && !has(mine, row))];
}

function mergeWhole(part, base, mine, theirs, conflicts) {
  const found = chosen(base, mine, theirs);
  if (!found) conflicts.push({ part, id: part, base, mine, theirs });
  return found ? found.value : mine;
}

/** What either side added is there, what either took away is not. */
function mergeSets(base, mine, theirs) {
  const all = [...new Set([...mine, ...theirs])];
  return all.filter((one) => !base.includes(one) || (mine.includes(one) && theirs.includes(one)));
}

function acceptedParts(...sides) {
  const parts = ["phrases", "tags", "questions"].map((name) => [name, mergeSets(...sides.map((side) => side.accepted_parts?.[name] ?? []))]).filter(([, places]) => places.length);
  return parts.length ? { accepted_parts: Object.fromEntries(parts) } : {};
}

const there = (name, list) => (list.length ? { [name]: list } : {});

const judged = (judgement) => (judgement ? { judgement } : {});

/** {edit, conflicts: [{part: "box" | "description" | "tag" | "question" | "absent" | "judgement", id, base, mine, theirs}]}; in `edit` conflicts stand as mine. */
export function merge(base, mine, theirs) {
  const conflicts = [];
  const regions = mergeRegions(base, mine, theirs, conflicts);
  const described = (edit) => ({ description: edit.description, broken: edit.broken });
  const text = mergeWhole("description", described(base), described(mine), described(theirs), conflicts);
  const edit = {
    regions,
    tags: mergeRows("tag", base.tags, mine.tags, theirs.tags, conflicts),
    ...text,
    questions: mergeRows("question", base.questions, mine.questions, theirs.questions, conflicts),
    ...there("accepted", mergeSets(...[base, mine, theirs].map((side) => side.accepted ?? []))),
    ...acceptedParts(base, mine, theirs),
    ...there("absent", mergeRows("absent", ...[base, mine, theirs].map((side) => side.absent ?? []), conflicts)),
    ...judged(mergeWhole("judgement", ...[base, mine, theirs].map((side) => side.judgement ?? null), conflicts)),
  };
  return { edit: consistent(edit), conflicts };
}

/** The merged edit with `theirs` taken for these conflicts. */
export function taking(merged, ids) {
  let edit = merged.edit;
  for (const conflict of merged.conflicts.filter((one) => ids.includes(one.id))) {
    const rows = { tag: "tags", question: "questions", absent: "absent" }[conflict.part];
    if (conflict.part === "judgement") edit = { ...edit, judgement: conflict.theirs ?? undefined };
    else if (conflict.part === "description") edit = { ...edit, ...conflict.theirs };
    else if (rows) edit = { ...edit, [rows]: edit[rows].map((row, at) => (at === conflict.at ? conflict.theirs : row)) };
    else {
      const others = edit.regions.filter((region) => region.id !== conflict.id);
      edit = { ...edit, regions: conflict.theirs ? [...others, conflict.theirs] : others };
    }
  }
  return consistent(edit);
}

/** Phrases speak of boxes that are there; a phrase of the description that lost all of them is a broken link, to be seen and mended. */
function consistent(edit) {
  const ids = new Set(edit.regions.map((region) => region.id));
  const lost = (edit.description?.phrases ?? []).filter((one) => !one.regions.some((id) => ids.has(id)));
  const words = [...(edit.description?.text ?? "")];
  const broken = [...edit.broken, ...lost.map(({ start, end, regions }) => ({ words: words.slice(start, end).join(""), regions }))];
  const accepted = (edit.accepted ?? []).filter((id) => ids.has(id));
  const text = (wire) => wire && { ...wire, phrases: wire.phrases.map((one) => ({ ...one, regions: one.regions.filter((id) => ids.has(id)) })).filter((one) => one.regions.length) };
  const { accepted: _, ...others } = edit;
  return { ...others, ...there("accepted", accepted), broken, description: text(edit.description), questions: edit.questions.map((one) => ({ ...one, question: text(one.question), answer: text(one.answer) })) };
}
