/*
 * Words of a text and the boxes they speak of, while the text changes. A text is {text, links: [{id, start, end, regions, lost}]}; offsets are the
 * page's own (UTF-16). `lost`: the words of a link whose place in the text is gone, "" while it has one. Everything is pure.
 */

import { codePointStarts, toUtf16 } from "../geometry.js";

const isBlank = (words) => !words.trim() || /[[\]]/.test(words);

/** What was replaced: [from, to) of the old text by `added` characters. `caret`: where it stands in the new text, which settles what repeated letters leave open. */
export function changed(before, after, caret = after.length) {
  const most = Math.min(before.length, after.length);
  let tail = 0;
  const allowed = Math.min(most, after.length - Math.min(Math.max(caret, 0), after.length));
  while (tail < allowed && before[before.length - 1 - tail] === after[after.length - 1 - tail]) tail += 1;
  let head = 0;
  while (head < most - tail && before[head] === after[head]) head += 1;
  while (tail < most - head && before[before.length - 1 - tail] === after[after.length - 1 - tail]) tail += 1;
  return { from: head, to: before.length - tail, added: after.length - tail - head };
}

function moved(link, text, { from, to, added }) {
  if (link.lost || from >= link.end) return link;
  const shift = added - (to - from);
  if (to <= link.start) return { ...link, start: link.start + shift, end: link.end + shift };
  const within = from >= link.start && to <= link.end;
  const next = { ...link, end: link.end + shift };
  return within && next.end > next.start && !isBlank(text.slice(next.start, next.end)) ? next : null;
}

/** The text changed by a person: links behind the change move, one it happened within goes with it, one it cut through or took away is lost. */
export function withText(state, text, caret) {
  if (text === state.text) return state;
  const change = changed(state.text, text, caret);
  const links = state.links.map((link) => moved(link, text, change) ?? { ...link, start: 0, end: 0, lost: state.text.slice(link.start, link.end) });
  return { text, links };
}

/** The selection without spaces at its ends; null where nothing is left that could carry boxes. */
export function linkable(text, start, end) {
  const words = text.slice(start, end);
  const from = start + (words.length - words.trimStart().length);
  const to = end - (words.length - words.trimEnd().length);
  return from < to && !isBlank(text.slice(from, to)) ? { start: from, end: to } : null;
}

/** Links [start, end) to the regions, in place of links that it overlaps; the same words get the regions too. Null where it cannot be. */
export function withLink(state, id, start, end, regions) {
  const place = linkable(state.text, start, end);
  if (!place || !regions.length) return null;
  const same = state.links.find((link) => !link.lost && link.start === place.start && link.end === place.end);
  const all = [...new Set([...(same?.regions ?? []), ...regions])];
  const others = state.links.filter((link) => link.lost || link.end <= place.start || link.start >= place.end);
  return { ...state, links: [...others, { id: same?.id ?? id, ...place, regions: all, lost: "" }].sort((a, b) => a.start - b.start) };
}

/**
 * The text with a box named in it: linked where the words stand already, else written at its end as one more of a list ("dog, tree"). A link of the
 * box to other words goes. Null for words that could carry no box.
 */
export function withName(state, id, region, words) {
  if (isBlank(words)) return null;
  const links = state.links.map((link) => (link.regions.includes(region) ? { ...link, regions: link.regions.filter((one) => one !== region) } : link)).filter((link) => link.regions.length);
  const known = links.find((link) => !link.lost && state.text.slice(link.start, link.end) === words);
  const at = known ? known.start : wordsAt(state.text, words);
  if (at >= 0) return withLink({ ...state, links }, id, at, at + words.length, [region]);
  const before = state.text.trimEnd();
  const text = before ? `${before}${/[.,;:!?]$/.test(before) ? " " : ", "}${words}` : words;
  return withLink({ text, links }, id, text.length - words.length, text.length, [region]);
}

/** Where the words stand by themselves, not within others; -1 where nowhere. */
function wordsAt(text, words) {
  const isLetter = (letter) => /[\p{L}\p{N}]/u.test(letter ?? "");
  for (let at = text.indexOf(words); at >= 0; at = text.indexOf(words, at + 1)) {
    if (!isLetter(text[at - 1]) && !isLetter(text[at + words.length])) return at;
  }
  return -1;
}

export const withoutLink = (state, id) => ({ ...state, links: state.links.filter((link) => link.id !== id) });

/** The link at a place of the text: the caret stands in it or at its border. */
export const linkAt = (state, caret) => state.links.find((link) => !link.lost && link.start <= caret && caret <= link.end) ?? null;

/** From the wire: {text, phrases: [{start, end, regions}]} in code points. `newId()` names links. Line ends become those of a text field. */
export function fromWire(wire, newId) {
  const starts = codePointStarts(wire.text);
  const at = (offset) => toUtf16(starts, offset) - (wire.text.slice(0, toUtf16(starts, offset)).match(/\r\n/g)?.length ?? 0);
  const links = wire.phrases.map(({ start, end, regions }) => ({ id: newId(), start: at(start), end: at(end), regions: [...regions], lost: "" }));
  return { text: wire.text.replace(/\r\n?/g, "\n"), links };
}

/** To the wire; links without a place or without a region that `has` knows are left out. */
export function toWire({ text, links }, has = () => true) {
  const phrases = links
    .filter((link) => !link.lost)
    .map((link) => ({ start: points(text, link.start), end: points(text, link.end), regions: link.regions.filter(has) }))
    .filter((phrase) => phrase.regions.length);
  return { text, phrases };
}

const points = (text, offset) => [...text.slice(0, offset)].length;
