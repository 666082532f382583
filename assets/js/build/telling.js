/* How a build is, in words. Pure. */

export const STAGES = {
  open: "Open", tags: "Tags", detect: "Boxes", filter: "IQA-Filter", merge: "Box-Merge", fuse: "Into the text", questions: "Questions",
};

const number = (value) => Math.round(value).toLocaleString("en");

/** "45 s", "12 min", "3.5 h" */
export function durationText(seconds) {
  if (seconds < 90) return `${Math.max(1, Math.round(seconds))} s`;
  return seconds < 5_400 ? `${Math.round(seconds / 60)} min` : `${(seconds / 3_600).toFixed(1)} h`;
}

/** "6.1/s", "320/s", "" where nothing was measured. */
export const rateText = (rate) => (rate > 0 ? `${rate < 100 ? rate.toFixed(1) : number(rate)}/s` : "");

/** "120 of 400 rows, 6.1/s, about 46 s left" of a build. */
export function progressText({ state, progress }) {
  if (!progress) return state === "running" ? "Starting: models are loaded…" : "";
  const { done, total, rate, dropped } = progress;
  const parts = [`${number(done)} of ${number(total)} rows`];
  if (state === "running" && rate > 0) parts.push(rateText(rate), ...(total > done ? [`about ${durationText((total - done) / rate)} left`] : ["finishing"]));
  if (dropped) parts.push(`${number(dropped)} dropped`);
  return parts.join(", ");
}

/** [[reason, rows]] of all stages, most first. */
export function reasonsOf(progress) {
  const sums = new Map();
  for (const { stage, dropped } of progress?.stages ?? []) {
    for (const [reason, rows] of Object.entries(dropped)) {
      const words = `${STAGES[stage] ?? stage}: ${reason}`;
      sums.set(words, (sums.get(words) ?? 0) + rows);
    }
  }
  return [...sums].sort((a, b) => b[1] - a[1]);
}

/** "0.82" of a probability or a score, "" for none. */
export const shareText = (value) => (Number.isFinite(value) ? value.toFixed(2) : "");
