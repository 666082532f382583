/*
 * The parts of the machine's proposal that a person decides one by one: boxes, linked phrases, tags and questions. Only boxes have ids: any other part is
 * followed to what says the same now, as core/decisions.py does. Pure.
 */

import { sameBox } from "./changes.js";
import { toWire } from "./text_links.js";

/** What is decided in a task of a kind, in this order: what its panels show. */
const PARTS = {
  description: ["box", "phrase", "tag", "question"],
  questions: ["box", "phrase", "tag", "question"],
  objects: ["box", "tag"],
  comparison: ["box", "phrase"],
  score: ["box", "phrase"],
};

const phraseKey = (words, regions) => JSON.stringify([words, [...regions].sort()]);
const tagKey = ({ phrase, quality, effect }) => JSON.stringify([phrase, quality, effect]);
const textKey = ({ text, phrases }, has) => [text.replace(/\r\n?/g, "\n"), phrases.map((one) => [one.start, one.end, one.regions.filter(has)]).filter(([, , regions]) => regions.length)];
const questionKey = ({ kind, question, answer }, has) => JSON.stringify([kind, textKey(question, has), textKey(answer, has)]);
const inOrder = (list) => [...list].sort((a, b) => a.start - b.start);

/** For each wanted key what has it now, each once; null where nothing has it. `now`: [[key, id]]. */
function followed(wanted, now) {
  const left = new Map();
  for (const [key, id] of now) left.set(key, [...(left.get(key) ?? []), id]);
  return wanted.map((key) => left.get(key)?.shift() ?? null);
}

/** Per part: [{words, id}], in the proposal's order; `id` of what stands there as it was proposed, or null. */
const FIND = {
  box({ proposed }, state) {
    const now = new Map(state.regions.map((region) => [region.id, region.box]));
    return proposed.regions.map(({ id, box }) => ({ words: "", id: now.has(id) && sameBox(box, now.get(id)) ? id : null }));
  },
  phrase({ proposed }, state, has) {
    const text = [...(proposed.description?.text ?? "")];
    const before = inOrder(proposed.description?.phrases ?? []).map(({ start, end, regions }) => ({ words: text.slice(start, end).join(""), regions }));
    const { description } = state;
    const now = inOrder(description.links.filter((link) => !link.lost)).map((link) => [phraseKey(description.text.slice(link.start, link.end), link.regions.filter(has)), link.id]);
    const ids = followed(before.map((one) => phraseKey(one.words, one.regions)), now);
    return before.map(({ words }, at) => ({ words, id: ids[at] }));
  },
  tag({ proposed }, state) {
    const ids = followed(proposed.tags.map(tagKey), state.tags.map((tag, row) => [tagKey(tag), row]));
    return proposed.tags.map(({ phrase, quality }, at) => ({ words: `${phrase}: ${quality}`, id: ids[at] }));
  },
  question({ proposed }, state, has) {
    const now = state.questions.map((one) => [questionKey({ kind: one.kind, question: toWire(one.question, has), answer: toWire(one.answer, has) }, has), one.key]);
    const ids = followed(proposed.questions.map((one) => questionKey(one, has)), now);
    return proposed.questions.map(({ question }, at) => ({ words: question.text, id: ids[at] }));
  },
};

/**
 * [{name, part, at, id, words, accepted, open}]: `at` its place among the proposal's parts of its kind; `id` of the box, link or question, of a tag its
 * row, null where it was changed or taken away; `open`: it stands as it was proposed, and nobody has accepted it yet.
 */
export function proposalsOf(task, state, has) {
  return (PARTS[task.kind] ?? PARTS.description).flatMap((part) => FIND[part](task, state, has).map(({ words, id }, at) => {
    const accepted = id !== null && (part === "box" ? state.accepted.includes(id) : state.acceptedParts[part].includes(at));
    return { name: `${part} ${at}`, part, at, id, words, accepted, open: id !== null && !accepted };
  }));
}

const WIRE = { phrase: "phrases", tag: "tags", question: "questions" };

/** Accepted parts as the page holds them, from an edit. */
export const readAccepted = (parts = {}) => Object.fromEntries(Object.entries(WIRE).map(([part, name]) => [part, [...(parts[name] ?? [])]]));

/** As they travel, an empty object where nothing but boxes was accepted. */
export const writeAccepted = (accepted) => Object.fromEntries(Object.entries(WIRE).filter(([part]) => accepted[part].length).map(([part, name]) => [name, [...accepted[part]]]));
