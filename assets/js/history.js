/*
 * Undo and redo of immutable snapshots: {past, present, future, key, time}. Steps that carry one key and follow each other quickly are one step,
 * so that a held arrow key undoes at once. Everything is pure.
 */

export const LIMIT = 200;
export const TOGETHER_MS = 800;

export const begin = (present) => ({ past: [], present, future: [], key: null, time: 0 });

/** A new present. `key`: steps of one key within `TOGETHER_MS` of each other become one; null never joins. `time`: milliseconds. */
export function record(history, present, key = null, time = 0) {
  const joins = key !== null && key === history.key && time - history.time < TOGETHER_MS && history.past.length > 0;
  const past = joins ? history.past : [...history.past, history.present].slice(-LIMIT);
  return { past, present, future: [], key, time };
}

export const canUndo = (history) => history.past.length > 0;

export const canRedo = (history) => history.future.length > 0;

export function undo(history) {
  if (!canUndo(history)) return history;
  const past = history.past.slice(0, -1);
  return { past, present: history.past.at(-1), future: [history.present, ...history.future], key: null, time: 0 };
}

export function redo(history) {
  if (!canRedo(history)) return history;
  const [present, ...future] = history.future;
  return { past: [...history.past, history.present], present, future, key: null, time: 0 };
}
