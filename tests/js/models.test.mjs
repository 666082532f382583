import assert from "node:assert/strict";
import { test } from "node:test";

import { behindText, choiceText, isGrowing, readBlocks, verdictOf } from "../../assets/js/blocks.js";
import { nextLook, readChoice, readModels, sizeText, stateText } from "../../assets/js/models.js";

const state = (more) => ({ name: "m", title: "m", phase: "ready", what: "", share: null, bytes: 0, problem: "", ...more });

for (const [given, words] of [
  [state({}), "Ready"],
  [state({ bytes: 8_200_000_000 }), "Ready, about 8.2 GB of memory"],
  [state({ phase: "not loaded" }), "Loaded when it is first asked"],
  [state({ phase: "loading", what: "downloading, 1 MB of 4 MB", share: 0.25 }), "Loading: downloading, 1 MB of 4 MB (25 %)"],
  [state({ phase: "loading", what: "starting" }), "Loading: starting"],
  [state({ phase: "failed", problem: "It is gated. Accept its licence." }), "It is gated. Accept its licence."],
  [state({ phase: "failed" }), "It could not be loaded."],
  [undefined, ""],
]) {
  test(`${given?.phase} ${given?.what ?? ""} is told as "${words}"`, () => assert.equal(stateText(given), words));
}

for (const [bytes, words] of [[8.21e9, "8.2 GB"], [340e6, "340 MB"], [1234, "1 kB"], [1, "1 kB"]]) {
  test(`${bytes} bytes are ${words}`, () => assert.equal(sizeText(bytes), words));
}

for (const nothing of [null, {}, { models: 7 }, { models: [null, { name: 7, phase: "ready" }, { name: "m", phase: "toString" }] }]) {
  test(`${JSON.stringify(nothing)} tells of no model`, () => assert.deepEqual(readModels(nothing), {}));
}

test("states are read by name, what makes no sense in them left out", () => {
  const { m } = readModels({ models: [{ name: "m", phase: "loading", what: 3, share: 7, bytes: -1 }] });
  assert.deepEqual(m, state({ phase: "loading", what: "3" }));
  assert.equal(readModels({ models: [{ name: "m", phase: "loading", share: 0 }] }).m.share, 0);
});

for (const [given, choice] of [
  [{ model: "b", rival: "a" }, { model: "b", rival: "a" }],
  [{ model: "b", rival: "b" }, { model: "b", rival: "" }],
  [{ model: "gone", rival: "gone" }, { model: "a", rival: "" }],
  [null, { model: "a", rival: "" }],
]) {
  test(`the choice ${JSON.stringify(given)} is ${JSON.stringify(choice)}`, () => assert.deepEqual(readChoice(given, ["a", "b"]), choice));
}

test("the states are looked at often only while something is loaded", () => {
  assert.ok(nextLook([undefined, state({ phase: "loading" })]) < 1000);
  assert.ok(nextLook([undefined, state({})]) > 3000);
});

test("two models' blocks are a pair, and blocks of one id have keys of their own", () => {
  const row = (id, kind, more) => ({ id, kind, text: "", ...more });
  const blocks = readBlocks({ blocks: [row("n", "note"), row("n", "note"), row("q1", "question"), row("a1", "answer"), row("b1", "answer", { second: true }), row("a2", "answer")] });
  assert.deepEqual(blocks.map(({ key, pair }) => [key, pair]), [["n#1", null], ["n#2", null], ["q1#1", null], ["a1#1", "first"], ["b1#1", "second"], ["a2#1", null]]);
});

const block = (more) => readBlocks({ blocks: [{ id: "a", kind: "answer", text: "x", ...more }] })[0];

for (const [more, words] of [
  [{}, ""],
  [{ raw: "x" }, "The model's own words"],
  [{ raw: "x", problems: ["a"] }, "The model's own words, 1 problem reading them"],
  [{ raw: "x", problems: ["a", "b"], state: "stopped" }, "The model's own words, 2 problems reading them"],
  [{ raw: "x", state: "running" }, ""],
  [{ choices: [["Yes", 0.9]] }, "Probabilities"],
  [{ choices: [["Yes", 7], "No", null] }, ""],
]) {
  test(`behind ${JSON.stringify(more)} stands "${words}"`, () => assert.equal(behindText(block(more)), words));
}

for (const [more, verdict] of [
  [{}, null],
  [{ status: "absent" }, { words: "Nothing like that found", icon: "absent" }],
  [{ state: "running", status: "absent" }, { words: "Writing…", icon: null }],
  [{ state: "stopped" }, { words: "Stopped", icon: "stop" }],
  [{ state: "toString" }, null],
]) {
  test(`the verdict of ${JSON.stringify(more)}`, () => assert.deepEqual(verdictOf(block(more)), verdict));
}

test("only what waits or is written grows", () => {
  assert.deepEqual(["waiting", "running", "stopped", "failed", null].map((one) => isGrowing({ state: one })), [true, true, false, false, false]);
});

for (const [choice, words] of [[["Yes", 0.874], "Yes 87 %"], [["No", 1], "No 100 %"], [["No", 0.999], "No over 99 %"], [["No", 0.002], "No under 1 %"], [["No", 0], "No 0 %"]]) {
  test(`${choice} is "${words}"`, () => assert.equal(choiceText(choice), words));
}
