import assert from "node:assert/strict";
import { test } from "node:test";

import * as g from "../../assets/js/geometry.js";
import { random } from "./random.mjs";

const IMAGE = { width: 4000, height: 3000 };
const STAGE = { width: 800, height: 600 };
const near = (actual, expected, slack = 1e-9) => Object.keys(expected).forEach((key) => assert.ok(Math.abs(actual[key] - expected[key]) <= slack, `${key}: ${actual[key]} is not ${expected[key]}`));

test("fit shows the whole image in the middle", () => {
  assert.deepEqual(g.fitView(IMAGE, STAGE), { scale: 0.2, x: 0, y: 0 });
  assert.deepEqual(g.fitView({ width: 100, height: 400 }, STAGE), { scale: 1.5, x: 325, y: 0 });
});

test("fit does not blow a tiny image up without end", () => {
  assert.deepEqual(g.fitView({ width: 1, height: 1 }, STAGE), { scale: 4, x: 398, y: 298 });
});

test("stage to image and back is the same point, for any view", () => {
  const draw = random(1);
  for (let round = 0; round < 500; round += 1) {
    const view = { scale: 0.01 + draw() * 40, x: draw() * 2000 - 1000, y: draw() * 2000 - 1000 };
    const point = { x: draw() * 800, y: draw() * 600 };
    near(g.toStage(view, g.toImage(view, point)), point, 1e-7);
  }
});

test("zooming keeps what lies under the cursor, for any view, point and factor", () => {
  const draw = random(2);
  for (let round = 0; round < 500; round += 1) {
    const view = { scale: 0.1 + draw() * 10, x: draw() * 500, y: draw() * 500 };
    const point = { x: draw() * 800, y: draw() * 600 };
    const before = g.toImage(view, point);
    const zoomed = g.zoomAt(view, 0.1 + draw() * 5, point, 0.05);
    near(g.toStage(zoomed, before), point, 1e-6);
  }
});

test("zoom stops at the smallest and the largest scale", () => {
  assert.equal(g.zoomAt({ scale: 1, x: 0, y: 0 }, 1e-9, { x: 0, y: 0 }, 0.1).scale, 0.1);
  assert.equal(g.zoomAt({ scale: 1, x: 0, y: 0 }, 1e9, { x: 0, y: 0 }, 0.1).scale, g.MAX_SCALE);
});

test("panning never loses the image", () => {
  const lost = g.panBy({ scale: 0.2, x: 0, y: 0 }, -1e6, 1e6, IMAGE, STAGE);
  assert.deepEqual(lost, { scale: 0.2, x: 48 - 800, y: 600 - 48 });
});

test("panning lets even a one-pixel image be seen", () => {
  assert.deepEqual(g.panBy({ scale: 1, x: 0, y: 0 }, -500, 0, { width: 1, height: 1 }, STAGE), { scale: 1, x: 0, y: 0 });
});

test("a pinch zooms by the fingers' distance and follows their middle", () => {
  const view = { scale: 1, x: 0, y: 0 };
  const before = [{ x: 100, y: 100 }, { x: 200, y: 100 }];
  const after = [{ x: 100, y: 150 }, { x: 300, y: 150 }];
  const pinched = g.pinch(view, before, after, 0.1);
  assert.equal(pinched.scale, 2);
  near(g.toStage(pinched, { x: 150, y: 100 }), { x: 200, y: 150 });
});

test("fingers on one spot do not divide by zero", () => {
  const one = [{ x: 5, y: 5 }, { x: 5, y: 5 }];
  assert.deepEqual(g.pinch({ scale: 1, x: 0, y: 0 }, one, one, 0.1), { scale: 1, x: 0, y: 0 });
});

test("a box in sight leaves the view alone, one out of sight comes to the middle", () => {
  const view = { scale: 1, x: 0, y: 0 };
  assert.equal(g.showBox(view, [10, 10, 100, 100], STAGE), view);
  const moved = g.showBox(view, [1000, 1000, 1100, 1100], STAGE);
  near(g.toStage(moved, { x: 1050, y: 1050 }), { x: 400, y: 300 });
  assert.equal(moved.scale, 1);
});

test("a box larger than the stage is zoomed out to", () => {
  const view = g.showBox({ scale: 1, x: 0, y: 0 }, [0, 0, 4000, 3000], STAGE);
  assert.ok(4000 * view.scale <= 800 && 3000 * view.scale <= 600);
});

for (const [name, a, b, box] of [
  ["in any direction", { x: 90.4, y: 80.6 }, { x: 10.2, y: 20.4 }, [10, 20, 90, 81]],
  ["cut at the image's edge", { x: -50, y: -50 }, { x: 9000, y: 9000 }, [0, 0, 4000, 3000]],
  ["at least a pixel, from one point", { x: 7, y: 7 }, { x: 7, y: 7 }, [7, 7, 8, 8]],
  ["at least a pixel, in the last corner", { x: 4000, y: 3000 }, { x: 4000, y: 3000 }, [3999, 2999, 4000, 3000]],
  ["at least a pixel, from beyond", { x: 5000, y: -5 }, { x: 6000, y: -9 }, [3999, 0, 4000, 1]],
]) {
  test(`a drawn box is in whole pixels: ${name}`, () => assert.deepEqual(g.boxBetween(a, b, IMAGE), box));
}

test("in a one-pixel image there is one box", () => {
  assert.deepEqual(g.boxBetween({ x: -3, y: 9 }, { x: 3, y: -9 }, { width: 1, height: 1 }), [0, 0, 1, 1]);
});

test("a moved box keeps its size and stays inside, for any move", () => {
  const draw = random(3);
  for (let round = 0; round < 500; round += 1) {
    const box = g.boxBetween({ x: draw() * 4000, y: draw() * 3000 }, { x: draw() * 4000, y: draw() * 3000 }, IMAGE);
    const moved = g.moveBox(box, draw() * 9000 - 4500, draw() * 9000 - 4500, IMAGE);
    assert.ok(moved[0] >= 0 && moved[1] >= 0 && moved[2] <= 4000 && moved[3] <= 3000, String(moved));
    assert.deepEqual([moved[2] - moved[0], moved[3] - moved[1]], [box[2] - box[0], box[3] - box[1]]);
  }
});

test("each handle moves its own edges", () => {
  const box = [100, 100, 200, 200];
  const point = { x: 150.4, y: 160.2 };
  const moved = Object.fromEntries(g.HANDLES.map((handle) => [handle, g.resizeBox(box, handle, point, IMAGE)]));
  assert.deepEqual(moved, {
    nw: [150, 160, 200, 200], n: [100, 160, 200, 200], ne: [100, 160, 150, 200], e: [100, 100, 150, 200],
    se: [100, 100, 150, 160], s: [100, 100, 200, 160], sw: [150, 100, 200, 160], w: [150, 100, 200, 200],
  });
});

test("resizing never turns a box over, empties it or leaves the image, for any handle and point", () => {
  const draw = random(4);
  for (let round = 0; round < 2000; round += 1) {
    const box = g.boxBetween({ x: draw() * 4000, y: draw() * 3000 }, { x: draw() * 4000, y: draw() * 3000 }, IMAGE);
    const handle = g.HANDLES[Math.floor(draw() * 8)];
    const [x1, y1, x2, y2] = g.resizeBox(box, handle, { x: draw() * 12000 - 4000, y: draw() * 12000 - 4000 }, IMAGE);
    assert.ok(x1 >= 0 && y1 >= 0 && x2 <= 4000 && y2 <= 3000 && x2 - x1 >= 1 && y2 - y1 >= 1, `${handle}: ${[x1, y1, x2, y2]}`);
  }
});

test("a handle is found at its place and within reach only", () => {
  const box = [100, 100, 300, 200];
  for (const handle of g.HANDLES) assert.equal(g.handleAt(box, g.handlePoint(box, handle), 8), handle);
  assert.equal(g.handleAt(box, { x: 92, y: 92 }, 8), "nw");
  assert.equal(g.handleAt(box, { x: 91, y: 92 }, 8), null);
  assert.equal(g.handleAt(box, { x: 200, y: 150 }, 8), null);
});

test("on a box so small that handles overlap, a corner wins", () => {
  assert.equal(g.handleAt([0, 0, 2, 2], { x: 2, y: 2 }, 8), "se");
});

test("of boxes within boxes the smallest is hit, and of equal ones the last", () => {
  const regions = [
    { id: "inner", box: [0.4, 0.4, 0.6, 0.6] },
    { id: "outer", box: [0, 0, 1, 1] },
    { id: "twin", box: [0.4, 0.4, 0.6, 0.6] },
  ];
  assert.equal(g.regionAt(regions, { x: 2000, y: 1500 }, IMAGE).id, "twin");
  assert.equal(g.regionAt(regions, { x: 10, y: 10 }, IMAGE).id, "outer");
  assert.equal(g.regionAt([regions[0]], { x: 10, y: 10 }, IMAGE), null);
  assert.equal(g.regionAt([regions[0]], { x: 1598, y: 1500 }, IMAGE, 3).id, "inner");
});

test("pixels to fractions and back is the same whole pixel, for any image size", () => {
  const draw = random(5);
  for (let round = 0; round < 1000; round += 1) {
    const size = { width: 1 + Math.floor(draw() * 9000), height: 1 + Math.floor(draw() * 9000) };
    const box = g.boxBetween({ x: draw() * size.width, y: draw() * size.height }, { x: draw() * size.width, y: draw() * size.height }, size);
    const fractions = g.toFractions(box, size);
    assert.ok(fractions.every((value) => value >= 0 && value <= 1));
    assert.deepEqual(g.toPixels(fractions, size).map(Math.round), box);
  }
});

for (const [name, text, starts] of [
  ["plain", "abc", [0, 1, 2, 3]],
  ["empty", "", [0]],
  ["emoji", "a🏠b", [0, 1, 3, 4]],
  ["a family of joined emoji", "👨‍👩‍👧", [0, 2, 3, 5, 6, 8]],
  ["right to left", "שלום", [0, 1, 2, 3, 4]],
  ["combining accent", "e\u0301x", [0, 1, 2, 3]],
  ["half a pair", "\ud83cx", [0, 1, 2]],
]) {
  test(`code points and UTF-16 units agree on ${name}`, () => {
    assert.deepEqual(g.codePointStarts(text), starts);
    starts.forEach((unit, point) => {
      assert.equal(g.toUtf16(starts, point), unit);
      assert.equal(g.toCodePoint(starts, unit), point);
    });
  });
}

test("offsets outside the text are kept within it, and within a pair belong to its character", () => {
  const starts = g.codePointStarts("a🏠b");
  assert.equal(g.toUtf16(starts, -4), 0);
  assert.equal(g.toUtf16(starts, 99), 4);
  assert.equal(g.toCodePoint(starts, 2), 1);
  assert.equal(g.toCodePoint(starts, 99), 3);
});
