import assert from "node:assert/strict";
import { test } from "node:test";

import { begin, canRedo, canUndo, LIMIT, record, redo, TOGETHER_MS, undo } from "../../assets/js/history.js";

test("there is nothing to undo at the beginning", () => {
  const history = begin("a");
  assert.equal(canUndo(history), false);
  assert.equal(canRedo(history), false);
  assert.equal(undo(history), history);
  assert.equal(redo(history), history);
});

test("undo and redo walk the steps back and forth", () => {
  const made = record(record(begin("a"), "b"), "c");
  const back = undo(undo(made));
  assert.deepEqual([undo(made).present, back.present, redo(back).present, redo(redo(back)).present], ["b", "a", "b", "c"]);
});

test("a new step after an undo forgets what was undone", () => {
  const history = record(undo(record(begin("a"), "b")), "c");
  assert.equal(canRedo(history), false);
  assert.deepEqual(history.past, ["a"]);
});

test("steps of one key that follow each other quickly are one step", () => {
  let history = record(begin(0), 1, "nudge", 1000);
  history = record(history, 2, "nudge", 1000 + TOGETHER_MS - 1);
  history = record(history, 3, "nudge", 1000 + 2 * TOGETHER_MS - 2);
  assert.equal(undo(history).present, 0);
});

test("a pause, another key or no key makes a step of its own", () => {
  const first = record(begin(0), 1, "nudge", 1000);
  assert.equal(undo(record(first, 2, "nudge", 1000 + TOGETHER_MS)).present, 1);
  assert.equal(undo(record(first, 2, "grow", 1001)).present, 1);
  assert.equal(undo(record(first, 2, null, 1001)).present, 1);
  assert.equal(undo(record(record(begin(0), 1), 2)).present, 1);
});

test("a step after an undo does not join the one before", () => {
  let history = record(begin(0), 1, "nudge", 1000);
  history = record(history, 2, "other", 1001);
  history = record(undo(history), 5, "nudge", 1002);
  assert.equal(undo(history).present, 1);
});

test("the oldest steps go when there are too many", () => {
  let history = begin(0);
  for (let step = 1; step <= LIMIT + 50; step += 1) history = record(history, step);
  assert.equal(history.past.length, LIMIT);
  assert.equal(history.past[0], 50);
});
