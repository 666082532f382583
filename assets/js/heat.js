/*
 * The heat map's colours: from dark violet over red to pale yellow, lighter at each step, so that it reads in grey and for colour-blind eyes too.
 * Values are in [0, 1], higher is a stronger fault; the alpha grows with them and clean places stay clear.
 */

const STOPS = [
  [20, 11, 52],
  [72, 16, 104],
  [132, 32, 107],
  [188, 55, 84],
  [229, 92, 48],
  [249, 142, 9],
  [249, 203, 53],
  [252, 255, 184],
];
const PLACES = [
  ["the upper left", "the top", "the upper right"],
  ["the left", "the centre", "the right"],
  ["the lower left", "the bottom", "the lower right"],
];

const unit = (value) => (value >= 0 ? Math.min(value, 1) : 0); // NaN is not >= 0

/** [red, green, blue], each 0 to 255, of a value in [0, 1]; values beyond count as the end they passed. */
export function colourOf(value) {
  const place = unit(value) * (STOPS.length - 1);
  const index = Math.min(Math.floor(place), STOPS.length - 2);
  return STOPS[index].map((from, channel) => Math.round(from + (STOPS[index + 1][channel] - from) * (place - index)));
}

/** {width, height, data} as an ImageData wants it, one pixel for each value of the rows; null where they are no table of numbers. */
export function heatPixels(rows) {
  const height = Array.isArray(rows) ? rows.length : 0;
  const width = height && Array.isArray(rows[0]) ? rows[0].length : 0;
  if (!width || rows.some((row) => !Array.isArray(row) || row.length !== width)) return null;
  const data = new Uint8ClampedArray(width * height * 4);
  rows.flat().forEach((value, index) => data.set([...colourOf(value), Math.round(255 * (0.1 + 0.7 * unit(value)))], index * 4));
  return { width, height, data };
}

/** Where it is strongest, for those who do not see it: {value, place}. Null for rows that `heatPixels` refuses. */
export function strongest(rows) {
  const table = heatPixels(rows);
  if (!table) return null;
  const values = rows.flat().map(unit);
  const index = values.indexOf(Math.max(...values));
  const third = (position, count) => Math.min(Math.floor(((position + 0.5) / count) * 3), 2);
  return { value: values[index], place: PLACES[third(Math.floor(index / table.width), table.height)][third(index % table.width, table.width)] };
}

/** The ramp as a CSS gradient, for the legend. */
export const gradient = () => `linear-gradient(to right, ${STOPS.map((stop) => `rgb(${stop.join(" ")})`).join(", ")})`;
