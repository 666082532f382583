import assert from "node:assert/strict";
import { test } from "node:test";

import { createLeft, memoryOutbox } from "../../../assets/js/annotate/outbox.js";
import { createSaver } from "../../../assets/js/annotate/saver.js";

const edit = (words) => ({ description: words });
const draft = (words) => ({ edit: edit(words), status: "draft", image: {} });

/** A studio as the real one answers: parents checked, keys known. `down`: does not answer; `lose`: takes the save and loses the answer. */
function studio() {
  const self = { revisions: [], down: false, lose: 0, status: 0, hold: null };
  self.send = async (task, body) => {
    if (self.hold) await self.hold;
    if (self.down) throw new TypeError("network");
    if (self.status) return { status: self.status, body: { error: "no" } };
    const known = self.revisions.find((one) => one.key === body.key);
    const head = self.revisions.filter((one) => one.task === task).at(-1)?.revision ?? null;
    if (!known && head !== body.parent) return { status: 409, body: { error: "stale", current: head && { revision: head, edit: edit("theirs") }, base: edit("base") } };
    if (!known) self.revisions.push({ task, key: body.key, revision: self.revisions.length + 1, parent: body.parent, edit: body.edit, status: body.status });
    if (self.lose-- > 0) throw new TypeError("network");
    return { status: 200, body: { revision: (known ?? self.revisions.at(-1)).revision, saved_at: "now", status: body.status } };
  };
  return self;
}

function page(server, outbox = memoryOutbox(), chain = "a", left = undefined) {
  const told = [];
  const timers = [];
  let keys = 0;
  const saver = createSaver({ send: server.send, outbox, left, chain, hear: (task, state) => told.push(`${task} ${state.kind}`), later: (fn) => timers.push(fn), now: () => 0, newKey: () => `${chain}${(keys += 1)}` });
  const tick = async () => { for (const fn of timers.splice(0)) await fn(); await settled(); };
  return { saver, told, tick, outbox };
}

const settled = async () => { for (let turn = 0; turn < 30; turn += 1) await Promise.resolve(); };

test("saved is said after the acknowledgement, and the outbox is empty then", async () => {
  const server = studio();
  const { saver, told, outbox } = page(server);
  saver.opened(1, null);
  await saver.save(1, draft("one"));
  await settled();
  assert.deepEqual(told, ["1 saving", "1 saved"]);
  assert.deepEqual([await outbox.all(), saver.count()], [[], 0]);
});

test("drafts that wait are one, a submission is not joined, and each names its parent", async () => {
  const server = studio();
  let go;
  server.hold = new Promise((resolve) => { go = resolve; });
  const { saver, outbox } = page(server);
  saver.opened(1, null);
  saver.save(1, draft("one"));
  await settled();
  for (const words of ["two", "three"]) saver.save(1, draft(words));
  saver.save(1, { ...draft("four"), status: "submitted" });
  saver.save(1, draft("five"));
  await settled();
  assert.equal((await outbox.all()).length, 3);
  go();
  await settled();
  assert.deepEqual(server.revisions.map((one) => [one.edit.description, one.parent, one.status]), [["one", null, "draft"], ["four", 1, "submitted"], ["five", 2, "draft"]]);
  assert.deepEqual(await outbox.all(), []);
});

test("a task told of before its last save was acknowledged does not take that save back", async () => {
  const server = studio();
  const { saver } = page(server);
  assert.equal(saver.opened(1, null), null);
  await saver.save(1, draft("one"));
  assert.deepEqual(saver.opened(1, null), edit("one"));
  await saver.save(1, draft("two"));
  assert.deepEqual(server.revisions.map((one) => [one.edit.description, one.parent]), [["one", null], ["two", 1]]);
  server.revisions.push({ task: 1, key: "theirs", revision: 3, parent: 2, edit: edit("theirs"), status: "draft" });
  assert.equal(saver.opened(1, 3), null);
  await saver.save(1, draft("three"));
  assert.equal(server.revisions.at(-1).parent, 3);
});

test("a save behind one that is on its way has been tried once it resolves", async () => {
  const server = studio();
  let go;
  server.hold = new Promise((resolve) => { go = resolve; });
  const { saver } = page(server);
  saver.opened(1, null);
  saver.save(1, draft("one"));
  await settled();
  const second = saver.save(1, draft("two"));
  setTimeout(go);
  await second;
  assert.deepEqual([saver.state(1).kind, server.revisions.at(-1).edit.description], ["saved", "two"]);
});

test("without an answer it waits, says so, and goes on when the studio is back", async () => {
  const server = { ...studio() };
  const live = studio();
  live.down = true;
  const { saver, told, tick, outbox } = page(live);
  saver.opened(1, null);
  await saver.save(1, draft("one"));
  await settled();
  await saver.save(1, draft("two"));
  await settled();
  assert.equal(told.at(-1), "1 waiting");
  assert.equal(saver.opened(1, null).description, "two");
  live.down = false;
  await tick();
  assert.deepEqual(live.revisions.map((one) => [one.edit.description, one.parent]), [["one", null], ["two", 1]]);
  assert.deepEqual([told.at(-1), await outbox.all()], ["1 saved", []]);
  assert.ok(server);
});

test("a lost acknowledgement is asked for again with the same key: stored once", async () => {
  const server = studio();
  server.lose = 1;
  const { saver, tick } = page(server);
  saver.opened(1, null);
  await saver.save(1, draft("one"));
  await settled();
  await tick();
  assert.equal(server.revisions.length, 1);
});

test("what a page that died had not sent is sent by the next, in order, each once", async () => {
  const server = studio();
  const outbox = memoryOutbox();
  server.lose = 1;
  const first = page(server, outbox, "a");
  first.saver.opened(1, null);
  await first.saver.save(1, draft("one"));
  await settled();
  server.down = true;
  await first.saver.save(1, { ...draft("two"), status: "submitted" });
  await first.saver.save(2, draft("other task"));
  await settled();
  server.down = false;
  const second = page(server, outbox, "b");
  assert.deepEqual(await second.saver.adopt(new Set(["a"])), []);
  assert.deepEqual(await second.saver.adopt(), [1, 2]);
  await settled();
  assert.deepEqual(server.revisions.map((one) => [one.task, one.edit.description, one.parent]), [[1, "one", null], [2, "other task", null], [1, "two", 1]]);
  assert.deepEqual(await outbox.all(), []);
});

test("two pages from one base: the second is told, and its merge is saved on top", async () => {
  const server = studio();
  const [one, two] = [page(server, memoryOutbox(), "a"), page(server, memoryOutbox(), "b")];
  for (const { saver } of [one, two]) saver.opened(1, null);
  await one.saver.save(1, draft("mine"));
  await settled();
  await two.saver.save(1, draft("other"));
  await settled();
  assert.equal(two.told.at(-1), "1 conflict");
  await two.saver.save(1, draft("other still"));
  await settled();
  assert.equal(server.revisions.length, 1);
  assert.equal(two.saver.opened(1, null).description, "other still");
  await two.saver.resolve(1, edit("merged"), { status: "draft", image: {} });
  await settled();
  assert.deepEqual(server.revisions.map((entry) => [entry.edit.description, entry.parent]), [["mine", null], ["merged", 1]]);
  assert.deepEqual([two.told.at(-1), await two.outbox.all()], ["1 saved", []]);
});

test("a refused save is told, kept, and a better one goes through", async () => {
  const server = studio();
  server.status = 422;
  const { saver, told, outbox } = page(server);
  saver.opened(1, null);
  await saver.save(1, draft("bad"));
  await settled();
  assert.equal(told.at(-1), "1 failed");
  assert.equal((await outbox.all()).length, 1);
  server.status = 0;
  await saver.save(1, draft("good"));
  await settled();
  assert.deepEqual(server.revisions.map((one) => one.edit.description), ["good"]);
  assert.deepEqual(await outbox.all(), []);
});

for (const status of [500, 503, 507, 429]) {
  test(`status ${status} is waited out`, async () => {
    const server = studio();
    server.status = status;
    const { saver, told, tick } = page(server);
    saver.opened(1, null);
    await saver.save(1, draft("one"));
    await settled();
    assert.equal(told.at(-1), "1 waiting");
    assert.equal(saver.waits(), "no");
    server.status = 0;
    await tick();
    assert.equal(told.at(-1), "1 saved");
    assert.equal(saver.waits(), "");
  });
}

test("an outbox that cannot keep anything does not stop the save", async () => {
  const server = studio();
  const broken = { put: () => Promise.reject(new Error("full")), replace: () => Promise.reject(new Error("full")), acknowledge: () => Promise.reject(new Error("full")), remove: async () => {}, all: async () => [] };
  const { saver, told } = page(server, broken);
  saver.opened(1, null);
  await saver.save(1, draft("one"));
  await settled();
  assert.equal(told.at(-1), "1 saved");
});

test("a session that has ended holds the saves back, and they go once somebody has signed in", async () => {
  const server = studio();
  const { saver, told, tick } = page(server);
  saver.opened(1, null);
  server.status = 401;
  await saver.save(1, draft("one"));
  await settled();
  await tick(); // nothing is tried again by itself
  assert.deepEqual([told, server.revisions], [["1 saving", "1 signin"], []]);
  await saver.save(1, draft("two"));
  server.status = 0;
  saver.retry();
  await settled();
  assert.deepEqual(server.revisions.map((one) => one.edit), [edit("one"), edit("two")]);
});

test("what another person left in this browser is kept for them", async () => {
  const [server, outbox] = [studio(), memoryOutbox()];
  const make = (user, chain) => createSaver({ send: server.send, outbox, chain, user, hear: () => {}, later: () => {}, now: () => 0, newKey: () => `${chain}${Math.random()}` });
  server.down = true;
  const first = make("ben", "a");
  first.opened(1, null);
  await first.save(1, draft("ben's"));
  server.down = false;
  const second = make("cleo", "b");
  await second.adopt();
  await settled();
  assert.deepEqual([server.revisions, second.opened(1, null), second.count(), (await outbox.all()).length], [[], null, 0, 1]);
  second.opened(1, null);
  await second.save(1, draft("cleo's"));
  await settled();
  assert.deepEqual(server.revisions.map((one) => one.edit), [edit("cleo's")]);
  server.revisions = []; // on the studio each person has versions of their own
  second.as("ben");
  second.retry();
  await settled();
  assert.deepEqual([server.revisions.map((one) => one.edit), await outbox.all()], [[edit("ben's")], []]);
});

/** As a browser has it: names of what is there are its own keys. */
function storage() {
  const self = {};
  const hidden = (name, value) => Object.defineProperty(self, name, { value });
  hidden("setItem", (name, text) => { self[name] = text; });
  hidden("getItem", (name) => self[name] ?? null);
  hidden("removeItem", (name) => { delete self[name]; });
  return self;
}

test("what the outbox had no time to take is left by a page that closes, and saved once by the next", async () => {
  const [server, memory, place] = [studio(), memoryOutbox(), storage()];
  const slow = { ...memory, put: () => new Promise(() => {}) };
  const closing = page(server, slow, "a", createLeft(() => place));
  closing.saver.opened(1, null);
  closing.saver.save(1, draft("half a wo"));
  assert.equal(closing.saver.leave(), true);
  assert.equal(Object.keys(place).length, 1);
  const next = page(server, memory, "b", createLeft(() => place));
  assert.deepEqual(await next.saver.adopt(), [1]);
  await settled();
  assert.deepEqual([server.revisions.map((one) => one.edit.description), Object.keys(place), await memory.all()], [["half a wo"], [], []]);
});

test("what the outbox has is not left a second time, and a browser without room says so", async () => {
  const [server, place] = [studio(), storage()];
  server.down = true;
  const { saver } = page(server, memoryOutbox(), "a", createLeft(() => place));
  await saver.save(1, draft("one"));
  await settled();
  assert.deepEqual([saver.leave(), Object.keys(place)], [true, []]);
  const full = page(server, { ...memoryOutbox(), put: () => new Promise(() => {}) }, "b", createLeft(() => { throw new Error("forbidden"); }));
  full.saver.save(1, draft("two"));
  assert.equal(full.saver.leave(), false);
  assert.deepEqual(createLeft(() => { throw new Error("forbidden"); }).all(), []);
});

test("what a page that lives on left in vain is taken back once the outbox has it", async () => {
  const [server, place] = [studio(), storage()];
  const { saver } = page(server, memoryOutbox(), "a", createLeft(() => place));
  const saving = saver.save(1, draft("one"));
  saver.leave();
  assert.equal(Object.keys(place).length, 1);
  await saving;
  assert.deepEqual(Object.keys(place), []);
});
