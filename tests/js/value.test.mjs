import assert from "node:assert/strict";
import { test } from "node:test";

import { readValue, reconcile, same } from "../../assets/js/value.js";

const image = (id) => ({ id, url: `/media/${id}`, width: 100, height: 50, name: "roof.png", notes: ["turned upright"] });
const region = (id, source = "drawn") => ({ id, box: [0.1, 0.1, 0.5, 0.5], label: "", source, group: "" });
const value = (more = {}) => readValue({ image: image("a"), regions: [], heat: null, revision: 3, ...more });
const ids = (one) => one.regions.map((each) => each.id);

for (const nothing of [null, undefined, "", 7, [], {}]) {
  test(`${JSON.stringify(nothing)} is an empty canvas`, () => {
    assert.deepEqual(readValue(nothing), { image: null, regions: [], selected: [], heat: null, readonly: false, revision: 0 });
  });
}

test("a whole value is read as it is", () => {
  const whole = { image: image("a"), regions: [region("r1"), region("m1", "described")], selected: ["r1"], heat: { fault: "Noise", rows: [[0, 1]] }, readonly: true, revision: 5 };
  assert.deepEqual(readValue(whole), whole);
});

for (const [what, box] of [
  ["reversed", [0.5, 0.1, 0.1, 0.5]], ["empty", [0.1, 0.1, 0.1, 0.5]], ["outside", [-0.1, 0, 1, 1]], ["beyond", [0, 0, 1.1, 1]],
  ["not numbers", [NaN, 0, 1, 1]], ["three", [0, 0, 1]], ["words", ["0", "0", "1", "1"]], ["missing", undefined],
]) {
  test(`a box that is ${what} is left out`, () => assert.deepEqual(ids(value({ regions: [{ ...region("bad"), box }, region("good")] })), ["good"]));
}

test("regions of unknown source and second ones of one id are left out", () => {
  assert.deepEqual(ids(value({ regions: [region("r"), region("r"), region("x", "guessed"), null] })), ["r"]);
});

for (const url of ["https://elsewhere/x.png", "//elsewhere/x.png", "javascript:alert(1)", "data:image/png,", "", null]) {
  test(`an image at ${url} is not shown`, () => assert.equal(value({ image: { ...image("a"), url } }).image, null));
}

test("without an image there are no regions", () => assert.deepEqual(ids(readValue({ regions: [region("r")] })), []));

test("a selection of regions that are not there is forgotten", () => {
  assert.deepEqual(value({ regions: [region("r")], selected: ["gone", "r"] }).selected, ["r"]);
});

test("an answer of the same revision is taken, the person's selection kept", () => {
  const local = value({ regions: [region("r")], selected: ["r"] });
  const answer = value({ regions: [region("m", "described"), region("r")], selected: ["m"] });
  assert.deepEqual(reconcile(local, answer), { ...answer, selected: ["r"] });
});

test("what Python left out stays as it is on the page", () => {
  const local = value({ regions: [region("m", "described")], heat: { fault: "Noise", rows: [[1]] }, revision: 2 });
  const { heat, ...boxes } = value({ regions: [region("n", "answered")], revision: 2 });
  const { regions, ...map } = value({ heat: { fault: "Blur", rows: [[0]] }, revision: 2 });
  assert.deepEqual([ids(reconcile(local, readValue(boxes))), reconcile(local, readValue(boxes)).heat.fault], [["n"], "Noise"]);
  assert.deepEqual([ids(reconcile(local, readValue(map))), reconcile(local, readValue(map)).heat.fault], [["m"], "Blur"]);
  assert.equal("kept" in reconcile(local, readValue(boxes)), false);
});

test("what was left out of a value for another image is not taken from this one", () => {
  const { heat, ...other } = value({ image: image("b"), regions: [], revision: 9 });
  assert.equal(reconcile(value({ heat: { fault: "Noise", rows: [[1]] } }), readValue(other)).heat, null);
});

test("a newer value is taken whole, its selection too", () => {
  const newer = value({ revision: 4, regions: [region("m", "answered")], selected: ["m"] });
  assert.equal(reconcile(value({ regions: [region("r")] }), newer), newer);
});

test("an older answer about this image brings its boxes, and what was drawn meanwhile stays", () => {
  const local = value({ revision: 6, regions: [region("old", "described"), region("mine")], selected: ["mine"] });
  const answer = value({ revision: 3, regions: [region("new", "answered")], heat: { fault: "Noise", rows: [[1]] } });
  const merged = reconcile(local, answer);
  assert.deepEqual(ids(merged), ["new", "mine"]);
  assert.deepEqual([merged.selected, merged.revision, merged.heat.fault], [["mine"], 6, "Noise"]);
});

test("a box deleted meanwhile does not come back", () => {
  const local = value({ revision: 6, regions: [] });
  assert.deepEqual(ids(reconcile(local, value({ revision: 3, regions: [region("deleted"), region("m", "described")] }))), ["m"]);
});

test("an answer about an image that was replaced meanwhile is dropped", () => {
  const local = value({ image: image("b"), revision: 4 });
  assert.equal(reconcile(local, value({ revision: 3, regions: [region("m", "described")] })), local);
});

test("another image of a higher revision, or of the same, is opened", () => {
  const local = value({ revision: 4 });
  for (const revision of [4, 5]) {
    const newer = value({ image: image("b"), revision });
    assert.equal(reconcile(local, newer), newer);
  }
});

test("an empty canvas that went through Python does not empty the one on show, but nothing at all does", () => {
  const local = value({ revision: 4, regions: [region("r")] });
  assert.equal(reconcile(local, readValue({ revision: 0 })), local);
  assert.deepEqual(reconcile(local, null), { ...readValue(null), revision: 5 });
});

test("values that say the same are the same", () => {
  assert.equal(same(value(), value()), true);
  assert.equal(same(value(), value({ revision: 9 })), false);
});
