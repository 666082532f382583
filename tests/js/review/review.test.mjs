import assert from "node:assert/strict";
import { test } from "node:test";

import { everyDay, roundUp } from "../../../assets/js/dashboard/charts.js";
import { change, coefficient, flagText, percent, points, withInterval } from "../../../assets/js/dashboard/figures.js";
import { anchorOf, anchorText, threadsOf } from "../../../assets/js/review/anchors.js";
import { createUnsent } from "../../../assets/js/review/unsent.js";
import { groupNumbers, letter } from "../../../assets/js/review/versions.js";

const TEXT = "The 🗼 is noisy.";

for (const [name, given, expected] of [
  ["nothing chosen", {}, { kind: "task" }],
  ["a box", { regions: ["r1", "r2"] }, { kind: "region", region: "r1" }],
  ["a point before all", { point: { x: 0.5, y: 0 }, regions: ["r1"] }, { kind: "point", x: 0.5, y: 0 }],
  ["words, counted in code points", { text: TEXT, selection: { start: 4, end: 9 } }, { kind: "phrase", start: 4, end: 8, words: "🗼 is" }],
  ["words behind an emoji", { text: TEXT, selection: { start: 10, end: 15 } }, { kind: "phrase", start: 9, end: 14, words: "noisy" }],
  ["spaces alone", { text: TEXT, selection: { start: 3, end: 4 } }, { kind: "task" }],
  ["a caret", { text: TEXT, selection: { start: 3, end: 3 } }, { kind: "task" }],
]) {
  test(`a comment is pinned to what is chosen: ${name}`, () => assert.deepEqual(anchorOf(given), expected));
}

test("a place is told in words, a box by its name", () => {
  assert.equal(anchorText({ kind: "region", region: "r1" }, () => "sky"), "at the box “sky”");
  assert.equal(anchorText({ kind: "region", region: "r1" }), "at the box “r1”");
  assert.equal(anchorText({ kind: "phrase", words: "<b>" }), "at “<b>”");
  assert.equal(anchorText({ kind: "point", x: 0.256, y: 1 }), "at 26 %, 100 % of the image");
  assert.equal(anchorText({ kind: "task" }), "on the whole task");
});

test("comments are threads, the open ones first", () => {
  const comment = (id, thread, resolved = false) => ({ id, thread, resolved });
  const found = threadsOf([comment(1, null, true), comment(2, null), comment(3, 2), comment(4, 1), comment(5, 2)]);
  assert.deepEqual(found.map(({ first, replies }) => [first.id, replies.map(({ id }) => id)]), [[2, [3, 5]], [1, [4]]]);
});

test("boxes of one group have one number in every version", () => {
  const number = groupNumbers([{ members: { 7: "r1", 8: "d1" } }, { members: { 8: "r1" } }]);
  assert.deepEqual([number(7, "r1"), number(8, "d1"), number(8, "r1")], [0, 0, 1]);
  assert.equal(letter(2), "C");
});

test("a chart's top is a round number", () => {
  assert.deepEqual([0, 1, 3, 9, 10, 11, 49, 51, 700, 0.3].map(roundUp), [1, 1, 5, 10, 10, 20, 50, 100, 1000, 0.5]);
});

test("days without work are days too", () => {
  assert.deepEqual(everyDay([]), []);
  assert.deepEqual(everyDay([["2026-02-27", 3], ["2026-03-01", 1]]), [["2026-02-27", 3], ["2026-02-28", 0], ["2026-03-01", 1]]);
  assert.equal(everyDay([["2020-01-01", 1], ["2026-01-01", 1]], 60).length, 60);
});

test("figures are told with how sure they are, and what is not known as a dash", () => {
  assert.equal(withInterval({ value: 0.724, interval: [0.65, 0.781] }), "72 % (65–78 %)");
  assert.deepEqual([withInterval({ value: 1, interval: null }), percent(null), coefficient(0.5), coefficient(null)], ["100 %", "–", "0.50", "–"]);
});

test("a period is compared with the one before, where there is one", () => {
  assert.deepEqual([change(12, 10), change(5, 10), change(10, 10), change(10, 0), change(null, 3)], ["20 % more than before", "50 % less than before", "as before", "", ""]);
  assert.deepEqual([points(0.6, 0.5), points(0.5, 0.6), points(0.5, null)], ["The newer half is higher by 10 points.", "The newer half is lower by 10 points.", ""]);
});

test("a flag tells the figures that raised it", () => {
  assert.equal(flagText({ kind: "rushing", sign: "time", value: 20, usual: 65, cases: 30 }), "20 s a task, others 1 min 5 s, over 30 tasks");
  assert.equal(flagText({ kind: "careless", sign: "unchanged", value: 1, usual: 0, cases: 16 }), "left 100 % of the proposals as they came that most others changed, over 16 tasks");
  assert.equal(flagText({ kind: "drifting", sign: "gold", value: 0.7, usual: 0.9, cases: 20 }), "the gold score fell from 90 % to 70 %, over 20 tasks");
});

test("what was not sent is kept for its author, and a browser that keeps nothing is no error", () => {
  const stored = new Map();
  const storage = { setItem: (key, text) => stored.set(key, text), getItem: (key) => stored.get(key) ?? null, removeItem: (key) => stored.delete(key) };
  const [mine, theirs] = [createUnsent("rev", storage), createUnsent("ria", storage)];
  mine.keep("task 1", { regions: [] });
  assert.deepEqual([mine.kept("task 1"), mine.kept("task 2"), theirs.kept("task 1")], [{ regions: [] }, null, null]);
  mine.drop("task 1");
  assert.equal(mine.kept("task 1"), null);
  stored.set("giqa-review rev task 3", "{");
  assert.equal(mine.kept("task 3"), null);
  const none = createUnsent("rev", null);
  none.keep("task 1", {});
  assert.equal(none.kept("task 1"), null);
});
