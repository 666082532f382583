/* A text cut at its phrases. Offsets come in code points and leave as pieces of text. */

import { codePointStarts, toUtf16 } from "./geometry.js";

/**
 * [{text, phrase}] whose texts joined are the text; `phrase` is the index in `phrases` or -1. A phrase that is empty, runs out of the text,
 * or overlaps one that began before it is left as plain text.
 */
export function segments(text, phrases) {
  const starts = codePointStarts(text);
  const length = starts.length - 1;
  const order = phrases.map((phrase, index) => ({ ...phrase, index })).sort((a, b) => a.start - b.start || a.index - b.index);
  const pieces = [];
  let done = 0;
  const cut = (end, phrase) => {
    if (end > done) pieces.push({ text: text.slice(toUtf16(starts, done), toUtf16(starts, end)), phrase });
    done = end;
  };
  for (const { start, end, index } of order) {
    if (!Number.isInteger(start) || !Number.isInteger(end) || start < done || end <= start || end > length) continue;
    cut(start, -1);
    cut(end, index);
  }
  cut(length, -1);
  return pieces;
}
