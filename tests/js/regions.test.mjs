import assert from "node:assert/strict";
import { test } from "node:test";

import { toPixels } from "../../assets/js/geometry.js";
import * as list from "../../assets/js/regions.js";

const SIZE = { width: 100, height: 200 };
const region = (id, pixels, source = "drawn", label = "") => ({ id, box: [pixels[0] / 100, pixels[1] / 200, pixels[2] / 100, pixels[3] / 200], label, source, group: "" });
const START = [region("m", [0, 0, 50, 50], "described", "roof"), region("a", [10, 10, 30, 30]), region("b", [60, 100, 100, 150])];
const pixels = (regions) => Object.fromEntries(regions.map((one) => [one.id, toPixels(one.box, SIZE).map((value) => Math.round(value * 1e6) / 1e6)]));

test("an added region is drawn, without a label, and last", () => {
  assert.deepEqual(list.add(START, "n", [1, 2, 3, 4], SIZE), [...START, { id: "n", box: [0.01, 0.01, 0.03, 0.02], label: "", source: "drawn", group: "" }]);
});

test("a region that did not change stays the same object", () => {
  const next = list.move(START, ["a"], 5, 5, SIZE);
  assert.equal(next[0], START[0]);
  assert.equal(next[2], START[2]);
  assert.deepEqual(pixels(next).a, [15, 15, 35, 35]);
});

test("nothing changed is the same list", () => {
  assert.equal(list.move(START, [], 5, 5, SIZE), START);
  assert.equal(list.move(START, ["a"], 0, 0, SIZE), START);
  assert.equal(list.remove(START, ["gone"]), START);
  assert.equal(list.relabel(START, ["a"], ""), START);
  assert.equal(list.setBox(START, "a", [10, 10, 30, 30], SIZE), START);
});

test("the machine's regions are never changed", () => {
  assert.equal(list.move(START, ["m"], 5, 5, SIZE), START);
  assert.equal(list.grow(START, ["m"], 5, 5, SIZE), START);
  assert.equal(list.remove(START, ["m"]), START);
  assert.equal(list.relabel(START, ["m"], "x"), START);
  assert.equal(list.setBox(START, "m", [1, 1, 2, 2], SIZE), START);
});

test("regions moved together stop together at the edge", () => {
  const next = pixels(list.move(START, ["a", "b"], 50, -500, SIZE));
  assert.deepEqual(next, { m: [0, 0, 50, 50], a: [10, 0, 30, 20], b: [60, 90, 100, 140] });
});

test("growing moves the right and lower edges and stops at the edge and at one pixel", () => {
  assert.deepEqual(pixels(list.grow(START, ["a"], 3, 0, SIZE)).a, [10, 10, 33, 30]);
  assert.deepEqual(pixels(list.grow(START, ["a"], 0, -4, SIZE)).a, [10, 10, 30, 26]);
  assert.deepEqual(pixels(list.grow(START, ["a"], -500, 0, SIZE)).a, [10, 10, 11, 30]);
  assert.deepEqual(pixels(list.grow(START, ["b"], 500, 0, SIZE)).b, [60, 100, 100, 150]);
});

test("removing takes the drawn ones among those named", () => {
  assert.deepEqual(list.remove(START, ["m", "a"]).map((one) => one.id), ["m", "b"]);
});

test("a duplicate is drawn, a little aside, keeps its label, and may be of the machine's", () => {
  let made = 0;
  const copies = list.duplicate(START, ["m", "b"], SIZE, () => `copy${(made += 1)}`);
  assert.deepEqual(copies.ids, ["copy1", "copy2"]);
  assert.deepEqual(pixels(copies.regions).copy1, [2, 2, 52, 52]);
  assert.deepEqual(pixels(copies.regions).copy2, [60, 102, 100, 152]);
  assert.deepEqual({ ...copies.regions[3], box: null }, { id: "copy1", box: null, label: "roof", source: "drawn", group: "" });
});

test("a label is cut, not refused", () => {
  assert.equal(list.relabel(START, ["a"], "x".repeat(500))[1].label.length, list.LABEL_LIMIT);
});

test("Tab walks the list and ends at either end", () => {
  assert.equal(list.neighbour(START, undefined, 1), "m");
  assert.equal(list.neighbour(START, undefined, -1), "b");
  assert.equal(list.neighbour(START, "m", 1), "a");
  assert.equal(list.neighbour(START, "b", 1), null);
  assert.equal(list.neighbour(START, "m", -1), null);
  assert.equal(list.neighbour([], undefined, 1), null);
});

test("a thousand regions are changed in a moment", () => {
  const many = Array.from({ length: 1000 }, (_, index) => region(`r${index}`, [index % 90, index % 180, (index % 90) + 5, (index % 180) + 5]));
  const start = performance.now();
  const ids = many.map((one) => one.id);
  assert.equal(list.move(many, ids, 1, 1, SIZE).filter((one, index) => one !== many[index]).length, 1000);
  assert.ok(performance.now() - start < 100);
});
