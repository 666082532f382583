/* Small charts as plain SVG, drawn in the theme's colours; every number stands beside or under them as text too. */

import { el, svg } from "../dom.js";
import { language } from "../i18n/messages.js";

/** The next round number at or above: 1, 2 or 5 times a power of ten. */
export function roundUp(value) {
  if (!(value > 0)) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  return [1, 2, 5, 10].map((step) => step * power).find((one) => one >= value - 1e-9 * power);
}

/** Every day between the first and the last, those without work too: [[day, number]]; at most `most`, the newest. */
export function everyDay(days, most = 60) {
  if (!days.length) return [];
  const known = new Map(days);
  const last = Date.parse(days.at(-1)[0]);
  const found = [];
  for (let at = last; at >= Date.parse(days[0][0]) && found.length < most; at -= 86_400_000) found.unshift(new Date(at).toISOString().slice(0, 10));
  return found.map((day) => [day, known.get(day) ?? 0]);
}

const shortDay = (day) => new Date(`${day}T12:00:00Z`).toLocaleDateString(language(), { day: "numeric", month: "short", timeZone: "UTC" });

/** Columns by day. */
export function dayChart(days, label) {
  const shown = everyDay(days);
  const [width, height, left, bottom] = [640, 150, 34, 20];
  const top = roundUp(Math.max(...shown.map(([, number]) => number), 1));
  const step = (width - left) / Math.max(shown.length, 1);
  const y = (number) => 6 + (height - bottom - 6) * (1 - number / top);
  const columns = shown.map(([day, number], index) => svg("rect", { class: "giqa-chart-column", x: left + index * step + Math.min(step * 0.12, 4), y: y(number), width: Math.max(Math.min(step * 0.76, 46), 1), height: y(0) - y(number), rx: 2 }, svg("title", {}, `${shortDay(day)}: ${number}`)));
  const lines = [0, top / 2, top].flatMap((number) => [svg("line", { class: "giqa-chart-line", x1: left, x2: width, y1: y(number), y2: y(number) }), svg("text", { class: "giqa-chart-text", x: left - 5, y: y(number) + 4, "text-anchor": "end" }, String(number))]);
  const every = Math.max(1, Math.ceil(shown.length / 7));
  const names = shown.map(([day], index) => (index % every === 0 ? svg("text", { class: "giqa-chart-text", x: left + index * step + 2, y: height - 4 }, shortDay(day)) : null)).filter(Boolean);
  return svg("svg", { class: "giqa-chart", viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": label }, ...lines, ...columns, ...names);
}

/** One share in [0, 1] as a bar with its interval and, as a second bar, the share beyond chance. */
export function shareBar({ value, interval, corrected }) {
  const at = (share) => 200 * Math.min(Math.max(share, 0), 1);
  const spread = interval ? [svg("line", { class: "giqa-chart-interval", x1: at(interval[0]), x2: at(interval[1]), y1: 5, y2: 5 })] : [];
  const beyond = Number.isFinite(corrected) ? [svg("rect", { class: "giqa-chart-beyond", x: 0, y: 11, width: at(corrected), height: 5, rx: 2 })] : [];
  return svg("svg", { class: "giqa-share", viewBox: "0 0 200 18", preserveAspectRatio: "none", "aria-hidden": "true" },
    svg("rect", { class: "giqa-chart-ground", x: 0, y: 1, width: 200, height: 8, rx: 2 }), svg("rect", { class: "giqa-chart-column", x: 0, y: 1, width: at(value), height: 8, rx: 2 }), ...spread, ...beyond);
}

/** How much of a whole is done. */
export const meter = (done, all, label) => el("progress", { class: "giqa-meter", max: String(Math.max(all, 1)), value: String(done), "aria-label": label });
