/*
 * The description and the conversation as text whose phrases show their boxes: pointing at one (or giving it the focus) shows them in the
 * annotator of the same channel, a click chooses them, and the annotator's boxes mark their phrases here.
 */

import { createBlock } from "./grounded_block.js";
import { readBlocks } from "./blocks.js";
import { el, styled } from "./dom.js";
import { CHOOSE, join, POINT } from "./link.js";

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

/** Shows blocks, each in the node it had before: nothing flickers, and the focus and what is unfolded stay. */
function createLog(root, { onPhrase, onStop }) {
  let shown = new Map();
  return {
    phrases: () => [...shown.values()].flatMap((block) => block.phrases),
    show(blocks) {
      const next = new Map();
      blocks.forEach((block) => next.set(block.key, shown.get(block.key) ?? createBlock({ onPhrase, onStop })));
      for (const [key, { node }] of shown) if (!next.has(key)) node.remove();
      blocks.forEach((block, index) => {
        const { node, update } = next.get(block.key);
        update(block);
        if (root.children[index] !== node) root.insertBefore(node, root.children[index] ?? null);
      });
      shown = next;
    },
  };
}

export async function mount({ element, props, trigger, watch }) {
  await styled("/assets/css/annotator.css");
  const root = el("div", { class: "giqa-text", role: "log", "aria-label": "Description and answers", tabindex: "-1" });
  const link = join(props.channel ?? "", { alive: () => root.isConnected });
  const marked = marks(() => log.phrases());
  const actions = linkPhrases(link, marked);
  const log = createLog(root, { onPhrase: (phrase) => listenTo(phrase, actions), onStop: () => trigger("stop", {}) });
  const receive = () => {
    log.show(readBlocks(props.value));
    marked.show(false);
  };
  element.replaceChildren(el("div", { class: "giqa-text-frame" }, root));
  watch("value", receive);
  receive();
}
