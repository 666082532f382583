/* How long somebody works at a task: time between their movements counts, long pauses do not. Pure but for the clock it is given. */

const PAUSE_MS = 30_000; // longer without a movement is a pause, of which this much still counts as looking

/** `now()`: milliseconds. Returns {beat, start, seconds}. */
export function createStopwatch(now = Date.now) {
  let [spent, last] = [0, now()];
  const add = () => {
    const time = now();
    spent += Math.min(Math.max(time - last, 0), PAUSE_MS);
    last = time;
  };
  return {
    /** The person moved, typed or pressed. */
    beat: add,
    /** Another task, on which `seconds` were spent before. */
    start(seconds = 0) {
      [spent, last] = [seconds * 1000, now()];
    },
    /** Spent on the task until now, in tenths. */
    seconds() {
      add();
      return Math.round(spent / 100) / 10;
    },
  };
}
