/* The next tasks of the list with their pictures, before they are asked for: the one that comes is there at once, and a lost network stops nobody for a while. */

const MOST = 5;

/** `load(id, filter)` -> task {next, image}; `show(image)`: has the browser fetch its picture. Returns {take, fetch, forget}. */
export function createAhead(load, show = ({ url }) => { new Image().src = url; }) {
  let [coming, of] = [new Map(), ""];
  return {
    /** The task, fetched already or now. */
    take(id, filter) {
      const found = of === JSON.stringify(filter) ? coming.get(id) : undefined;
      coming.delete(id); // what is opened may change: another time it is asked for again
      return found ?? load(id, filter);
    },
    /** Fetches that task and those behind it, one after another; what lies elsewhere is let go. */
    async fetch(first, filter) {
      const known = of === JSON.stringify(filter) ? coming : new Map();
      const mine = new Map();
      [coming, of] = [mine, JSON.stringify(filter)];
      for (let id = first ?? null; id !== null && mine.size < MOST;) {
        const asked = known.get(id) ?? load(id, filter);
        mine.set(id, asked);
        const task = await asked.catch(() => null);
        if (!task) mine.delete(id);
        if (!task || coming !== mine) return;
        if (!known.has(id)) show(task.image);
        id = task.next ?? null;
      }
    },
    /** The task was changed: what was fetched of it is no longer how it stands. */
    forget: (id) => coming.delete(id),
  };
}
