import assert from "node:assert/strict";
import { test } from "node:test";

import { beside } from "../../../assets/js/annotate/assist.js";
import { missing, pressDigit } from "../../../assets/js/annotate/kinds.js";
import { blocksOf, spansOf } from "../../../assets/js/annotate/markdown.js";
import { merge, taking } from "../../../assets/js/annotate/merge.js";
import { createModel } from "../../../assets/js/annotate/model.js";
import { factsOf } from "../../../assets/js/annotate/provenance.js";
import { withName } from "../../../assets/js/annotate/text_links.js";

for (const [what, source, expected] of [
  ["headings, paragraphs that go on, and lists", "# A\nb\nc\n\n- d\n* e\n1. f\n2) g", [
    { kind: "h", level: 1, text: "A" }, { kind: "p", text: "b c" }, { kind: "ul", items: ["d", "e"] }, { kind: "ol", items: ["f", "g"] },
  ]],
  ["nothing", "\r\n\n", []],
  ["what only looks like a list", "-no\n#no", [{ kind: "p", text: "-no #no" }]],
  ["a program", "<script>alert(1)</script>", [{ kind: "p", text: "<script>alert(1)</script>" }]],
]) {
  test(`a guideline has ${what}`, () => assert.deepEqual(blocksOf(source), expected));
}

test("bold, italic and code are told apart, and half a mark is text", () => {
  assert.deepEqual(spansOf("a **b** *c* `d <i>` 2 * 3"), [
    { kind: "text", text: "a " }, { kind: "strong", text: "b" }, { kind: "text", text: " " }, { kind: "em", text: "c" }, { kind: "text", text: " " },
    { kind: "code", text: "d <i>" }, { kind: "text", text: " 2 * 3" },
  ]);
  assert.deepEqual(spansOf("**open `and"), [{ kind: "text", text: "**open `and" }]);
});

const state = (text, ...links) => ({ text, links: links.map(([start, end, ...regions], index) => ({ id: `l${index}`, start, end, regions, lost: "" })) });
for (const [what, before, words, text, links] of [
  ["an empty text", state(""), "dog", "dog", [[0, 3, "b"]]],
  ["a list of names", state("dog", [0, 3, "a"]), "tree", "dog, tree", [[0, 3, "a"], [5, 9, "b"]]],
  ["a sentence", state("It is dark."), "dog", "It is dark. dog", [[12, 15, "b"]]],
  ["words that stand there", state("A dog runs."), "dog", "A dog runs.", [[2, 5, "b"]]],
  ["a name of two boxes", state("dog", [0, 3, "a"]), "dog", "dog", [[0, 3, "a", "b"]]],
  ["words within others only", state("catalogue"), "cat", "catalogue, cat", [[11, 14, "b"]]],
  ["another name than before", state("dog, cat", [0, 3, "b"]), "cat", "dog, cat", [[5, 8, "b"]]],
]) {
  test(`a box is named in ${what}`, () => {
    const named = withName(before, "new", "b", words);
    assert.equal(named.text, text);
    assert.deepEqual(named.links.map(({ start, end, regions }) => [start, end, ...regions]), links);
  });
}

test("a name of nothing is no name", () => assert.equal(withName(state("dog"), "new", "b", "  "), null));

const EDIT = { regions: [{ id: "r1", box: [0, 0, 0.5, 0.5] }, { id: "r2", box: [0.5, 0.5, 1, 1] }], tags: [], description: { text: "", phrases: [] }, questions: [], broken: [] };
const model = (task = {}, edit = EDIT) => createModel({ kind: "description", proposal: { regions: EDIT.regions }, proposed: EDIT, edit, vocabulary: ["grain", "blur"], ...task });

test("proposed boxes are decided by accepting, moving and deleting, and only what was accepted and is there is saved", () => {
  const open = model();
  const undecided = () => open.proposals().filter((one) => one.open).map(({ id }) => id);
  open.accept(open.proposals()[0]);
  assert.deepEqual([undecided(), open.edit().accepted, open.proposals().length], [["r2"], ["r1"], 2]);
  open.moveRegion("r2", [0.5, 0.5, 0.9, 0.9]);
  assert.deepEqual(undecided(), []);
  open.removeRegion("r1");
  assert.equal("accepted" in open.edit(), false);
});

test("what is absent and what is judged is saved where something was said", () => {
  const open = model();
  assert.deepEqual(open.edit(), EDIT);
  open.addAbsent(" a dog ");
  open.addAbsent("a dog");
  open.judge({ rating: 0.5 });
  assert.deepEqual([open.edit().absent, open.edit().judgement], [["a dog"], { preference: null, rating: 0.5 }]);
  open.removeAbsent("a dog");
  assert.equal("absent" in open.edit(), false);
});

test("a number key rates, prefers or names, by the kind of the task", () => {
  const [score, comparison, objects] = ["score", "comparison", "objects"].map((kind) => model({ kind }));
  assert.match(missing(score), /Rate the image/);
  assert.match(missing(comparison), /which image is better/);
  pressDigit(score, 2, []);
  pressDigit(comparison, 3, []);
  pressDigit(comparison, 9, []);
  pressDigit(objects, 2, ["r1", "r2"]);
  assert.deepEqual([score.judgement().rating, comparison.judgement().preference, missing(score), missing(comparison)], [0.25, "tie", "", ""]);
  assert.deepEqual(objects.edit().description, { text: "blur", phrases: [{ start: 0, end: 4, regions: ["r1", "r2"] }] });
});

test("absent things and judgements are merged: both kept, or chosen", () => {
  const mine = { ...EDIT, absent: ["dog"], judgement: { preference: "a", rating: null } };
  const theirs = { ...EDIT, absent: ["cat", "sky"], judgement: { preference: "b", rating: null } };
  const merged = merge(EDIT, mine, theirs);
  assert.deepEqual([merged.edit.absent, merged.edit.judgement], [["dog", "cat", "sky"], mine.judgement]);
  assert.deepEqual(merged.conflicts.map(({ part }) => part), ["judgement"]);
  assert.deepEqual(taking(merged, ["judgement"]).judgement, theirs.judgement);
  assert.deepEqual(merge(EDIT, EDIT, theirs).edit, theirs);
});

test("another proposal's boxes come beside, the same box stays one", () => {
  const theirs = { ...EDIT, regions: [{ id: "r2", box: [0, 0, 0.5, 0.5] }, { id: "r1", box: [0.1, 0.1, 0.2, 0.2] }], description: { text: "sky", phrases: [{ start: 0, end: 3, regions: ["r1", "r2"] }] } };
  const { regions, description } = beside(EDIT, theirs);
  assert.deepEqual([regions.map(({ id }) => id), description.phrases[0].regions], [["r1", "p-r1"], ["p-r1", "r1"]]);
});

test("where a box comes from is told in full, and of a drawn one that it was drawn", () => {
  const provenance = { status: "dropped", source: "sam:x", reason: "filter: No", score: 0.5, probability: 0.25, merged_from: ["a"] };
  const facts = Object.fromEntries(factsOf({ proposed: { provenance }, box: [0, 0, 0.5, 1], accepted: false, moved: true }));
  assert.deepEqual(facts, {
    "Proposed by": "sam:x", "What became of it": "dropped; moved by you", Reason: "filter: No", "Detector's score": "50 %",
    "Filter: probability of “Yes”": "25 %", "Merged from": "a", Place: "0.0, 0.0, 50.0, 100.0",
  });
  assert.deepEqual(factsOf({ proposed: null, box: null }), [["Drawn by", "you"]]);
});
