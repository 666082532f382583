/*
 * The open task: what the person has made of the proposal so far. Panels and canvas read it and change it here, and hear of every change. Boxes are
 * fractions; texts are as in text_links.js. No page in here.
 */

import { differences, sameBox } from "./changes.js";
import { proposalsOf, readAccepted, writeAccepted } from "./proposals.js";
import { fromWire, toWire, withLink, withName, withoutLink, withText } from "./text_links.js";

const EMPTY_TEXT = { text: "", phrases: [] };
const NO_JUDGEMENT = { preference: null, rating: null };
const EMPTY_TAG = { phrase: "", quality: "", effect: "negative" };

/** `task`: what GET /api/tasks/{id} answers. */
export function createModel(task) {
  const listeners = [];
  let made = 0;
  const newId = () => `l${(made += 1)}`;
  let state = read(task.edit, newId);
  const proposed = new Map(task.proposal.regions.map((region) => [region.id, region]));
  const has = (id) => state.regions.some((region) => region.id === id);

  const change = (patch, what) => {
    state = { ...state, ...patch };
    listeners.forEach((hear) => hear(what));
  };
  /** A text by its path: "description", or {question: key, part: "question" | "answer"}. */
  const textAt = (path) => (path === "description" ? state.description : state.questions.find((one) => one.key === path.question)?.[path.part]);
  const setText = (path, text, what = "text") => {
    if (path === "description") return change({ description: text }, what);
    return change({ questions: state.questions.map((one) => (one.key === path.question ? { ...one, [path.part]: text } : one)) }, what);
  };
  const allLinks = () => [state.description, ...state.questions.flatMap((one) => [one.question, one.answer])].flatMap((text) => text.links);

  return {
    task,
    on: (hear) => listeners.push(hear),
    edit: () => write(state, has),
    changes: () => differences(task.proposed, write(state, has)),

    /** Boxes with what they are called and where they come from. */
    regions: () => state.regions.map((region) => ({ ...region, label: labelOf(region.id, state), proposed: proposed.get(region.id) ?? null })),
    /** Proposed boxes that are not in use, the builder's dropped ones too. */
    shelved: () => task.proposal.regions.filter((region) => !has(region.id)),
    /** Proposed boxes that the person may still take over, where the proposal came after their own boxes: shown on the picture. */
    offered: () => (task.reveal === "after" ? proposedBoxes(task).filter((region) => !has(region.id)) : []),
    setRegions(regions) {
      change({ regions: regions.map(({ id, box }) => ({ id, box: [...box] })) }, "regions");
    },
    addRegions(boxes) { change({ regions: [...state.regions, ...boxes.map(({ id, box }) => ({ id, box: [...box] }))] }, "regions"); },
    moveRegion(id, box) { change({ regions: state.regions.map((region) => (region.id === id ? { id, box: [...box] } : region)) }, "regions"); },
    removeRegion(id) { change({ regions: state.regions.filter((region) => region.id !== id) }, "regions"); },
    bringBack(id) {
      const region = proposed.get(id);
      if (region && !has(id)) change({ regions: [...state.regions, { id, box: [...region.box] }] }, "regions");
    },

    /** The proposal part by part, see proposals.js: accepted as it is, changed, rejected, or not decided yet. */
    proposals: () => proposalsOf(task, state, has),
    accept({ part, at, id }) {
      if (part === "box") return change({ accepted: [...state.accepted, id] }, "decisions");
      return change({ acceptedParts: { ...state.acceptedParts, [part]: [...state.acceptedParts[part], at] } }, "decisions");
    },
    reject({ part, id }) {
      if (part === "box") return this.removeRegion(id);
      if (part === "phrase") return this.unlink("description", id);
      return part === "tag" ? this.removeTag(id) : this.removeQuestion(id);
    },
    isAccepted: (id) => state.accepted.includes(id),
    /** Boxes that a part of the proposal speaks of. */
    regionsOfPart({ part, id }) {
      if (id === null || part === "tag") return [];
      const links = part === "phrase" ? state.description.links.filter((link) => link.id === id) : part === "question" ? ["question", "answer"].flatMap((name) => textAt({ question: id, part: name }).links) : [];
      return part === "box" ? [id] : [...new Set(links.flatMap((link) => link.regions.filter(has)))];
    },
    nameOf: (id) => labelOf(id, state),

    /** Everything as it stands, to come back to; `isAt`: whether it stands so now. */
    mark: () => state,
    restore(mark) { change(mark, "all"); },
    isAt: (mark) => mark !== undefined && Object.keys(state).every((name) => (name === "regions" ? sameRegions(state.regions, mark.regions) : state[name] === mark[name])),

    /** Names a box: its words stand in the description, linked to it. */
    name(id, words) {
      const named = withName(state.description, newId(), id, words.trim());
      if (named) setText("description", named, "links");
    },

    absent: () => state.absent,
    addAbsent(words) {
      const said = words.trim();
      if (said && !state.absent.includes(said)) change({ absent: [...state.absent, said] }, "absent");
    },
    removeAbsent(words) { change({ absent: state.absent.filter((one) => one !== words) }, "absent"); },

    judgement: () => state.judgement,
    judge(patch) { change({ judgement: { ...state.judgement, ...patch } }, "judgement"); },

    text: textAt,
    editText(path, words, caret) {
      const before = textAt(path);
      if (before && before.text !== words) setText(path, withText(before, words, caret));
    },
    /** Links words to boxes; false where that cannot be. */
    link(path, start, end, regions) {
      const linked = withLink(textAt(path), newId(), start, end, regions.filter(has));
      if (linked) setText(path, linked, "links");
      return linked !== null;
    },
    unlink(path, id) { setText(path, withoutLink(textAt(path), id), "links"); },
    relink(path, id, regions) {
      const text = textAt(path);
      setText(path, { ...text, links: text.links.map((link) => (link.id === id ? { ...link, regions: [...regions] } : link)) }, "links");
    },
    isBroken: (link) => Boolean(link.lost) || !link.regions.some(has),
    /** Links of the description that need a person. */
    broken: () => state.description.links.filter((link) => link.lost || !link.regions.some(has)),
    links: (id) => allLinks().filter((link) => !link.lost && link.regions.includes(id)).length,
    regionsOf: (link) => link.regions.filter(has),

    tags: () => state.tags,
    setTag(index, tag) { change({ tags: state.tags.map((one, at) => (at === index ? { ...one, ...tag } : one)) }, "tags"); },
    addTag() { change({ tags: [...state.tags, EMPTY_TAG] }, "tags added"); },
    removeTag(index) { change({ tags: state.tags.filter((_, at) => at !== index) }, "tags removed"); },

    questions: () => state.questions,
    setKind(key, kind) { change({ questions: state.questions.map((one) => (one.key === key ? { ...one, kind } : one)) }, "questions"); },
    addQuestion() {
      const blank = () => fromWire(EMPTY_TEXT, newId);
      change({ questions: [...state.questions, { key: newId(), kind: "yes_no", question: blank(), answer: blank() }] }, "questions added");
    },
    removeQuestion(key) { change({ questions: state.questions.filter((one) => one.key !== key) }, "questions removed"); },

    /** Another edit in place of this one: a restored revision, a merge, the proposal. */
    replace(edit) { change(read(edit, newId), "all"); },
  };
}

function read(edit, newId) {
  const description = fromWire(edit.description ?? EMPTY_TEXT, newId);
  const there = new Set(edit.regions.map((region) => region.id));
  const lost = edit.broken.map(({ words, regions }) => brokenLink(description, words, [...regions], !regions.some((id) => there.has(id)), newId()));
  return {
    regions: edit.regions.map(({ id, box }) => ({ id, box: [...box] })),
    tags: edit.tags.map((tag) => ({ ...tag })),
    description: { ...description, links: [...description.links, ...lost] },
    hadText: edit.description !== null,
    accepted: [...(edit.accepted ?? [])],
    acceptedParts: readAccepted(edit.accepted_parts),
    absent: [...(edit.absent ?? [])],
    judgement: { ...NO_JUDGEMENT, ...edit.judgement },
    questions: edit.questions.map((one) => ({ key: newId(), kind: one.kind, form: one.form, linked: linkedAs(one), question: fromWire(one.question, newId), answer: fromWire(one.answer, newId) })),
  };
}

/** A link whose boxes were deleted still has its words: it is whole again when a box comes back. One whose words are gone has no place. */
function brokenLink(description, words, regions, boxesGone, id) {
  const start = boxesGone ? description.text.indexOf(words) : -1;
  const free = start >= 0 && description.links.every((link) => link.end <= start || link.start >= start + words.length);
  return free ? { id, start, end: start + words.length, regions, lost: "" } : { id, start: 0, end: 0, regions, lost: words };
}

const linkedAs = ({ question, answer }) => JSON.stringify([question.phrases.length, answer.phrases.length]);

function write(state, has) {
  const questions = state.questions.map((one) => {
    const [question, answer] = [toWire(one.question, has), toWire(one.answer, has)];
    const found = question.phrases.length ? "referring" : answer.phrases.length ? "grounding" : "plain";
    const form = one.form && linkedAs({ question, answer }) === one.linked ? one.form : found; // what nobody touched stays as it came
    return { kind: one.kind, form, question, answer };
  });
  const parts = writeAccepted(state.acceptedParts);
  const { text, links } = state.description;
  const broken = links.filter((link) => link.lost || !link.regions.some(has)).map((link) => ({ words: link.lost || text.slice(link.start, link.end), regions: [...link.regions] }));
  return {
    regions: state.regions.map(({ id, box }) => ({ id, box: [...box] })),
    tags: state.tags.filter((tag) => tag.phrase.trim() || tag.quality.trim()),
    description: text || state.hadText ? toWire(state.description, has) : null,
    questions: questions.filter((one) => one.question.text.trim() || one.answer.text.trim()),
    broken,
    ...said("accepted", state.accepted.filter(has)),
    ...(Object.keys(parts).length ? { accepted_parts: parts } : {}),
    ...said("absent", state.absent),
    ...(state.judgement.preference === null && state.judgement.rating === null ? {} : { judgement: { ...state.judgement } }),
  };
}

const sameRegions = (a, b) => a.length === b.length && a.every(({ id, box }, at) => id === b[at].id && sameBox(box, b[at].box));

/** A part of the edit that is there only where it says something. */
const said = (name, list) => (list.length ? { [name]: [...list] } : {});

/** The boxes that the machine proposed for use: all but those that its own filter dropped. */
const proposedBoxes = (task) => task.proposed.regions;

/** The words that speak of a box, each once. */
function labelOf(id, { description }) {
  const words = description.links.filter((link) => !link.lost && link.regions.includes(id)).map((link) => description.text.slice(link.start, link.end));
  return [...new Set(words)].join(", ");
}
