/*
 * One block of the conversation: who speaks, the text with its phrases, how far it is, and what lies behind it. It is brought up to date in place,
 * for text that grows several times a second must not take the focus away. All text goes in as text nodes.
 */

import { behindText, choiceText, confidenceText, isGrowing, piecesOf, SPEAKERS, verdictOf } from "./blocks.js";
import { button, el, icon } from "./dom.js";
import { count } from "./words.js";

function phraseNode(text, regions) {
  const boxes = count(regions.length, "box", "boxes");
  return el("mark", { class: "giqa-phrase", role: "button", tabindex: "0", title: `Shows ${boxes}`, "aria-pressed": "false", "aria-description": `shows ${boxes} on the image` }, text);
}

const samePiece = (a, b) => a.text === b.text && a.regions.length === b.regions.length && a.regions.every((id, index) => id === b.regions[index]);

/** {node, phrases, update}: the text, whose beginning stays as it is while it grows. */
function createBody(onPhrase) {
  const node = el("p", { dir: "auto" });
  let shown = [];
  const make = (piece) => {
    if (!piece.regions.length) return { ...piece, node: document.createTextNode(piece.text) };
    const phrase = { node: phraseNode(piece.text, piece.regions), regions: piece.regions };
    onPhrase(phrase);
    return { ...piece, node: phrase.node };
  };
  return {
    node,
    phrases: () => shown.filter((piece) => piece.regions.length),
    update(block) {
      const pieces = piecesOf(block);
      let same = 0;
      while (same < Math.min(shown.length, pieces.length) && samePiece(shown[same], pieces[same])) same += 1;
      const longer = shown[same] && pieces[same] && !shown[same].regions.length && !pieces[same].regions.length;
      if (longer) {
        shown[same].node.data = pieces[same].text;
        shown[same] = { ...pieces[same], node: shown[same].node };
        same += 1;
      }
      shown.splice(same).forEach((piece) => piece.node.remove());
      pieces.slice(same).forEach((piece) => shown.push(make(piece)));
      node.append(...shown.slice(same).map((piece) => piece.node));
      node.hidden = !pieces.length;
    },
  };
}

/** Who speaks, the verdict, how sure; and the button that stops it. */
function createHead(onStop) {
  const speaker = el("span", { class: "giqa-speaker" });
  const model = el("span", { class: "giqa-model" });
  const verdict = el("span", { class: "giqa-verdict" });
  const sure = el("span", { class: "giqa-sure" });
  const stop = button({ iconName: "stop", title: "Stop", text: "Stop", kind: "stop" });
  stop.addEventListener("click", onStop);
  const node = el("header", {}, speaker, model, verdict, sure);
  return {
    node,
    update(block) {
      speaker.textContent = block.speaker || SPEAKERS[block.kind];
      model.textContent = block.model;
      model.title = block.model;
      model.hidden = !block.model;
      const said = verdictOf(block);
      verdict.hidden = !said;
      if (verdict.dataset.words !== (said?.words ?? "")) {
        verdict.dataset.words = said?.words ?? "";
        verdict.replaceChildren(...(said?.icon ? [icon(said.icon)] : []), said?.words ?? "");
      }
      sure.textContent = confidenceText(block.confidence);
      sure.hidden = !sure.textContent;
      if (!isGrowing(block)) {
        if (document.activeElement === stop) node.closest(".giqa-text")?.focus({ preventScroll: true }); // a keyboard's place is not lost with the button
        stop.remove();
      } else if (!stop.isConnected) node.append(stop);
    },
  };
}

/** What is waited for, with how much of it is done; or why it failed. */
function createNote() {
  const words = el("span", {});
  const bar = el("progress", { max: "1" });
  const node = el("div", { class: "giqa-block-note" }, words, bar);
  return {
    node,
    update({ note, share, state }) {
      node.hidden = !note;
      words.textContent = note;
      bar.hidden = state !== "waiting";
      if (share === null) bar.removeAttribute("value");
      else bar.value = share;
    },
  };
}

/** The model's own words or its probabilities, folded away. */
function createBehind() {
  const summary = el("summary", {});
  const content = el("div", {});
  const node = el("details", { class: "giqa-behind" }, summary, content);
  let shown = "";
  return {
    node,
    update(block) {
      const title = behindText(block);
      node.hidden = !title;
      const now = title ? JSON.stringify([block.raw, block.problems, block.choices]) : "";
      if (now === shown) return;
      shown = now;
      summary.textContent = title;
      const problems = block.problems.length ? [el("ul", {}, ...block.problems.map((problem) => el("li", {}, problem)))] : [];
      const bars = block.choices.map((choice) => el("li", {}, el("span", {}, choiceText(choice)), el("i", { style: `--share: ${100 * choice[1]}%`, "aria-hidden": "true" })));
      content.replaceChildren(...(bars.length ? [el("ul", { class: "giqa-choices" }, ...bars)] : [...problems, el("pre", { tabindex: "0", dir: "auto" }, block.raw)]));
    },
  };
}

/** {node, phrases: [{node, regions}], update(block)}. `onPhrase` is told of each new phrase. */
export function createBlock({ onPhrase, onStop }) {
  const [head, body, note, behind] = [createHead(onStop), createBody(onPhrase), createNote(), createBehind()];
  const node = el("article", { class: "giqa-block" }, head.node, body.node, note.node, behind.node);
  let shown = "";
  return {
    node,
    get phrases() { return body.phrases(); },
    update(block) {
      const now = JSON.stringify(block);
      if (now === shown) return;
      shown = now;
      Object.assign(node.dataset, { kind: block.kind, id: block.id });
      for (const name of ["status", "state", "pair"]) {
        if (block[name]) node.dataset[name] = block[name];
        else delete node.dataset[name];
      }
      node.setAttribute("aria-busy", isGrowing(block));
      [head, body, note, behind].forEach((part) => part.update(block));
    },
  };
}
