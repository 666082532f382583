import assert from "node:assert/strict";
import { test } from "node:test";

import { Editor } from "../../assets/js/editor.js";
import { toPixels } from "../../assets/js/geometry.js";

const IMAGE = { id: "a", url: "/media/a", width: 100, height: 100, name: "roof.png", notes: [] };
const machine = (id) => ({ id, box: [0, 0, 0.5, 0.5], label: "roof", source: "described", group: "" });

/** An editor with an image, what it told Python, and a clock that is moved by hand. */
function opened(value = {}) {
  const told = [];
  const clock = { ms: 1000 };
  const editor = new Editor({ onLocalChange: (now) => told.push(structuredClone(now)), now: () => clock.ms });
  editor.receive({ image: IMAGE, regions: [machine("m1"), machine("m2")], revision: 1, ...value });
  return { editor, told, clock };
}

const drawn = (editor) => editor.regions.filter((region) => region.source === "drawn");
const box = (region) => toPixels(region.box, IMAGE).map((side) => Math.round(side * 1e6) / 1e6);

test("a new editor is empty and can do nothing", () => {
  const editor = new Editor();
  editor.add([0, 0, 1, 1]);
  editor.remove();
  editor.undo();
  assert.deepEqual([editor.image, editor.regions, editor.canUndo], [null, [], false]);
});

test("what Python sends is not told back to it", () => {
  const { told } = opened();
  assert.deepEqual(told, []);
});

test("a drawn box is selected, counted as a change and told", () => {
  const { editor, told } = opened();
  editor.add([10, 10, 30, 40]);
  const [region] = drawn(editor);
  assert.deepEqual([box(region), editor.selected], [[10, 10, 30, 40], [region.id]]);
  assert.equal(told.length, 1);
  assert.deepEqual([told[0].revision, told[0].regions.length], [2, 3]);
});

test("ids are never used again, not even after a deletion", () => {
  const { editor } = opened();
  const seen = new Set();
  for (let round = 0; round < 20; round += 1) {
    editor.add([10, 10, 30, 40]);
    seen.add(drawn(editor)[0].id);
    editor.remove();
  }
  assert.equal(seen.size, 20);
});

test("undo and redo restore boxes, raise the revision and leave the machine's alone", () => {
  const { editor, told } = opened();
  editor.add([10, 10, 30, 40]);
  editor.setBox(editor.selected[0], [20, 20, 60, 60]);
  editor.undo();
  assert.deepEqual(drawn(editor).map(box), [[10, 10, 30, 40]]);
  editor.undo();
  assert.deepEqual(editor.regions.map((region) => region.id), ["m1", "m2"]);
  editor.redo();
  editor.redo();
  assert.deepEqual(drawn(editor).map(box), [[20, 20, 60, 60]]);
  assert.deepEqual(told.map((value) => value.revision), [2, 3, 4, 5, 6, 7]);
});

test("undo keeps the answers that came in between", () => {
  const { editor } = opened();
  editor.add([10, 10, 30, 40]);
  editor.receive({ ...editor.value, regions: [machine("m1"), machine("new"), ...drawn(editor)] });
  editor.undo();
  assert.deepEqual(editor.regions.map((region) => region.id), ["m1", "new"]);
});

test("a held arrow key undoes at once", () => {
  const { editor, clock } = opened();
  editor.add([10, 10, 30, 40]);
  for (let round = 0; round < 30; round += 1) {
    clock.ms += 30;
    editor.nudge(1, 0);
  }
  assert.deepEqual(box(drawn(editor)[0]), [40, 10, 60, 40]);
  editor.undo();
  assert.deepEqual(box(drawn(editor)[0]), [10, 10, 30, 40]);
});

test("after a deletion the neighbour is selected, if the person may change it", () => {
  const { editor } = opened();
  for (const left of [0, 30, 60]) editor.add([left, 0, left + 10, 10]);
  const [first, second, third] = drawn(editor).map((region) => region.id);
  editor.select([second]);
  editor.remove();
  assert.deepEqual(editor.selected, [third]);
  editor.remove();
  assert.deepEqual(editor.selected, [first]);
});

test("the machine's boxes can be selected and duplicated, not changed", () => {
  const { editor, told } = opened();
  editor.select(["m1"]);
  editor.remove();
  editor.nudge(5, 5);
  editor.grow(5, 5);
  editor.label("x");
  assert.equal(told.length, 1);
  assert.deepEqual(editor.editable, []);
  editor.duplicate();
  assert.deepEqual([drawn(editor)[0].label, box(drawn(editor)[0])], ["roof", [2, 2, 52, 52]]);
});

test("Tab goes through all boxes and then out", () => {
  const { editor } = opened();
  const walk = [editor.selectNeighbour(1), editor.selected, editor.selectNeighbour(1), editor.selected, editor.selectNeighbour(1), editor.selected];
  assert.deepEqual(walk, [true, ["m1"], true, ["m2"], false, ["m2"]]);
});

test("selections tell Python but are no change to undo", () => {
  const { editor, told } = opened();
  editor.select(["m1"]);
  editor.select(["m1"]);
  editor.toggle("m2");
  editor.toggle("m1");
  assert.deepEqual(told.map((value) => value.selected), [["m1"], ["m1", "m2"], ["m2"]]);
  assert.deepEqual([editor.canUndo, told.at(-1).revision], [false, 1]);
});

test("a keyboard box stands in the middle of what is in sight", () => {
  const { editor } = opened();
  editor.addCentred([30, 30, 90, 60]);
  assert.deepEqual(box(drawn(editor)[0]), [50, 40, 70, 50]);
});

test("a read-only canvas changes nothing but the selection", () => {
  const { editor, told } = opened({ readonly: true, regions: [machine("m1"), { ...machine("d"), source: "drawn" }] });
  editor.add([1, 1, 2, 2]);
  editor.select(["d"]);
  editor.remove();
  editor.duplicate();
  editor.nudge(1, 1);
  editor.undo();
  assert.deepEqual(editor.regions.map((region) => region.id), ["m1", "d"]);
  assert.deepEqual([told.length, editor.tool, editor.canUndo, editor.editable], [1, "select", false, []]);
});

test("another image forgets boxes, heat and history", () => {
  const { editor, told } = opened({ heat: { fault: "Noise", rows: [[1]] } });
  editor.add([10, 10, 30, 40]);
  editor.open({ ...IMAGE, id: "b", url: "/media/b" });
  assert.deepEqual([editor.image.id, editor.regions, editor.value.heat, editor.canUndo, editor.selected], ["b", [], null, false, []]);
  assert.equal(told.at(-1).revision, 3);
});

test("an answer that comes late does not undo what was drawn, and Python is told", () => {
  const { editor } = opened();
  const asked = structuredClone(editor.value);
  editor.add([10, 10, 30, 40]);
  assert.equal(editor.receive({ ...asked, regions: [machine("answer")] }), true);
  assert.deepEqual(editor.regions.map((region) => region.source), ["described", "drawn"]);
  assert.equal(editor.canUndo, true);
});

for (const nothing of [null, ""]) {
  test(`${JSON.stringify(nothing)} from Python clears the canvas, and Python is told the new revision`, () => {
    const { editor } = opened();
    editor.add([10, 10, 30, 40]);
    assert.equal(editor.receive(nothing), true);
    assert.deepEqual([editor.image, editor.regions, editor.value.revision, editor.canUndo], [null, [], 3, false]);
  });
}

test("drawn boxes that Python changed can be undone", () => {
  const { editor } = opened();
  editor.add([10, 10, 30, 40]);
  assert.equal(editor.receive({ ...editor.value, revision: 9, regions: [] }), false);
  editor.undo();
  assert.deepEqual(drawn(editor).map(box), [[10, 10, 30, 40]]);
});

test("listeners hear what concerns them", () => {
  const { editor } = opened();
  const heard = [];
  for (const kind of ["image", "regions", "heat", "selection", "tool", "history"]) editor.on(kind, () => heard.push(kind));
  editor.use("pan");
  editor.select(["m1"]);
  editor.label("kept as it is");
  assert.deepEqual(heard, ["tool", "selection", "history"]);
});
