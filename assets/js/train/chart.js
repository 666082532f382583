/* Curves over the steps as plain SVG: a faint line as measured, a firm one smoothed, dots for evaluations. What is under the pointer is said in words below. */

import { el, svg } from "../dom.js";
import { smoothed, spanOf, ticks } from "./telling.js";

const [WIDTH, HEIGHT, LEFT, BOTTOM, TOP] = [720, 240, 52, 30, 8];
export const COLORS = 6;

/** `title`, `unit`: of the values. Returns {node, update(lines)}; a line is {name, points: [[step, value]], dots: [[step, value]], color}. */
export function createChart({ title, unit = "", digits = 3 }) {
  const drawing = svg("svg", { class: "giqa-curves", viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img", "aria-label": title });
  const said = el("p", { class: "giqa-curves-said", "aria-live": "off" });
  const legend = el("ul", { class: "giqa-curves-legend" });
  const node = el("figure", { class: "giqa-curves-figure" }, el("figcaption", {}, title), drawing, legend, said);
  let [shown, span] = [[], null];
  const value = (number) => `${number.toLocaleString("en", { maximumFractionDigits: digits, minimumFractionDigits: digits })}${unit}`;
  const x = (step) => LEFT + (WIDTH - LEFT - 8) * (step - span.x[0]) / (span.x[1] - span.x[0]);
  const y = (number) => TOP + (HEIGHT - BOTTOM - TOP) * (1 - (number - span.y[0]) / (span.y[1] - span.y[0]));
  const path = (points) => points.map(([step, number], index) => `${index ? "L" : "M"}${x(step).toFixed(1)} ${y(number).toFixed(1)}`).join("");
  const frame = () => [
    ...ticks(span.y, 5).flatMap((number) => [svg("line", { class: "giqa-chart-line", x1: LEFT, x2: WIDTH - 8, y1: y(number), y2: y(number) }), svg("text", { class: "giqa-chart-text", x: LEFT - 6, y: y(number) + 4, "text-anchor": "end" }, number.toLocaleString("en"))]),
    ...ticks(span.x, 6).map((step) => svg("text", { class: "giqa-chart-text", x: x(step), y: HEIGHT - 14, "text-anchor": "middle" }, step.toLocaleString("en"))),
    svg("text", { class: "giqa-chart-text", x: WIDTH - 8, y: HEIGHT - 1, "text-anchor": "end" }, "steps"),
  ];
  const curve = ({ points, dots = [], color }) => {
    const firm = points.length > 20 ? smoothed(points) : points;
    return svg("g", { class: `giqa-curve giqa-curve-${color % COLORS}` }, ...(firm === points ? [] : [svg("path", { class: "giqa-curve-raw", d: path(points) })]), svg("path", { class: "giqa-curve-firm", d: path(firm) }),
      ...(points.length === 1 ? [svg("circle", { class: "giqa-curve-dot", cx: x(points[0][0]), cy: y(points[0][1]), r: 3.5 })] : []), ...dots.map(([step, number]) => svg("circle", { class: "giqa-curve-dot", cx: x(step), cy: y(number), r: 4 })));
  };
  drawing.addEventListener("pointermove", (event) => {
    if (!span) return;
    const box = drawing.getBoundingClientRect();
    const step = span.x[0] + ((event.clientX - box.left) / box.width * WIDTH - LEFT) / (WIDTH - LEFT - 8) * (span.x[1] - span.x[0]);
    const near = shown.map(({ name, points }) => [name, points.reduce((best, one) => (Math.abs(one[0] - step) < Math.abs(best[0] - step) ? one : best), points[0])]).filter(([, one]) => one);
    said.textContent = near.map(([name, [at, number]]) => `${shown.length > 1 ? `${name}, ` : ""}step ${at.toLocaleString("en")}: ${value(number)}`).join(" · ");
  });
  drawing.addEventListener("pointerleave", () => { said.textContent = ""; });
  return {
    node,
    update(lines) {
      shown = lines.filter(({ points }) => points.length);
      span = spanOf(shown.flatMap(({ points, dots = [] }) => [{ points }, { points: dots }]));
      node.hidden = !span;
      if (!span) return;
      drawing.replaceChildren(...frame(), ...shown.map(curve));
      drawing.setAttribute("aria-label", `${title}. ${shown.map(({ name, points }) => `${name}: ${value(points[0][1])} at step ${points[0][0]}, ${value(points.at(-1)[1])} at step ${points.at(-1)[0]}`).join("; ")}`);
      legend.replaceChildren(...shown.map(({ name, points, dots = [], color }) => el("li", { class: `giqa-curve-${color % COLORS}` }, el("span", { dir: "auto" }, name), el("small", {}, ` ${value(points.at(-1)[1])}${dots.length ? `, held out ${value(dots.at(-1)[1])}` : ""}`))));
    },
  };
}
