import assert from "node:assert/strict";
import { test } from "node:test";

import { CHOOSE, join, POINT } from "../../assets/js/link.js";

const pair = (channels = ["assess", "assess"], alive = () => true) => {
  const target = new EventTarget();
  const heard = [];
  const [a, b] = channels.map((channel) => join(channel, { target, alive }));
  b.on(POINT, (regions) => heard.push(["point", regions]));
  b.on(CHOOSE, (regions) => heard.push(["choose", regions]));
  return { a, b, heard };
};

test("one part hears what another of its channel tells, by kind", () => {
  const { a, heard } = pair();
  a.tell(POINT, ["r1"]);
  a.tell(CHOOSE, []);
  assert.deepEqual(heard, [["point", ["r1"]], ["choose", []]]);
});

test("nobody hears himself, or another channel", () => {
  const { b, heard } = pair();
  b.tell(POINT, ["r1"]);
  const other = pair(["left", "right"]);
  other.a.tell(POINT, ["r1"]);
  assert.deepEqual([heard, other.heard], [[], []]);
});

test("a part that is gone from the page hears no more", () => {
  let alive = true;
  const { a, heard } = pair(undefined, () => alive);
  a.tell(POINT, ["r1"]);
  alive = false;
  a.tell(POINT, ["r2"]);
  alive = true;
  a.tell(POINT, ["r3"]);
  assert.deepEqual(heard, [["point", ["r1"]]]);
});

test("what is heard is a copy", () => {
  const { a, heard } = pair();
  const told = ["r1"];
  a.tell(POINT, told);
  told.push("r2");
  assert.deepEqual(heard, [["point", ["r1"]]]);
});
