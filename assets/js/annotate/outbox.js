/*
 * Saves that the studio has not acknowledged, kept in this browser: written before they are sent, taken out when they are acknowledged, still there
 * after a crash. An entry: {key, task, user, chain, seq, parent, after, edit, status, reason, image, seconds}. `parent`: the revision it was made from;
 * `after`: the key of the save before it, whose acknowledgement will tell the parent.
 */

const NAME = "giqa-outbox";

const asked = (request) => new Promise((resolve, reject) => {
  request.onsuccess = () => resolve(request.result);
  request.onerror = () => reject(request.error);
});

const finished = (transaction) => new Promise((resolve, reject) => {
  transaction.oncomplete = () => resolve();
  transaction.onerror = transaction.onabort = () => reject(transaction.error ?? new Error("not kept"));
});

/** Opens the outbox; rejects where the browser has no place for it. */
export async function openOutbox(factory = globalThis.indexedDB) {
  if (!factory) throw new Error("no place");
  const opening = factory.open(NAME, 1);
  opening.onupgradeneeded = () => opening.result.createObjectStore("entries", { keyPath: "key" });
  const database = await asked(opening);
  const change = async (work) => {
    const transaction = database.transaction("entries", "readwrite", { durability: "strict" });
    const done = finished(transaction);
    work(transaction.objectStore("entries"));
    await done;
  };
  return {
    put: (entry) => change((store) => store.put(entry)),
    /** In place of another one, which was not sent yet. */
    replace: (key, entry) => change((store) => { store.delete(key); store.put(entry); }),
    remove: (key) => change((store) => store.delete(key)),
    /** Acknowledged: gone, and whoever waits for it knows its parent. */
    acknowledge: (key, revision) => change((store) => {
      store.delete(key);
      const reading = store.getAll();
      reading.onsuccess = () => reading.result.filter((entry) => entry.after === key).forEach((entry) => store.put({ ...entry, parent: revision, after: null }));
    }),
    async all() {
      const entries = await asked(database.transaction("entries").objectStore("entries").getAll());
      return entries.sort((a, b) => a.seq - b.seq);
    },
  };
}

const LEFT = "giqa-left-";

/**
 * Where a page that is being closed leaves its last save: a database would not take it in time, `localStorage` takes it at once. The next page puts it into
 * the outbox. `put` tells whether it was taken.
 */
export function createLeft(storageOf = () => globalThis.localStorage) {
  const tried = (work, otherwise) => {
    try {
      return work(storageOf());
    } catch {
      return otherwise; // full, or forbidden
    }
  };
  const read = (storage) => Object.keys(storage).filter((name) => name.startsWith(LEFT)).map((name) => JSON.parse(storage.getItem(name)));
  return {
    put: (entry) => tried((storage) => { storage.setItem(LEFT + entry.key, JSON.stringify(entry)); return true; }, false),
    remove: (key) => tried((storage) => storage.removeItem(LEFT + key)),
    all: () => tried(read, []),
  };
}

/** The same in memory, for browsers that keep nothing, and for tests. */
export function memoryOutbox() {
  const entries = new Map();
  return {
    put: async (entry) => { entries.set(entry.key, structuredClone(entry)); },
    replace: async (key, entry) => { entries.delete(key); entries.set(entry.key, structuredClone(entry)); },
    remove: async (key) => { entries.delete(key); },
    acknowledge: async (key, revision) => {
      entries.delete(key);
      for (const [name, entry] of entries) if (entry.after === key) entries.set(name, { ...entry, parent: revision, after: null });
    },
    all: async () => [...entries.values()].sort((a, b) => a.seq - b.seq),
  };
}
