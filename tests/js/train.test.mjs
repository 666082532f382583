import assert from "node:assert/strict";
import { test } from "node:test";

import { nextOf } from "../../assets/js/train/loop.js";
import { changeText, figureText, progressText, smoothed, spanOf, ticks } from "../../assets/js/train/telling.js";

const status = (more) => ({ state: "training", step: 120, of: 400, loss: 0.4123, tokens_per_second: 1203.6, seconds_left: 46, best_loss: null, best_step: 0, ...more });

for (const [run, words] of [
  [{ state: "running", status: null }, "Starting: libraries are loaded…"],
  [{ state: "stopped", status: null }, ""],
  [{ state: "running", status: status({}) }, "120 of 400 steps, loss 0.412, 1,204 tokens/s, about 46 s left"],
  [{ state: "running", status: status({ state: "preparing", step: 0, of: 0, loss: null, tokens_per_second: 0 }) }, "Preparing: the data are read"],
  [{ state: "done", status: status({ state: "finished", step: 400, best_loss: 0.39, best_step: 350 }) }, "400 of 400 steps, loss 0.412, best held-out loss 0.390 at step 350"],
  [{ state: "running", taught: true, status: status({ step: 30, of: 100, loss: null, tokens_per_second: 0, seconds_left: null }) }, "30 of 100"],
  [{ state: "done", taught: true, status: status({ state: "finished", step: 0, of: 0, loss: null }) }, ""],
]) {
  test(`a run is told as "${words}"`, () => assert.equal(progressText(run), words));
}

for (const [span, wanted, found] of [[[0, 100], 4, [0, 50, 100]], [[5.4, 6.3], 5, [5.4, 5.6, 5.8, 6, 6.2]], [[0, 0.0003], 4, [0, 0.0001, 0.0002, 0.0003]]]) {
  test(`${span} is marked at ${found}`, () => assert.deepEqual(ticks(span, wanted), found));
}

test("a chart spans all its lines, and none without points", () => {
  assert.equal(spanOf([{ points: [] }]), null);
  const { x, y } = spanOf([{ points: [[1, 2], [10, 4]] }, { points: [[40, 3]] }]);
  assert.deepEqual(x, [0, 40]);
  assert.ok(y[0] < 2 && y[1] > 4);
});

test("a smoothed curve has as many points, and a straight one stays", () => {
  const line = Array.from({ length: 100 }, (_, index) => [index, 7]);
  assert.deepEqual(smoothed(line), line);
});

for (const [before, after, words] of [[0.5, 0.75, "+0.250"], [0.75, 0.5, "−0.250"], [0.5, 0.5, "0.000"], [0.5, 0.49999, "0.000"], [null, 1, ""]]) {
  test(`from ${before} to ${after} is "${words}"`, () => assert.equal(changeText(before, after), words));
}

test("a figure that is missing is a dash", () => assert.equal(figureText(null), "–"));

const loop = (submitted, after, ...states) => ({ submitted, after, steps: ["export", "train", "bench", "switch"].map((name, index) => ({ name, state: states[index], new: 3 })) });

for (const [state, step, words] of [
  [loop(0, null, "due", "waiting", "waiting", "waiting"), null, /Nobody has submitted/],
  [loop(3, null, "due", "waiting", "waiting", "waiting"), "export", /^3 corrections are not exported yet/],
  [loop(3, null, "done", "due", "waiting", "waiting"), "train", /Teach the model next/],
  [loop(3, null, "done", "running", "waiting", "waiting"), null, /this runs now/],
  [loop(3, "embedded:x", "done", "done", "due", "due"), "bench", /Measure both/],
  [loop(3, "embedded:x", "done", "done", "done", "due"), "switch", /if its figures say so/],
  [loop(3, "embedded:x", "done", "done", "due", "done"), null, /Go on correcting/],
  [loop(6, "embedded:x", "due", "done", "done", "done"), "export", /not exported yet/],
]) {
  test(`after ${state.steps.map((one) => one.state)} comes ${step}`, () => {
    const next = nextOf(state);
    assert.equal(next.step, step);
    assert.match(next.words, words);
  });
}
