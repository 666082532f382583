import assert from "node:assert/strict";
import { test } from "node:test";

import { heatText, imageText, placeOf, regionText, selectionText } from "../../assets/js/words.js";

const SIZE = { width: 400, height: 200 };
const region = (id, source, label = "") => ({ id, box: [0.075, 0.2, 0.375, 0.6], label, source, group: "" });
const ALL = [region("a", "described", "the roof"), region("b", "drawn"), region("c", "answered")];

test("a place is size and corner in pixels", () => assert.equal(placeOf([30, 40, 150, 120]), "120×80 px at 30, 40"));

for (const [one, text] of [
  [ALL[0], "Box 1 of 3, from the description, the roof: 120×80 px at 30, 40"],
  [ALL[1], "Box 2 of 3, drawn by you: 120×80 px at 30, 40"],
  [ALL[2], "Box 3 of 3, from an answer: 120×80 px at 30, 40"],
]) {
  test(text, () => assert.equal(regionText(one, ALL, SIZE), text));
}

for (const [selected, regions, text] of [
  [[], [], "No boxes yet"],
  [[], ALL.slice(0, 1), "1 box, none selected"],
  [[], ALL, "3 boxes, none selected"],
  [["b"], ALL, "Box 2 of 3, drawn by you: 120×80 px at 30, 40"],
  [["a", "b"], ALL, "2 of 3 boxes selected"],
]) {
  test(`the status line says "${text}"`, () => assert.equal(selectionText(selected, regions, SIZE), text));
}

test("an image is named with its size and notes", () => {
  assert.equal(imageText({ name: "a.png", width: 4, height: 3, notes: ["turned upright"] }), "a.png · 4×3 px · turned upright");
  assert.equal(imageText({ name: "", width: 4, height: 3, notes: [] }), "Image · 4×3 px");
});

for (const [rows, text] of [
  [[[0.2, 0.83, 0.1], [0, 0, 0], [0, 0, 0]], "Noise: strongest at the top (83 %)"],
  [[[0, 0, 0], [0, 0, 0], [0.4, 0, 0]], "Noise: strongest in the lower left (40 %)"],
  [[[0, 0]], "Noise: none found"],
  [[], "Noise: none found"],
]) {
  test(`a heat map is told as "${text}"`, () => assert.equal(heatText({ fault: "Noise", rows }), text));
}
