/* A guideline's text as elements: headings, lists, paragraphs, **bold**, *italic* and `code`. What people write is text: nothing of it becomes markup of its own. */

import { el } from "../dom.js";

const INLINE = /`([^`]+)`|\*\*([^*]+)\*\*|\*([^*\s][^*]*)\*/g;

/** {kind: "h", level, text} | {kind: "ul" | "ol", items} | {kind: "p", text}, in order. */
export function blocksOf(source) {
  const blocks = [];
  const push = (kind, item) => (blocks.at(-1)?.kind === kind ? blocks.at(-1).items.push(item) : blocks.push({ kind, items: [item] }));
  let open = false; // a paragraph that the next line goes on
  for (const line of source.replace(/\r\n?/g, "\n").split("\n")) {
    const [heading, bullet, number] = [/^(#{1,4})\s+(.+)$/, /^\s*[-*]\s+(.+)$/, /^\s*\d+[.)]\s+(.+)$/].map((form) => form.exec(line));
    if (heading) blocks.push({ kind: "h", level: heading[1].length, text: heading[2] });
    else if (bullet) push("ul", bullet[1]);
    else if (number) push("ol", number[1]);
    else if (line.trim() && open) blocks.at(-1).text += ` ${line.trim()}`;
    else if (line.trim()) blocks.push({ kind: "p", text: line.trim() });
    open = Boolean(line.trim()) && !heading && !bullet && !number;
  }
  return blocks;
}

/** [{kind: "text" | "code" | "strong" | "em", text}] whose texts are the line without its marks. */
export function spansOf(text) {
  const spans = [];
  let done = 0;
  for (const found of text.matchAll(INLINE)) {
    if (found.index > done) spans.push({ kind: "text", text: text.slice(done, found.index) });
    const [, code, strong, em] = found;
    spans.push(code ? { kind: "code", text: code } : strong ? { kind: "strong", text: strong } : { kind: "em", text: em });
    done = found.index + found[0].length;
  }
  return done < text.length ? [...spans, { kind: "text", text: text.slice(done) }] : spans;
}

const inline = (text) => spansOf(text).map((span) => (span.kind === "text" ? span.text : el(span.kind, {}, span.text)));

function node(block) {
  if (block.kind === "h") return el(`h${Math.min(block.level + 3, 6)}`, { dir: "auto" }, ...inline(block.text));
  if (block.kind === "p") return el("p", { dir: "auto" }, ...inline(block.text));
  return el(block.kind, { dir: "auto" }, ...block.items.map((item) => el("li", {}, ...inline(item))));
}

export const rendered = (source) => blocksOf(source).map(node);
