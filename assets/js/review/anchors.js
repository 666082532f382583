/* Where a comment is pinned, in words and as values. Pure. */

import { t } from "../i18n/messages.js";

const codePoints = (text) => [...text].length;

/** What is chosen now: a point, else a box, else words of the description, else the whole task. `selection`: {start, end} in UTF-16 of the text field. */
export function anchorOf({ point = null, regions = [], text = "", selection = null }) {
  if (point) return { kind: "point", ...point };
  if (regions.length) return { kind: "region", region: regions[0] };
  const words = selection ? text.slice(selection.start, selection.end) : "";
  if (!words.trim()) return { kind: "task" };
  const start = codePoints(text.slice(0, selection.start));
  return { kind: "phrase", start, end: start + codePoints(words), words: words.slice(0, 300) };
}

/** `labelOf(region)`: what the box is called. */
export function anchorText(anchor, labelOf = () => "") {
  const at = (share) => `${Math.round(100 * share)} %`;
  if (anchor.kind === "region") return t("comment.atBox", { label: labelOf(anchor.region) || anchor.region });
  if (anchor.kind === "phrase") return t("comment.atWords", { words: anchor.words });
  if (anchor.kind === "point") return t("comment.atPoint", { x: at(anchor.x), y: at(anchor.y) });
  return t("comment.atTask");
}

/** Comments as threads, the open ones first: [{first, replies}]. */
export function threadsOf(comments) {
  const threads = comments.filter((one) => one.thread === null).map((first) => ({ first, replies: comments.filter((one) => one.thread === first.id) }));
  return [...threads.filter(({ first }) => !first.resolved), ...threads.filter(({ first }) => first.resolved)];
}
