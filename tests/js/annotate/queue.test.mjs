import assert from "node:assert/strict";
import { test } from "node:test";

import { createStopwatch } from "../../../assets/js/annotate/stopwatch.js";
import { createWorkQueue } from "../../../assets/js/annotate/work_queue.js";

/** A studio's queue with these tasks; `lost`: the claim is over. */
function queueOf(tasks) {
  const self = { calls: [], lost: false, silent: false };
  self.ask = {
    async claim(project) {
      self.calls.push(["claim", project]);
      const task = tasks.shift();
      return task ? { task: { id: task }, token: `t${task}`, expires_at: "noon", lease_seconds: 60, left: tasks.length + 1 } : { task: null, token: null, expires_at: null, lease_seconds: null, left: 0 };
    },
    async renew(task, token) {
      self.calls.push(["renew", task, token]);
      if (self.silent) throw new TypeError("network");
      if (self.lost) throw Object.assign(new Error("lost"), { status: 409 });
      return { expires_at: "later" };
    },
    async release(task, token) { self.calls.push(["release", task, token]); },
  };
  return self;
}

function page(studio) {
  const [told, timers] = [[], []];
  const queue = createWorkQueue({ ask: studio.ask, hear: (one) => told.push(one), later: (fn, ms) => timers.push({ fn, ms }), cancel: () => timers.splice(0) });
  return { queue, told, timers, beat: () => timers.shift().fn() };
}

test("a task is held, renewed three times in its lease, and the end of its claim is told", async () => {
  const studio = queueOf([7]);
  const { queue, told, timers, beat } = page(studio);
  queue.enter(3);
  assert.equal((await queue.next()).id, 7);
  assert.deepEqual([queue.holds(7), timers[0].ms, studio.calls], [true, 20_000, [["claim", 3]]]);
  await beat();
  studio.silent = true;
  await beat(); // no answer: the claim may hold still
  studio.silent = false;
  studio.lost = true;
  await beat();
  assert.deepEqual(told, [{ kind: "held", until: "noon" }, { kind: "left", left: 1 }, { kind: "held", until: "later" }, { kind: "lost" }]);
  assert.deepEqual([queue.holds(7), timers.length], [false, 0]);
});

test("a task that was submitted is not given back, one that is left is, once", async () => {
  const studio = queueOf([1, 2]);
  const { queue, timers } = page(studio);
  queue.enter(null);
  await queue.next();
  queue.done(1);
  queue.giveBack();
  await queue.next();
  queue.leave();
  queue.leave();
  assert.deepEqual(studio.calls, [["claim", null], ["claim", null], ["release", 2, "t2"]]);
  assert.deepEqual([queue.active(), timers.length], [false, 0]);
});

test("an empty queue gives nothing and beats no more", async () => {
  const { queue, timers, told } = page(queueOf([]));
  queue.enter(1);
  assert.deepEqual([await queue.next(), timers.length, told], [null, 0, []]);
});

test("time at work leaves long pauses out and goes on from what was spent before", () => {
  let now = 0;
  const watch = createStopwatch(() => now);
  watch.start(12.5);
  for (const step of [1_000, 4_000, 600_000]) {
    now += step;
    watch.beat();
  }
  assert.equal(watch.seconds(), 12.5 + 1 + 4 + 30);
  watch.start();
  now -= 5_000; // a clock that was set back
  assert.equal(watch.seconds(), 0);
});
