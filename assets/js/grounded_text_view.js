/*
 * The description and the conversation as text whose phrases show their boxes: pointing at one (or giving it the focus) shows them in the
 * annotator of the same channel, a click chooses them, and the annotator's boxes mark their phrases here.
 */

import { el, icon, styled } from "./dom.js";
import { CHOOSE, join, POINT } from "./link.js";
import { segments } from "./textsplit.js";
import { count } from "./words.js";

const SPEAKERS = { description: "Description", question: "You", answer: "Answer", note: "Note" };
const STATUSES = { declined: "Not answered", absent: "Nothing like that found", unparsed: "Could not be read" };

/** "86 % sure", never more than 99, or "" where nobody said how sure. */
export const confidenceText = (confidence) => (Number.isFinite(confidence) ? `${Math.round(Math.min(Math.max(confidence, 0), 0.99) * 100)} % sure` : "");

const list = (value) => (Array.isArray(value) ? value : []);

/** Blocks from whatever came; what cannot be shown is left out. */
export function readBlocks(value) {
  return list(value?.blocks)
    .filter((block) => block && Object.hasOwn(SPEAKERS, block.kind))
    .map((block) => ({
      id: String(block.id),
      kind: block.kind,
      text: String(block.text ?? ""),
      phrases: list(block.phrases).filter(Boolean).map(({ start, end, regions }) => ({ start, end, regions: list(regions).map(String) })),
      status: Object.hasOwn(STATUSES, block.status) ? block.status : null,
      confidence: block.confidence ?? null,
    }));
}

function phraseNode(text, regions) {
  const boxes = count(regions.length, "box", "boxes");
  const node = el("mark", { class: "giqa-phrase", role: "button", tabindex: "0", title: `Shows ${boxes}`, "aria-pressed": "false", "aria-description": `shows ${boxes} on the image` }, text);
  return { node, regions };
}

/** {node, phrases: [{node, regions}]} of one block. */
function blockNode(block) {
  const phrases = [];
  const pieces = segments(block.text, block.phrases).map(({ text, phrase }) => {
    const regions = phrase === -1 ? [] : block.phrases[phrase].regions;
    if (!regions.length) return text;
    phrases.push(phraseNode(text, regions));
    return phrases.at(-1).node;
  });
  const sure = confidenceText(block.confidence);
  const status = block.status && el("span", { class: "giqa-verdict" }, icon(block.status), STATUSES[block.status]);
  const head = el("header", {}, el("span", { class: "giqa-speaker" }, SPEAKERS[block.kind]), status, sure ? el("span", { class: "giqa-sure" }, sure) : null);
  const body = el("p", { dir: "auto" }, ...pieces);
  return { node: el("article", { class: "giqa-block", "data-kind": block.kind, "data-status": block.status, "data-id": block.id }, head, body), phrases };
}

/** Scrolls the nearest panel that scrolls; the page itself stays where it is. */
function bringIntoPanel(node) {
  for (let panel = node.parentElement; panel && panel !== document.body; panel = panel.parentElement) {
    if (panel.scrollHeight <= panel.clientHeight + 1 || !/(auto|scroll)/.test(getComputedStyle(panel).overflowY)) continue;
    const [inner, outer] = [node.getBoundingClientRect(), panel.getBoundingClientRect()];
    const away = inner.top < outer.top ? inner.top - outer.top - 8 : inner.bottom > outer.bottom ? inner.bottom - outer.bottom + 8 : 0;
    if (away) panel.scrollBy({ top: away });
    return;
  }
}

const touches = (phrase, ids) => phrase.regions.some((id) => ids.includes(id));

/** Marks phrases whose boxes are pointed at or chosen. */
function marks(phrasesNow) {
  const state = { pointed: [], chosen: [] };
  return {
    state,
    show(scroll) {
      const found = phrasesNow().filter((phrase) => {
        const chosen = touches(phrase, state.chosen);
        const pointed = touches(phrase, state.pointed);
        phrase.node.classList.toggle("giqa-pointed", pointed);
        phrase.node.setAttribute("aria-pressed", chosen);
        return state.pointed.length ? pointed : chosen;
      });
      if (scroll && found.length) bringIntoPanel(found[0].node);
    },
  };
}

function listenTo(phrase, { point, choose }) {
  const { node, regions } = phrase;
  for (const type of ["pointerenter", "focus"]) node.addEventListener(type, () => point(regions));
  for (const type of ["pointerleave", "blur"]) node.addEventListener(type, () => point([]));
  node.addEventListener("click", () => choose(phrase));
  node.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" && event.key !== " ") return;
    event.preventDefault();
    choose(phrase);
  });
}

/** What a person does to a phrase, told to the channel; what the channel tells, shown here. */
function linkPhrases(link, marked) {
  const { state } = marked;
  link.on(POINT, (ids) => {
    state.pointed = ids;
    marked.show(ids.length > 0);
  });
  link.on(CHOOSE, (ids) => {
    state.chosen = ids;
    marked.show(ids.length > 0);
  });
  return {
    point(ids) {
      state.pointed = ids;
      marked.show(false);
      link.tell(POINT, ids);
    },
    choose({ node, regions }) {
      const again = node.getAttribute("aria-pressed") === "true" && regions.length === state.chosen.length;
      state.chosen = again ? [] : regions;
      marked.show(false);
      link.tell(CHOOSE, state.chosen);
    },
  };
}

export async function mount({ element, props, watch }) {
  await styled("/assets/css/annotator.css");
  const root = el("div", { class: "giqa-text", role: "log", "aria-label": "Description and answers", tabindex: "-1" });
  const link = join(props.channel ?? "", { alive: () => root.isConnected });
  let phrases = [];
  const marked = marks(() => phrases);
  const actions = linkPhrases(link, marked);
  const receive = () => {
    const blocks = readBlocks(props.value).map(blockNode);
    phrases = blocks.flatMap((block) => block.phrases);
    phrases.forEach((phrase) => listenTo(phrase, actions));
    root.replaceChildren(...blocks.map((block) => block.node));
    marked.show(false);
  };
  element.replaceChildren(root);
  watch("value", receive);
  receive();
}
