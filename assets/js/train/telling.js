/* How a training is, in words; and what of its curves is drawn where. Pure. */

import { durationText } from "../build/telling.js";

const number = (value) => Math.round(value).toLocaleString("en");
const WHAT = { preparing: "Preparing", training: "Training", evaluating: "Evaluating" };

/** What a taught model's figures are called; in all but the last higher is better. */
export const TAUGHT = {
  agreed: "People's labels that it says too, on images it was not taught", yes_no_balanced_accuracy: "Yes or no about a region (balanced accuracy)", type_accuracy: "Which fault it is",
  severity_rho: "Severity (rank correlation)", grounding_miou: "Where it is (mean IoU)", clean_with_false_region: "Faultless photographs with a false region (lower is better)",
};

export const modelText = (plan) => (plan.model === "embedded" ? "The embedded model" : plan.model);

/** "120 of 400 steps, loss 0.412, 1,204 tokens/s, about 46 s left" */
export function progressText({ state, status, taught }) {
  if (!status) return state === "running" ? "Starting: libraries are loaded…" : "";
  const parts = [];
  if (state === "running" && status.state === "preparing") parts.push("Preparing: the data are read");
  if (state === "running" && status.state === "evaluating") parts.push("Evaluating");
  if (status.of && !(taught && state === "done")) parts.push(`${number(status.step)} of ${number(status.of)}${taught ? "" : " steps"}`);
  if (Number.isFinite(status.loss)) parts.push(`loss ${status.loss.toFixed(3)}`);
  if (state === "running" && status.tokens_per_second > 0) parts.push(`${number(status.tokens_per_second)} tokens/s`);
  if (state === "running" && status.state === "training" && status.seconds_left > 0) parts.push(`about ${durationText(status.seconds_left)} left`);
  if (Number.isFinite(status.best_loss)) parts.push(`best held-out loss ${status.best_loss.toFixed(3)} at step ${number(status.best_step)}`);
  return parts.join(", ") || WHAT[status.state] || "";
}

/** A running mean over about a twentieth of the points, so that a noisy curve shows its way; as many points as given. */
export function smoothed(points) {
  const reach = Math.max(1, Math.round(points.length / 40));
  return points.map(([x], index) => {
    const near = points.slice(Math.max(0, index - reach), index + reach + 1);
    return [x, near.reduce((sum, [, y]) => sum + y, 0) / near.length];
  });
}

/** {x: [low, high], y: [low, high]} around all points, with a little room above and below; `null` without points. */
export function spanOf(lines) {
  const points = lines.flatMap(({ points: some }) => some);
  if (!points.length) return null;
  const [xs, ys] = [0, 1].map((axis) => points.map((point) => point[axis]));
  const [least, most] = [Math.min(...ys), Math.max(...ys)];
  const room = (most - least || Math.abs(most) || 1) * 0.06;
  return { x: [0, Math.max(...xs, 1)], y: [Math.max(0, least - room), most + room] };
}

/** About `wanted` round numbers within the span. */
export function ticks([low, high], wanted = 4) {
  const raw = (high - low) / wanted;
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 5, 10].map((one) => one * power).find((one) => one >= raw) ?? 10 * power;
  const found = [];
  for (let at = Math.ceil(low / step) * step; at <= high + step * 1e-6; at += step) found.push(Number(at.toPrecision(8)));
  return found;
}

/** "0.9412", "–" for none. */
export const figureText = (value) => (Number.isFinite(value) ? value.toFixed(3) : "–");

/** "+0.012", "0.000" for next to nothing, "" where one is missing. */
export function changeText(before, after) {
  if (!Number.isFinite(before) || !Number.isFinite(after)) return "";
  const size = Math.abs(after - before).toFixed(3);
  return size === "0.000" ? size : `${after > before ? "+" : "−"}${size}`;
}
