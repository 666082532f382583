/* What a reviewer has changed and not sent yet, kept in this browser: nothing is lost when another version is opened or the page closes. */

const name = (me, what) => `giqa-review ${me} ${what}`;

/** `me`: whose work it is; `storage`: the browser's. Where it keeps nothing, nothing is kept. Returns {keep(what, edit), kept(what), drop(what)}. */
export function createUnsent(me, storage) {
  const tried = (work, otherwise) => {
    try {
      return work();
    } catch {
      return otherwise; // no storage, a full one, or something else's text in it
    }
  };
  return {
    keep: (what, edit) => tried(() => storage.setItem(name(me, what), JSON.stringify(edit)), null),
    kept: (what) => tried(() => JSON.parse(storage.getItem(name(me, what)) ?? "null"), null),
    drop: (what) => tried(() => storage.removeItem(name(me, what)), null),
  };
}
