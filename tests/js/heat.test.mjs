import assert from "node:assert/strict";
import { test } from "node:test";

import { colourOf, gradient, heatPixels, strongest } from "../../assets/js/heat.js";

/** Relative luminance of sRGB (WCAG 2). */
function luminance(colour) {
  const [red, green, blue] = colour.map((value) => (value / 255 <= 0.04045 ? value / 255 / 12.92 : ((value / 255 + 0.055) / 1.055) ** 2.4));
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

test("each step of the ramp is lighter than the one before", () => {
  const steps = Array.from({ length: 101 }, (_, index) => luminance(colourOf(index / 100)));
  steps.slice(1).forEach((value, index) => assert.ok(value > steps[index], `at ${index + 1} %`));
});

test("lightness runs over most of the scale", () => {
  assert.ok(luminance(colourOf(0)) < 0.02);
  assert.ok(luminance(colourOf(1)) > 0.9);
});

for (const [value, same] of [[-3, 0], [7, 1], [NaN, 0], [Infinity, 1]]) {
  test(`${value} has the colour of ${same}`, () => assert.deepEqual(colourOf(value), colourOf(same)));
}

test("a table becomes one pixel for each value, row by row, and stronger is more opaque", () => {
  const { width, height, data } = heatPixels([[0, 0.5, 1], [1, 0, 0]]);
  assert.deepEqual([width, height, data.length], [3, 2, 24]);
  assert.deepEqual([...data.slice(0, 3)], colourOf(0));
  assert.deepEqual([...data.slice(12, 15)], colourOf(1));
  assert.ok(data[3] < data[7] && data[7] < data[11]);
});

for (const [what, rows] of [["nothing", null], ["no rows", []], ["empty rows", [[]]], ["ragged rows", [[1], [1, 2]]], ["numbers", [1, 2]], ["a text", "heat"]]) {
  test(`${what} is no heat map`, () => {
    assert.equal(heatPixels(rows), null);
    assert.equal(strongest(rows), null);
  });
}

for (const [rows, place] of [
  [[[1, 0, 0], [0, 0, 0], [0, 0, 0]], "the upper left"],
  [[[0, 0, 0], [0, 1, 0], [0, 0, 0]], "the centre"],
  [[[0, 0, 0], [0, 0, 0], [0, 0, 1]], "the lower right"],
  [[[1]], "the centre"],
]) {
  test(`the strongest place is ${place}`, () => assert.deepEqual(strongest(rows), { value: 1, place }));
}

test("the legend shows the same ramp", () => {
  assert.match(gradient(), /^linear-gradient\(to right, rgb\(20 11 52\), .*rgb\(252 255 184\)\)$/);
});
