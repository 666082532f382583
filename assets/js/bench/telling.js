/* How a bench run is, in words. Pure. */

import { durationText, rateText } from "../build/telling.js";

export const KINDS = { description: "Descriptions", yes_no: "Yes/No", what: "What", why: "Why", how: "How" };

const WHAT = { asked: "asked", judged: "judged" };

/** Figures in the order and under the names that people know; those not named here stand under "More". */
export const FIGURES = {
  des_miou_paired: "Descriptions: mIoU", des_miou_strict: "Descriptions: mIoU, strict", des_tag_recall: "Descriptions: Tag-Recall", des_bleu4: "Descriptions: BLEU@4", des_llm_score: "Descriptions: judge's score",
  vqa_acc_yes_no: "Questions: Acc (Yes/No)", vqa_balanced_accuracy: "Questions: balanced accuracy", vqa_acc_open: "Questions: Acc (What, Why, How)", vqa_acc_total: "Questions: Acc (Total)",
  vqa_miou_paired: "Questions: mIoU", vqa_miou_strict: "Questions: mIoU, strict", vqa_tag_recall: "Questions: Tag-Recall", vqa_absent_rejected: "Absent things rejected", vqa_calibration_error: "Calibration error (lower is better)",
};

/** "120 of 250 asked, 6.1/s, about 21 s left" */
export function progressText({ state, progress }) {
  if (!progress) return state === "running" ? "Starting: models are loaded…" : "";
  const { what, done, of, rate } = progress;
  const parts = [`${done.toLocaleString("en")} of ${of.toLocaleString("en")} ${WHAT[what] ?? what}`];
  if (state === "running" && rate > 0) parts.push(rateText(rate), ...(of > done ? [`about ${durationText((of - done) / rate)} left`] : []));
  return parts.join(", ");
}

const HUNDREDS = /bleu|llm_score/;

/** A figure as the paper prints it: shares with four digits, BLEU and the judge's score out of 100 with two. */
export const valueText = (name, value) => (value === null || value === undefined ? "–" : value.toFixed(HUNDREDS.test(name) ? 2 : 4));

/** "[0.7560, 0.9050]", "" where there is no interval. */
export const intervalText = ({ name, low, high }) => (low === null || high === null ? "" : `[${valueText(name, low)}, ${valueText(name, high)}]`);

/** Two runs' difference as a sentence. */
export function differenceText({ name, one, other, p, count }, names) {
  const sure = p < 0.05 ? `p = ${p.toFixed(3)}` : `p = ${p.toFixed(2)}, which may be chance`;
  return `${name}: ${names.one} ${one.toFixed(4)}, ${names.other} ${other.toFixed(4)} over ${count} samples (${sure})`;
}
