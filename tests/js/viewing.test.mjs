/* One view over several pictures, and the batch table. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { factsOf, merged, verdictOf } from "../../assets/js/comparing/telling.js";
import { colorOf, csvOf, dragging, placeName, sorted } from "../../assets/js/scoring/table.js";
import { filesIn } from "../../assets/js/viewing/choosing.js";
import { bounded, moved, onBox, placed, WHOLE, zoomed } from "../../assets/js/viewing/view.js";
import { random } from "./random.mjs";

test("what a zoom is aimed at stays where it is, in pictures of any size", () => {
  for (const size of [{ width: 400, height: 300 }, { width: 90, height: 900 }]) {
    const room = { width: 500, height: 500 };
    const at = { x: 0.6, y: 0.45 };
    const before = zoomed(WHOLE, 2);
    const on = (view) => { const place = placed(view, size, room); return [place.left + at.x * place.width, place.top + at.y * place.height]; };
    const [x, y] = on(before);
    const [u, v] = on(zoomed(before, 1.5, at));
    assert.ok(Math.abs(x - u) < 1e-9 && Math.abs(y - v) < 1e-9);
  }
});

test("no view leaves the picture, whatever is done", () => {
  let view = WHOLE;
  const next = random(1);
  for (let step = 0; step < 500; step += 1) {
    const [a, b, c] = [next(), next(), next()];
    view = a < 0.5 ? zoomed(view, 0.3 + 2 * b, { x: b, y: c }) : moved(view, b - 0.5, c - 0.5);
    const half = 0.5 / view.scale;
    assert.ok(view.scale >= 1 && view.x - half >= -1e-9 && view.x + half <= 1 + 1e-9 && view.y - half >= -1e-9 && view.y + half <= 1 + 1e-9);
  }
  assert.deepEqual(bounded({ scale: 0.1, x: 9, y: -3 }), WHOLE);
});

test("a box is shown with room about it, a tiny one not from too near", () => {
  const near = onBox([0.25, 0.25, 0.75, 0.75]);
  assert.ok(Math.abs(near.scale - 1.2) < 1e-9 && near.x === 0.5 && near.y === 0.5);
  assert.equal(onBox([0.5, 0.5, 0.501, 0.501]).scale, 6);
  assert.deepEqual(onBox([0, 0, 1, 1]), WHOLE);
});

const ROWS = [{ name: "b", value: 0.2 }, { name: "A", value: null, problem: "gone" }, { name: "c", value: 0.9 }];

test("the table is sorted either way, and what has no score stands last", () => {
  const names = (column, ascending) => sorted(ROWS, column, ascending).map((row) => row.name).join("");
  assert.deepEqual([names("value", true), names("value", false), names("name", true), names("name", false)], ["bcA", "cbA", "Abc", "cbA"]);
});

test("the CSV keeps commas, quotes and line ends, and no cell becomes a formula", () => {
  const csv = csvOf([{ name: '=HYPERLINK("x")', value: 0.51239, low: 0.4, high: 0.6, method: "embedded" }, { name: "a,b\nc", value: null, problem: "it's gone" }]);
  assert.equal(csv, 'image,score,low,high,method,unparsed,problem\r\n"\'=HYPERLINK(""x"")",0.5124,0.4,0.6,embedded,0,\r\n"a,b\nc",,,,,0,it\'s gone\r\n');
});

test("the parts that drag it down come worst first, those that were not read not at all", () => {
  const parts = [{ id: 1, value: 0.5, importance: -0.1 }, { id: 2, value: null, importance: 0 }, { id: 3, value: 0.1, importance: -0.4 }, { id: 4, value: 0.9, importance: 0.5 }];
  assert.deepEqual(dragging(parts).map((one) => one.id), [3, 1]);
});

test("colours go from red to green, grey for none, and places have names", () => {
  assert.deepEqual([colorOf(0), colorOf(1), colorOf(7), colorOf(null)], ["rgb(140 20 40)", "rgb(60 150 90)", "rgb(60 150 90)", "rgb(120 120 120)"]);
  assert.deepEqual([placeName([0, 0, 0.2, 0.2]), placeName([0.4, 0.8, 0.6, 1]), placeName([0, 0, 1, 1])], ["Upper left", "Bottom", "Whole picture"]);
});

test("a comparison is told with what was noticed", () => {
  assert.deepEqual(verdictOf({ preference: "b", confidence: 0.876 }), [["word", "B is better"], ["sure", "88 % sure"]]);
  assert.deepEqual(verdictOf({ preference: "tie", confidence: null }), [["word", "A tie"]]);
  const facts = factsOf({ notes: ["Image B is Image A mirrored."], distortions: { a: [], b: ["noise", "pixelate"] }, swap_consistent: false, scene: "different", method: "m", model: "x" });
  assert.deepEqual(facts, [
    "Image B is Image A mirrored.", "A and B show two scenes: their overall scores were compared.", "Distortions: A none that is sure; B noise, pixelated.", "The verdict depends on the order of A and B.", "Found by x: m.",
  ]);
  assert.ok(factsOf({ notes: [], reasons_confidence: 0.934, method: "m" }).includes("The reasons are 93 % sure."));
  assert.ok(factsOf({ notes: [], distortions: { b: ["darken"] }, method: "m" }).includes("Distortions: B too dark."));
  assert.deepEqual(factsOf({ notes: [], distortions: {}, method: "m", model: "x" }), ["Found by x: m."]);
  assert.deepEqual(merged([{ regions: { a: [1], b: [] } }, { regions: { a: [2], reference: [3] } }]), { reference: [3], a: [1, 2], b: [] });
});

test("a dropped folder gives the files in it and in its folders, however many", async () => {
  const file = (name) => ({ isFile: true, file: (done) => done(name) });
  const folder = (entries) => ({
    isFile: false,
    createReader: () => {
      const waiting = [...entries];
      return { readEntries: (done) => done(waiting.splice(0, 100)) };
    },
  });
  const many = Array.from({ length: 230 }, (_, index) => file(`${index}.jpg`));
  const found = await filesIn([folder([folder(many), file("a.jpg")]), file("b.jpg")]);
  assert.equal(found.length, 232);
  assert.deepEqual(found.slice(-2), ["a.jpg", "b.jpg"]);
});

test("a folder that cannot be read says so", async () => {
  const broken = { isFile: false, createReader: () => ({ readEntries: (_, failed) => failed(new Error("gone")) }) };
  await assert.rejects(filesIn([broken]), /gone/);
});
