import assert from "node:assert/strict";
import { test } from "node:test";

import { createAhead } from "../../../assets/js/annotate/ahead.js";

/** Tasks 1 to 9 in a row; `down()`: nothing answers from now on. */
function server() {
  const asked = [];
  let up = true;
  const load = async (id) => {
    if (!up) throw new Error("no answer");
    asked.push(id);
    return { id, next: id < 9 ? id + 1 : null, image: { url: `/${id}` } };
  };
  return { load, asked, down: () => { up = false; } };
}
const ALL = { state: null };

test("five tasks behind the open one are there when the network is gone, each asked for once", async () => {
  const { load, asked, down } = server();
  const shown = [];
  const ahead = createAhead(load, ({ url }) => shown.push(url));
  await ahead.fetch(2, ALL);
  assert.equal((await ahead.take(2, ALL)).id, 2);
  await ahead.fetch(3, ALL);
  assert.deepEqual([asked, shown], [[2, 3, 4, 5, 6, 7], ["/2", "/3", "/4", "/5", "/6", "/7"]]);
  down();
  for (const id of [3, 4, 5, 6, 7]) {
    assert.equal((await ahead.take(id, ALL)).id, id);
    await ahead.fetch(id + 1, ALL);
  }
  await assert.rejects(ahead.take(8, ALL), /no answer/);
});

test("what was opened or changed is asked for again, and what another filter gave", async () => {
  const { load, asked } = server();
  const ahead = createAhead(load, () => {});
  await ahead.fetch(8, ALL);
  ahead.forget(9);
  await ahead.take(9, ALL);
  await ahead.take(8, ALL);
  await ahead.take(8, ALL);
  await ahead.fetch(9, ALL);
  await ahead.take(9, { state: "open" });
  assert.deepEqual(asked, [8, 9, 9, 8, 9, 9]);
});

test("a chain that another one overtook stops, and the end of the list is the end", async () => {
  const { load, asked } = server();
  const ahead = createAhead(load, () => {});
  await Promise.all([ahead.fetch(1, ALL), ahead.fetch(8, ALL), ahead.fetch(null, ALL)]);
  assert.deepEqual(asked, [1, 8]);
});
