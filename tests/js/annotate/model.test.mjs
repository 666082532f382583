import assert from "node:assert/strict";
import { test } from "node:test";

import { differences, said, summary, wordDifference } from "../../../assets/js/annotate/changes.js";
import { merge, taking } from "../../../assets/js/annotate/merge.js";
import { createModel } from "../../../assets/js/annotate/model.js";

const box = (x) => [x, 0, x + 0.1, 0.5];
const text = (words, ...phrases) => ({ text: words, phrases: phrases.map(([start, end, ...regions]) => ({ start, end, regions })) });
const EDIT = {
  regions: [{ id: "r1", box: box(0) }, { id: "r2", box: box(0.3) }],
  tags: [{ phrase: "sky", quality: "noisy", effect: "negative" }],
  description: text("The sky is noisy.", [4, 7, "r1"]),
  questions: [{ kind: "yes_no", form: "referring", question: text("Is the sky noisy?", [7, 10, "r1"]), answer: text("Yes.") }],
  broken: [],
};
const TASK = { proposal: { regions: [...EDIT.regions, { id: "r3", box: box(0.6), provenance: { status: "dropped" } }] }, proposed: EDIT, edit: EDIT };
const model = (edit = EDIT) => createModel({ ...TASK, edit });

test("an untouched model writes what it read and knows of no change", () => {
  assert.deepEqual(model().edit(), EDIT);
  assert.equal(summary(model().changes()), "As proposed");
});

test("boxes are called by the words that speak of them", () => {
  assert.deepEqual(model().regions().map((region) => region.label), ["sky", ""]);
  assert.deepEqual(model().shelved().map((region) => region.id), ["r3"]);
});

test("a deleted box breaks its phrase visibly, and brings it back with itself", () => {
  const open = model();
  open.setRegions(EDIT.regions.slice(1));
  assert.deepEqual(open.edit().description.phrases, []);
  assert.deepEqual(open.edit().broken, [{ words: "sky", regions: ["r1"] }]);
  assert.equal(open.broken().length, 1);
  assert.equal(open.edit().questions[0].form, "plain");
  open.bringBack("r1");
  assert.deepEqual(open.edit().description, EDIT.description);
  assert.deepEqual(open.broken(), []);
});

test("a broken link outlives saving and opening, and is linked again or let go", () => {
  const open = model();
  open.editText("description", "The  is noisy.", 4);
  const saved = open.edit();
  assert.deepEqual([saved.description.phrases, saved.broken], [[], [{ words: "sky", regions: ["r1"] }]]);
  const again = model(saved);
  assert.deepEqual(again.edit(), saved);
  const [lost] = again.broken();
  assert.equal(again.link("description", 8, 13, again.regionsOf(lost)), true);
  again.unlink("description", lost.id);
  assert.deepEqual([again.edit().description.phrases, again.edit().broken], [[{ start: 8, end: 13, regions: ["r1"] }], []]);
});

test("every change is told, and counted", () => {
  const open = model();
  const heard = [];
  open.on((what) => heard.push(what));
  open.setRegions([{ id: "r1", box: box(0.01) }, ...EDIT.regions.slice(1), { id: "d1", box: box(0.8) }]);
  open.addTag();
  open.setTag(1, { phrase: "dog", quality: "dark" });
  open.removeQuestion(open.questions()[0].key);
  open.editText("description", "The sky is very noisy.", 16);
  assert.deepEqual(heard, ["regions", "tags added", "tags", "questions removed", "text"]);
  assert.equal(summary(open.changes()), "1 box added · 1 box moved · text changed · 1 tag added · 1 question removed");
  open.replace(EDIT);
  assert.equal(summary(open.changes()), "As proposed");
});

test("empty rows are not saved", () => {
  const open = model();
  open.addTag();
  open.addQuestion();
  assert.deepEqual(open.edit(), EDIT);
});

test("a description is only there when it was, or has words", () => {
  const without = { ...EDIT, description: null };
  const open = model(without);
  assert.equal(open.edit().description, null);
  open.editText("description", "x", 1);
  assert.deepEqual(open.edit().description, text("x"));
});

test("the studio's counts are said in the same words", () => {
  assert.equal(said({ boxes_added: 0, boxes_moved: 2, boxes_removed: 1, tags_added: 0, tags_removed: 0, text: true, links: false, questions_added: 0, questions_removed: 0 }), "2 boxes moved · 1 box removed · text changed");
});

const with_ = (patch) => ({ ...EDIT, ...patch });
const moved = (x) => with_({ regions: [{ id: "r1", box: box(x) }, EDIT.regions[1]] });
const wordy = (words) => with_({ description: text(words) });

test("what one side changed is taken", () => {
  const mine = moved(0.1);
  const theirs = wordy("Other words.");
  const { edit, conflicts } = merge(EDIT, mine, theirs);
  assert.deepEqual([edit.regions[0].box, edit.description.text, conflicts], [box(0.1), "Other words.", []]);
  for (const other of [mine, theirs, EDIT]) {
    assert.deepEqual(merge(EDIT, other, EDIT), { edit: other, conflicts: [] });
    assert.deepEqual(merge(EDIT, EDIT, other).edit, other);
    assert.deepEqual(merge(EDIT, other, other), { edit: other, conflicts: [] });
  }
});

test("what both changed differently is chosen part by part", () => {
  const [mine, theirs] = [{ ...moved(0.1), description: text("Mine.") }, { ...moved(0.2), description: text("Theirs.") }];
  const merged = merge(EDIT, mine, theirs);
  assert.deepEqual(merged.conflicts.map(({ part, id }) => [part, id]), [["box", "r1"], ["description", "description"]]);
  assert.deepEqual([merged.edit.regions[0].box, merged.edit.description.text], [box(0.1), "Mine."]);
  const taken = taking(merged, ["r1", "description"]);
  assert.deepEqual([taken.regions.find((region) => region.id === "r1").box, taken.description.text], [box(0.2), "Theirs."]);
});

test("rows of both sides are together, and a deleted box leaves no phrase behind", () => {
  const tag = (phrase) => ({ phrase, quality: "dark", effect: "negative" });
  const mine = with_({ tags: [...EDIT.tags, tag("dog")], regions: EDIT.regions.slice(1), description: EDIT.description });
  const theirs = with_({ tags: [tag("cat")] });
  const { edit } = merge(EDIT, mine, theirs);
  assert.deepEqual(edit.tags.map((one) => one.phrase), ["dog", "cat"]);
  assert.deepEqual([edit.description.phrases, edit.questions[0].question.phrases], [[], []]);
});

test("a box that one deleted and the other moved is a conflict", () => {
  const merged = merge(EDIT, with_({ regions: EDIT.regions.slice(1) }), moved(0.2));
  assert.deepEqual(merged.conflicts.map((one) => [one.id, one.mine]), [["r1", null]]);
  assert.deepEqual(taking(merged, ["r1"]).regions.map((one) => one.id), ["r2", "r1"]);
});

test("differences are found per box", () => {
  assert.deepEqual([...differences(EDIT, with_({ regions: [{ id: "r1", box: box(0.2) }, { id: "d1", box: box(0.5) }] })).boxes], [["r1", "moved"], ["d1", "added"], ["r2", "removed"]]);
});

test("the words that changed are told apart, and nothing is lost between them", () => {
  assert.deepEqual(wordDifference("The sky is noisy.", "The blue sky is sharp."), [
    { kind: "same", text: "The" }, { kind: "added", text: " blue" }, { kind: "same", text: " sky is" }, { kind: "removed", text: " noisy." }, { kind: "added", text: " sharp." },
  ]);
  const join = (parts, without) => parts.filter(({ kind }) => kind !== without).map(({ text: words }) => words).join("");
  for (const [before, after] of [["", ""], ["a b", ""], ["", "a  b "], ["a b c d", "c d a b"], ["🗼 a", "a 🗼"]]) {
    assert.equal(join(wordDifference(before, after), "added"), before);
    assert.equal(join(wordDifference(before, after), "removed"), after);
  }
  assert.equal(wordDifference("a ".repeat(700), "b"), null);
});

test("a link to a box that the other side deleted is not lost without a word", () => {
  const theirs = with_({ description: text("The sky is noisy.", [4, 7, "r1"], [8, 10, "r2"]) });
  const mine = with_({ regions: EDIT.regions.slice(0, 1) });
  const { edit } = merge(EDIT, mine, theirs);
  assert.deepEqual([edit.description.phrases, edit.broken], [[{ start: 4, end: 7, regions: ["r1"] }], [{ words: "is", regions: ["r2"] }]]);
});

test("one question that both edited is chosen, not kept twice", () => {
  const answered = (words) => with_({ questions: [{ ...EDIT.questions[0], answer: text(words) }] });
  const merged = merge(EDIT, answered("No."), answered("Yes!"));
  assert.deepEqual(merged.conflicts.map(({ part, id }) => [part, id]), [["question", "question 0"]]);
  assert.equal(merged.edit.questions.length, 1);
  assert.equal(taking(merged, ["question 0"]).questions[0].answer.text, "Yes!");
  const tags = [1, 2].map((n) => ({ phrase: `p${n}`, quality: "dark", effect: "negative" }));
  const two = with_({ tags });
  assert.deepEqual(merge(two, two, with_({ tags: [{ ...tags[0], quality: "x" }, tags[1]] })).edit.tags.map((tag) => tag.quality), ["x", "dark"]);
});

test("a phrase whose box was deleted is whole again when the box comes back after a reload", () => {
  const open = model();
  open.removeRegion("r1");
  const again = model(open.edit());
  assert.deepEqual(again.broken().map((link) => link.lost), [""]);
  again.bringBack("r1");
  assert.deepEqual([again.edit().description, again.edit().broken], [EDIT.description, []]);
});

test("line ends of other systems do not move the links", () => {
  const windows = { ...EDIT, description: text("First.\r\nThe sky\r\nis noisy.", [12, 15, "r1"]) };
  const open = model(windows);
  assert.equal(open.text("description").text, "First.\nThe sky\nis noisy.");
  assert.deepEqual(open.edit().description.phrases, [{ start: 11, end: 14, regions: ["r1"] }]);
});

test("the form of a question that nobody touched stays as it came", () => {
  const both = with_({ questions: [{ kind: "what", form: "grounding", question: text("Is the sky?", [7, 10, "r1"]), answer: text("The sky.", [4, 7, "r1"]) }] });
  assert.deepEqual(model(both).edit(), both);
});
