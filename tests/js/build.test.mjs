/* How a build is told. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { durationText, progressText, rateText, reasonsOf } from "../../assets/js/build/telling.js";

const progress = (more) => ({ done: 20, total: 400, rate: 4, dropped: 0, stages: [], ...more });

test("a running build tells how far it is and when it ends", () => {
  assert.equal(progressText({ state: "running", progress: progress() }), "20 of 400 rows, 4.0/s, about 2 min left");
  assert.equal(progressText({ state: "running", progress: progress({ done: 400 }) }), "400 of 400 rows, 4.0/s, finishing");
  assert.equal(progressText({ state: "running", progress: null }), "Starting: models are loaded…");
  assert.equal(progressText({ state: "done", progress: progress({ done: 400, dropped: 3 }) }), "400 of 400 rows, 3 dropped");
});

test("times and rates are told in sizes that people read", () => {
  assert.deepEqual([0.2, 45, 89.6, 600, 9_000].map(durationText), ["1 s", "45 s", "90 s", "10 min", "2.5 h"]);
  assert.deepEqual([0, 6.12, 2_173.9].map(rateText), ["", "6.1/s", "2,174/s"]);
});

test("reasons of all stages stand together, the most frequent first", () => {
  const stages = [{ stage: "open", dropped: { "image missing": 1 } }, { stage: "tags", dropped: { "no tag": 7 } }];
  assert.deepEqual(reasonsOf({ stages }), [["Tags: no tag", 7], ["Open: image missing", 1]]);
  assert.deepEqual(reasonsOf(null), []);
});
