import assert from "node:assert/strict";
import { test } from "node:test";

import { segments } from "../../assets/js/textsplit.js";
import { random } from "./random.mjs";

const cut = (text, ...spans) => segments(text, spans.map(([start, end]) => ({ start, end }))).map(({ text: piece, phrase }) => [piece, phrase]);

for (const [what, pieces, expected] of [
  ["no phrase", cut("all of it"), [["all of it", -1]]],
  ["an empty text", cut(""), []],
  ["a phrase in the middle", cut("the red roof is", [4, 12]), [["the ", -1], ["red roof", 0], [" is", -1]]],
  ["the whole text", cut("roof", [0, 4]), [["roof", 0]]],
  ["neighbours", cut("abcd", [0, 2], [2, 4]), [["ab", 0], ["cd", 1]]],
  ["phrases out of order", cut("abcd", [2, 4], [0, 2]), [["ab", 1], ["cd", 0]]],
  ["emoji before a phrase", cut("🏠🏠 roof", [3, 7]), [["🏠🏠 ", -1], ["roof", 0]]],
  ["an emoji as the phrase", cut("a 🏠 b", [2, 3]), [["a ", -1], ["🏠", 0], [" b", -1]]],
  ["right-to-left words", cut("התמונה חדה", [7, 10]), [["התמונה ", -1], ["חדה", 0]]],
  ["Chinese", cut("天空很清晰。", [0, 2]), [["天空", 0], ["很清晰。", -1]]],
  ["markup as words", cut("<b>x</b> ${y}", [3, 4]), [["<b>", -1], ["x", 0], ["</b> ${y}", -1]]],
]) {
  test(`cuts ${what}`, () => assert.deepEqual(pieces, expected));
}

for (const [what, span] of [
  ["an empty phrase", [2, 2]], ["a reversed one", [3, 1]], ["one beyond the text", [2, 99]], ["a negative one", [-1, 2]],
  ["a fraction", [0.5, 2]], ["not a number", [NaN, 2]], ["words", ["0", "2"]], ["nothing", [undefined, undefined]],
]) {
  test(`${what} is left as text`, () => assert.deepEqual(cut("abcd", span), [["abcd", -1]]));
}

test("a phrase that overlaps an earlier one is left as text", () => {
  assert.deepEqual(cut("abcdef", [0, 3], [2, 5]), [["abc", 0], ["def", -1]]);
});

test("the pieces joined are the text, for any spans", () => {
  const draw = random(6);
  const letters = ["a", " ", "🏠", "ש", "é", "中", "<"];
  for (let round = 0; round < 500; round += 1) {
    const text = Array.from({ length: Math.floor(draw() * 20) }, () => letters[Math.floor(draw() * letters.length)]).join("");
    const spans = Array.from({ length: 4 }, () => [Math.floor(draw() * 24) - 2, Math.floor(draw() * 24) - 2]);
    assert.equal(cut(text, ...spans).map(([piece]) => piece).join(""), text);
  }
});
