/*
 * Working through a queue: the studio gives a person one task at a time, kept for them by a claim that is renewed while the page lives and given back
 * when they leave. Knows nothing of the page.
 */

const LEAST_MS = 2_000;

/**
 * `ask`: {claim(project), renew(task, token), release(task, token)} as in api.js. `hear({kind: "held", until} | {kind: "lost"} | {kind: "left", left})`.
 * `later(fn, ms)` gives what `cancel` takes.
 */
export function createWorkQueue({ ask, hear, later = (fn, ms) => setTimeout(fn, ms), cancel = (timer) => clearTimeout(timer) }) {
  let [held, project, active, timer] = [null, null, false, null];

  const letGo = () => {
    cancel(timer);
    held = null;
  };

  function beat() {
    const claim = held;
    timer = later(async () => {
      try {
        const { expires_at: until } = await ask.renew(claim.task, claim.token);
        if (held === claim) hear({ kind: "held", until });
      } catch (error) {
        if (held === claim && error.status === 409) {
          letGo();
          hear({ kind: "lost" });
        } // no answer: the claim may hold still, and the next beat tells
      }
      if (held === claim) beat();
    }, Math.max((claim.seconds * 1000) / 3, LEAST_MS));
  }

  return {
    active: () => active,
    project: () => project,
    holds: (task) => held?.task === task,
    /** Begins with a project; null: with any. */
    enter(id) { [active, project] = [true, id]; },
    /** The task to do next, or null where there is nothing to do. */
    async next() {
      letGo();
      const answer = await ask.claim(project);
      if (!answer.task || !active) return null;
      held = { task: answer.task.id, token: answer.token, seconds: answer.lease_seconds };
      hear({ kind: "held", until: answer.expires_at });
      hear({ kind: "left", left: answer.left });
      beat();
      return answer.task;
    },
    /** The task was submitted or skipped: with that the studio ends its claim. */
    done(task) { if (held?.task === task) letGo(); },
    /** Gives back the task in hand. */
    giveBack() {
      if (held) ask.release(held.task, held.token).catch(() => {}); // else it comes back by itself when the claim ends
      letGo();
    },
    leave() {
      this.giveBack();
      active = false;
    },
  };
}
