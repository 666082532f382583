/*
 * Saving: one queue a task, one save on its way at a time, drafts that wait behind it joined into one. Everything is in the outbox before it is sent
 * and until it is acknowledged. "saved" is said after the studio's acknowledgement and not before.
 */

import { refusal, t } from "../i18n/messages.js";

const NOTHING_LEFT = { put: () => false, remove: () => {}, all: () => [] };
const RETRY_MS = [1_000, 2_000, 5_000, 10_000, 30_000];

/**
 * `send(task, body)` -> {status, body}; rejects when the studio does not answer. `outbox`: see outbox.js. `chain`: this page's name.
 * `hear(task, {kind: "saving" | "saved" | "waiting" | "signin" | "conflict" | "failed", ...})`. `user`: whose work it is: what another person left in
 * this browser is kept for them and not sent. `left`: see createLeft in outbox.js. `later(fn, ms)`, `now()`, `newKey()`: for tests.
 */
export function createSaver({ send, outbox, left = NOTHING_LEFT, chain, hear, user = "", later = (fn, ms) => setTimeout(fn, ms), now = Date.now, newKey = randomKey, keepFailed = () => {} }) {
  const queues = new Map();
  let seq = 0;
  const queue = (task) => queues.get(task) ?? queues.set(task, { head: null, edit: null, entries: [], trying: null, stopped: null, tries: 0, timer: null }).get(task);

  let aside = []; // other people's saves in this browser
  const isMine = (entry) => !entry.user || entry.user === user;

  /** Puts what is this person's into the queues, and what is another's aside, where it waits for them. Returns the tasks that got something. */
  function sort() {
    const others = [];
    for (const line of queues.values()) {
      const theirs = line.entries.filter((entry) => !isMine(entry));
      if (!theirs.length) continue;
      others.push(...theirs);
      Object.assign(line, { entries: line.entries.filter(isMine), stopped: null, head: null });
    }
    const mine = aside.filter(isMine);
    aside = [...aside.filter((entry) => !isMine(entry)), ...others];
    for (const entry of mine) {
      queue(entry.task).entries.push({ ...entry, sent: true, isKept: true });
      seq = Math.max(seq, entry.seq);
    }
    return [...new Set(mine.map((entry) => entry.task))];
  }

  const tell = (task, state) => {
    queue(task).state = state;
    hear(task, state);
  };

  /** Resolves once all that waits has been tried. */
  function run(task) {
    const line = queue(task);
    if (line.trying) return line.trying; // goes on with what has come meanwhile
    if (line.stopped || !line.entries.length) return Promise.resolve();
    line.trying = attempt(task, line);
    return line.trying;
  }

  async function attempt(task, line) {
    clearTimeout(line.timer);
    const [entry] = line.entries;
    entry.sent = true; // the studio may have it, answer or no answer: it is not joined with later ones
    if (!entry.after) entry.parent ??= line.head;
    tell(task, { kind: "saving" });
    let answer = null;
    try {
      answer = await send(task, bodyOf(entry));
    } catch {
      answer = null; // no answer: the network, or the studio
    }
    line.trying = null;
    await settle(task, line, entry, answer);
  }

  async function settle(task, line, entry, answer) {
    const status = answer?.status ?? 0;
    if (status === 200) {
      line.entries.shift();
      Object.assign(line, { head: answer.body.revision, edit: entry.edit, tries: 0 });
      for (const next of line.entries.slice(0, 1)) Object.assign(next, { parent: line.head, after: null });
      await kept(outbox.acknowledge(entry.key, line.head));
      if (line.entries.length) return run(task);
      return tell(task, { kind: "saved", at: answer.body.saved_at, revision: line.head, status: answer.body.status, changes: answer.body.changes, late: answer.body.late ?? false });
    }
    if (status === 401) return tell(task, { kind: "signin", message: refusal(answer.body) ?? "" }); // sent again once somebody has signed in
    if (status === 409 && answer.body.current !== undefined) {
      line.stopped = { entry: line.entries.at(-1), current: answer.body.current, base: answer.body.base };
      return tell(task, { kind: "conflict", ...line.stopped, message: refusal(answer.body) });
    }
    if (status >= 400 && status < 500 && status !== 408 && status !== 429) {
      line.stopped = { entry };
      return tell(task, { kind: "failed", message: refusal(answer.body) ?? t("save.refused", { status }), edit: entry.edit });
    }
    line.timer = later(() => run(task), RETRY_MS[Math.min(line.tries, RETRY_MS.length - 1)]);
    line.tries += 1;
    return tell(task, { kind: "waiting", message: refusal(answer?.body) ?? t("net.noAnswer"), count: count() });
  }

  /** An outbox that fails (a full disk) must not stop the save itself. */
  async function kept(promise) {
    try {
      await promise;
      return true;
    } catch (error) {
      keepFailed(error);
      return false;
    }
  }

  const count = () => [...queues.values()].reduce((sum, line) => sum + line.entries.length, 0);

  return {
    /** A task is opened as the studio told of it, `head` its newest revision then. Returns the edit that this page knows to be newer, or null. */
    opened(task, head) {
      const line = queue(task);
      if (line.entries.length) return line.entries.at(-1).edit;
      if (line.head !== null && line.head > (head ?? 0)) return line.edit; // saved since the studio was asked
      Object.assign(line, { head, edit: null });
      return null;
    },
    /** Queues an edit: {edit, status, reason, image, seconds}. Resolves once it has been tried. */
    async save(task, snapshot) {
      const line = queue(task);
      seq = Math.max(seq + 1, now());
      const refused = line.stopped && !("current" in line.stopped) ? line.stopped.entry : null;
      if (refused) { // it will not be taken, and what comes now holds all that it held
        line.entries = line.entries.filter((one) => one !== refused);
        line.stopped = null;
        await kept(outbox.remove(refused.key));
      }
      const last = line.entries.at(-1);
      const before = line.entries.filter((one) => one !== last || one.sent).at(-1);
      const entry = { key: newKey(), task, chain, seq, parent: before ? null : line.head, after: before?.key ?? null, reason: "", user, ...snapshot };
      const replaced = last && !last.sent && last.status === "draft" ? line.entries.pop() : null;
      if (replaced) Object.assign(entry, { parent: replaced.parent, after: replaced.after });
      line.entries.push(entry);
      entry.isKept = await kept(replaced ? outbox.replace(replaced.key, stored(entry)) : outbox.put(stored(entry)));
      if (entry.isKept) left.remove(entry.key);
      if (line.stopped) line.stopped.entry = entry;
      return run(task);
    },
    /** After a conflict: the merged edit is saved on top of the revision that won. */
    async resolve(task, edit, snapshot) {
      const line = queue(task);
      const won = line.stopped.current?.revision ?? null;
      const dropped = line.entries.splice(0);
      Object.assign(line, { head: won, edit: null, stopped: null });
      await this.save(task, { ...snapshot, edit });
      for (const entry of dropped) await kept(outbox.remove(entry.key));
    },
    /** Takes up what an earlier page left in the outbox; the chains in `alive` are other pages' own. Returns the tasks. */
    async adopt(alive = new Set()) {
      const isOver = (entry) => entry.chain !== chain && !alive.has(entry.chain);
      for (const entry of left.all().filter(isOver)) {
        await outbox.put(entry);
        left.remove(entry.key);
      }
      aside.push(...(await outbox.all()).filter(isOver));
      const tasks = sort();
      tasks.forEach((task) => { run(task); });
      return tasks;
    },
    /** The page may be gone at once: what the outbox has not taken yet is left for the next one. Whether all of it was. */
    leave: () => [...queues.values()].flatMap((line) => line.entries).filter((entry) => !entry.isKept).map((entry) => left.put(stored(entry))).every(Boolean),
    /** The state that was last told of a task. */
    state: (task) => queues.get(task)?.state ?? null,
    /** Somebody signed in: from now on this is their work. */
    as(id) {
      if (id === user) return;
      user = id;
      for (const line of queues.values()) line.head = null; // that was the other one's
      sort();
    },
    /** Tries again at once: the network is back, or somebody has signed in. */
    retry() {
      for (const task of queues.keys()) run(task);
    },
    /** How many saves the studio has not acknowledged, and why one of them waits, "" where none does. */
    count,
    waits: () => [...queues.values()].find((line) => line.state?.kind === "waiting")?.state.message ?? "",
  };
}

const stored = ({ sent: _, isKept: __, ...entry }) => entry;

const bodyOf = ({ parent, key, image, edit, status, reason, seconds }) => ({ parent, key, image, edit, status, reason, ...(seconds === undefined ? {} : { seconds }) });

function randomKey() {
  const bytes = globalThis.crypto.getRandomValues(new Uint8Array(16)); // randomUUID is there on secure pages alone
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
