/* The batch table's order and its CSV. Pure. */

const COLUMNS = { name: (row) => row.name.toLocaleLowerCase(), value: (row) => row.value ?? null };

/** Sorted by a column; what has no value stands last either way. */
export function sorted(rows, column, ascending) {
  const of = COLUMNS[column];
  const sign = ascending ? 1 : -1;
  return [...rows].sort((one, other) => {
    const [a, b] = [of(one), of(other)];
    if (a === null || b === null) return (a === null) - (b === null);
    return sign * (a < b ? -1 : a > b ? 1 : 0);
  });
}

/** One cell; a text that a spreadsheet would take for a formula is kept from being one. */
function cell(value) {
  const text = value === null || value === undefined ? "" : String(value);
  const safe = typeof value === "string" && /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\n\r]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** With a head; numbers with four decimals. */
export function csvOf(rows) {
  const number = (value) => (Number.isFinite(value) ? Number(value.toFixed(4)) : null);
  const lines = rows.map((row) => [row.name, number(row.value), number(row.low), number(row.high), row.method ?? null, row.unparsed ?? 0, row.problem ?? ""].map(cell).join(","));
  return `${["image", "score", "low", "high", "method", "unparsed", "problem"].join(",")}\r\n${lines.map((line) => `${line}\r\n`).join("")}`;
}

/** Parts that drag the image down, the worst first; those that could not be read are left out. */
export const dragging = (regions) => regions.filter((one) => one.value !== null && one.importance < 0).sort((a, b) => a.importance - b.importance);

/** A colour from red over amber to green of a value in [0, 1]; grey for none. Told apart by lightness too. */
export function colorOf(value) {
  if (value === null) return "rgb(120 120 120)";
  const stops = [[140, 20, 40], [214, 96, 36], [236, 190, 70], [150, 200, 110], [60, 150, 90]];
  const place = Math.min(Math.max(value, 0), 1) * (stops.length - 1);
  const index = Math.min(Math.floor(place), stops.length - 2);
  return `rgb(${stops[index].map((from, at) => Math.round(from + (stops[index + 1][at] - from) * (place - index))).join(" ")})`;
}

const PLACES = [["Upper left", "Top", "Upper right"], ["Left", "Centre", "Right"], ["Lower left", "Bottom", "Lower right"]];

/** Where a box lies: "Upper left"; of one that is nearly everything, "Whole picture". */
export function placeName([x1, y1, x2, y2]) {
  if ((x2 - x1) * (y2 - y1) > 0.8) return "Whole picture";
  const third = (from, to) => Math.min(Math.floor(((from + to) / 2) * 3), 2);
  return PLACES[third(y1, y2)][third(x1, x2)];
}
