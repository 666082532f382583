import assert from "node:assert/strict";
import { test } from "node:test";

import { createDecisions } from "../../../assets/js/annotate/decisions.js";
import { merge } from "../../../assets/js/annotate/merge.js";
import { createModel } from "../../../assets/js/annotate/model.js";

const box = (x) => [x, 0, x + 0.1, 0.5];
const text = (words, ...phrases) => ({ text: words, phrases: phrases.map(([start, end, ...regions]) => ({ start, end, regions })) });
const tag = (phrase, quality = "noisy") => ({ phrase, quality, effect: "negative" });
const PROPOSED = {
  regions: [{ id: "r1", box: box(0) }, { id: "r2", box: box(0.3) }],
  tags: [tag("sky"), tag("sky"), tag("dog")],
  description: text("The 🗼 sky and the dog are noisy.", [6, 9, "r1"], [18, 21, "r2"]),
  questions: [{ kind: "yes_no", form: "referring", question: text("Is the sky noisy?", [7, 10, "r1"]), answer: text("Yes.") }],
  broken: [],
};
const model = (edit = PROPOSED, kind = "description") => createModel({ kind, proposal: { regions: PROPOSED.regions }, proposed: PROPOSED, edit });
const states = (open) => open.proposals().map((one) => `${one.name} ${one.open ? "open" : one.accepted ? "accepted" : "decided"}`);

/** The page's selection, without a page. */
function desk(open) {
  const link = { chosen: [], selection: () => link.chosen, choose: (ids) => { link.chosen = ids; } };
  return { link, decide: createDecisions(() => ({ model: open }), link) };
}

test("every part of a proposal is decided: boxes, phrases, tags and questions in this order", () => {
  assert.deepEqual(model().proposals().map(({ name, words }) => `${name} ${words}`.trim()), ["box 0", "box 1", "phrase 0 sky", "phrase 1 dog", "tag 0 sky: noisy", "tag 1 sky: noisy", "tag 2 dog: noisy", "question 0 Is the sky noisy?"]);
  assert.deepEqual(model(PROPOSED, "objects").proposals().map(({ part }) => part), ["box", "box", "tag", "tag", "tag"]);
});

test("a part that was changed or taken away is decided, and one that only moved along is not", () => {
  const open = model();
  open.editText("description", "So: the 🗼 sky and the dog are noisy.", 4);
  open.setTag(2, { quality: "dark" });
  open.removeTag(0);
  open.setKind(open.questions()[0].key, "what");
  assert.deepEqual(states(open), ["box 0 open", "box 1 open", "phrase 0 open", "phrase 1 open", "tag 0 open", "tag 1 decided", "tag 2 decided", "question 0 decided"]);
});

test("a question whose box was rejected is still as it was proposed", () => {
  const open = model();
  open.removeRegion("r1");
  assert.deepEqual(states(open).filter((one) => /^(phrase|question)/.test(one)), ["phrase 0 decided", "phrase 1 open", "question 0 open"]);
});

test("one key accepts and another rejects, whatever comes next, and all of it is undone and done again", () => {
  const open = model();
  const { link, decide } = desk(open);
  decide.accept(); // looks at the first
  assert.equal(decide.current().name, "box 0");
  const seen = [];
  for (const verdict of ["accept", "accept", "reject", "accept", "accept", "reject", "accept", "accept"]) {
    seen.push(`${decide.current().name} ${link.chosen}`.trim());
    decide[verdict]();
  }
  assert.deepEqual(seen, ["box 0 r1", "box 1 r2", "phrase 0 r1", "phrase 1 r2", "tag 0", "tag 1", "tag 2", "question 0 r1"]);
  assert.ok(open.proposals().every((one) => !one.open));
  const edit = open.edit();
  assert.deepEqual([edit.accepted, edit.accepted_parts], [["r1", "r2"], { phrases: [1], tags: [0, 2], questions: [0] }]);
  assert.deepEqual([edit.tags.map((one) => one.phrase), edit.description.phrases.length], [["sky", "dog"], 1]);
  for (let steps = 0; steps < 8; steps += 1) assert.ok(decide.undo());
  assert.deepEqual([open.edit(), decide.canUndo(), decide.undo()], [PROPOSED, false, false]);
  for (let steps = 0; steps < 8; steps += 1) assert.ok(decide.redo());
  assert.deepEqual([open.edit(), decide.redo()], [edit, false]);
});

test("a step is not undone where something was typed since, which would get lost", () => {
  const open = model();
  const { decide } = desk(open);
  decide.accept();
  decide.accept();
  open.setTag(0, { quality: "dark" });
  assert.deepEqual([decide.canUndo(), decide.undo(), open.edit().tags[0].quality], [false, false, "dark"]);
});

test("the row that somebody is at is decided by the buttons, and a box that was chosen by hand before it", () => {
  const open = model();
  const { link, decide } = desk(open);
  decide.attend("tag", 2);
  assert.equal(decide.current().name, "tag 2");
  link.choose(["r2"]);
  assert.equal(decide.current().name, "box 1");
  decide.reject();
  assert.deepEqual([open.edit().regions.map(({ id }) => id), decide.current().name], [["r1"], "phrase 0"]);
});

test("what was accepted is there when the task is opened again", () => {
  const edit = { ...PROPOSED, accepted: ["r1"], accepted_parts: { tags: [2], questions: [0] } };
  assert.deepEqual(model(edit).edit(), edit);
  assert.deepEqual(states(model(edit)).filter((one) => one.endsWith("accepted")), ["box 0 accepted", "tag 2 accepted", "question 0 accepted"]);
});

test("parts that two pages accepted are accepted when their versions are made one", () => {
  const side = (...tags) => ({ ...PROPOSED, accepted_parts: { tags } });
  assert.deepEqual(merge(side(0), side(0, 1), side(2)).edit.accepted_parts, { tags: [1, 2] });
  assert.equal("accepted_parts" in merge(PROPOSED, PROPOSED, PROPOSED).edit, false);
});
