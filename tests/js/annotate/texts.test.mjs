import assert from "node:assert/strict";
import { test } from "node:test";

import { changed, fromWire, linkable, toWire, withLink, withText } from "../../../assets/js/annotate/text_links.js";

let made = 0;
const newId = () => `l${(made += 1)}`;
/** "The [sky] is noisy" with a link for each bracket. */
const state = (marked) => {
  let text = "";
  const links = [];
  for (const piece of marked.split(/(\[[^\]]*\])/)) {
    const words = piece.replace(/[[\]]/g, "");
    if (piece.startsWith("[")) links.push({ id: newId(), start: text.length, end: text.length + words.length, regions: ["r1"], lost: "" });
    text += words;
  }
  return { text, links };
};
const shown = ({ text, links }) =>
  [...links].filter((link) => !link.lost).reverse().reduce((out, { start, end }) => `${out.slice(0, start)}[${out.slice(start, end)}]${out.slice(end)}`, text) +
  links.filter((link) => link.lost).map((link) => ` lost:${link.lost}`).join("");

for (const [name, before, after, caret, expected] of [
  ["before a phrase", "The [sky] is noisy", "So the sky is noisy", 6, "So the [sky] is noisy"],
  ["behind a phrase", "The [sky] is noisy", "The sky is dark", 15, "The [sky] is dark"],
  ["within a phrase", "The [blue sky] is", "The bluest sky is", 10, "The [bluest sky] is"],
  ["a phrase replaced", "The [sky] is", "The sea is", 7, "The [sea] is"],
  ["at the start of a phrase", "The [sky] is", "The bigsky is", 7, "The big[sky] is"],
  ["at the end of a phrase", "The [sky] is", "The skyy is", 8, "The [sky]y is"],
  ["across a border", "The [sky] is", "The sk", 6, "The sk lost:sky"],
  ["over a whole phrase and more", "The [sky] is", "Themis", 4, "Themis lost:sky"],
  ["a phrase deleted", "The [sky] is", "The  is", 4, "The  is lost:sky"],
  ["all deleted", "The [sky] is", "", 0, " lost:sky"],
  ["a bracket in a phrase", "The [sky] is", "The s[ky is", 6, "The s[ky is lost:sky"],
  ["two phrases, an edit between", "[a] b [c]", "a bbb c", 5, "[a] bbb [c]"],
  ["a repeated letter at the caret", "[aa] a", "aaa a", 1, "a[aa] a"],
  ["emoji before", "🗼 [sky]", "🗼🗼 sky", 4, "🗼🗼 [sky]"],
]) {
  test(`links after a change: ${name}`, () => assert.equal(shown(withText(state(before), after, caret)), expected));
}

const random = (seed) => () => {
  seed = (seed * 1664525 + 1013904223) % 4294967296;
  return seed / 4294967296;
};

test("whatever is typed, links that stay have their words, and what is replaced is what changed", () => {
  for (let seed = 1; seed <= 2000; seed += 1) {
    const next = random(seed);
    const pick = (n) => Math.floor(next() * n);
    const before = { text: "a 🗼 sky is no is sky a", links: [{ id: "x", start: 5, end: 8, regions: ["r"], lost: "" }, { id: "y", start: 15, end: 21, regions: ["r"], lost: "" }] };
    const from = pick(before.text.length + 1);
    const to = from + pick(before.text.length - from + 1);
    const typed = ["", "a", "sky ", "🗼", "  "][pick(5)];
    const after = before.text.slice(0, from) + typed + before.text.slice(to);
    const found = changed(before.text, after, from + typed.length);
    assert.equal(before.text.slice(0, found.from) + after.slice(found.from, found.from + found.added) + before.text.slice(found.to), after);
    for (const link of withText(before, after, from + typed.length).links.filter((one) => !one.lost)) {
      const old = before.links.find((one) => one.id === link.id);
      assert.ok(link.start >= 0 && link.end <= after.length && link.start < link.end);
      if (to <= old.start || from >= old.end) assert.equal(after.slice(link.start, link.end), before.text.slice(old.start, old.end));
    }
  }
});

test("code points on the wire, UTF-16 in the page, and back", () => {
  const wire = { text: "👩‍🚀 and 🗼 sky", phrases: [{ start: 8, end: 9, regions: ["r1"] }, { start: 10, end: 13, regions: ["r1", "r2"] }] };
  const read = fromWire(wire, newId);
  assert.deepEqual(read.links.map((link) => read.text.slice(link.start, link.end)), ["🗼", "sky"]);
  assert.deepEqual(toWire(read), wire);
  assert.deepEqual(toWire(read, (id) => id === "r2").phrases, [{ start: 10, end: 13, regions: ["r2"] }]);
});

test("spaces at the ends of a selection are not linked, brackets and nothing never", () => {
  assert.deepEqual(linkable("the sky is", 3, 8), { start: 4, end: 7 });
  assert.equal(linkable("the   is", 3, 6), null);
  assert.equal(linkable("a [b] c", 0, 5), null);
});

test("a link takes the place of those it overlaps, and the same words gain boxes", () => {
  const start = state("the [blue] sky");
  assert.equal(shown(withLink(start, "n", 4, 12, ["r2"])), "the [blue sky]");
  assert.deepEqual(withLink(start, "n", 4, 8, ["r2"]).links.map((link) => link.regions), [["r1", "r2"]]);
  assert.equal(withLink(start, "n", 3, 4, ["r2"]), null);
  assert.equal(withLink(start, "n", 4, 8, []), null);
});
