/* Figures in words. Pure. */

import { duration } from "../annotate/my_work.js";
import { t } from "../i18n/messages.js";

export const percent = (share) => (Number.isFinite(share) ? `${Math.round(100 * share)} %` : "–");

/** "72 % (65–78 %)". */
export const withInterval = ({ value, interval }) => (interval ? `${percent(value)} (${Math.round(100 * interval[0])}–${percent(interval[1])})` : percent(value));

export const coefficient = (value) => (Number.isFinite(value) ? value.toFixed(2) : "–");

/** "up 12 % on before", or "" where there is nothing to compare. */
export function change(now, before) {
  if (!Number.isFinite(now) || !Number.isFinite(before) || before === 0) return "";
  const share = Math.round((100 * (now - before)) / before);
  if (share === 0) return t("team.asBefore");
  return t(share > 0 ? "team.up" : "team.down", { share: Math.abs(share) });
}

/** The difference of two shares in points. */
export function points(now, before) {
  if (!Number.isFinite(now) || !Number.isFinite(before)) return "";
  const found = Math.round(100 * (now - before));
  return found === 0 ? t("team.asBefore") : t(found > 0 ? "team.pointsUp" : "team.pointsDown", { points: Math.abs(found) });
}

/** A flag with the figures that raised it. */
export function flagText({ kind, sign, value, usual, cases }) {
  const shown = sign === "time" ? duration : percent;
  return t(`flag.${kind}.${sign}`, { value: shown(value), usual: shown(usual), n: cases });
}
