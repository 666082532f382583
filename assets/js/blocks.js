/*
 * The blocks of a conversation as the page shows them, read from whatever came (see studio/blocks.py). Pure.
 */

import { segments } from "./textsplit.js";
import { count } from "./words.js";

export const SPEAKERS = { description: "Description", question: "You", answer: "Answer", note: "Note" };
export const STATUSES = { declined: "Not answered", absent: "Nothing like that found", unparsed: "Could not be read" };
export const STATES = { waiting: "Waiting…", running: "Writing…", stopped: "Stopped", failed: "Failed" };

const list = (value) => (Array.isArray(value) ? value : []);
const text = (value) => (typeof value === "string" ? value : "");
const percent = (share) => `${Math.round(share * 100)} %`;
const isShare = (value) => Number.isFinite(value) && value >= 0 && value <= 1;

/** "86 % sure", never more than 99, or "" where nobody said how sure. */
export const confidenceText = (confidence) => (Number.isFinite(confidence) ? `${Math.round(Math.min(Math.max(confidence, 0), 0.99) * 100)} % sure` : "");

/** Whether somebody still works on it. */
export const isGrowing = ({ state }) => state === "waiting" || state === "running";

function readBlock(block) {
  return {
    id: String(block.id),
    kind: block.kind,
    text: String(block.text ?? ""),
    phrases: list(block.phrases).filter(Boolean).map(({ start, end, regions }) => ({ start, end, regions: list(regions).map(String) })),
    status: Object.hasOwn(STATUSES, block.status) ? block.status : null,
    confidence: block.confidence ?? null,
    speaker: text(block.speaker),
    model: text(block.model),
    second: block.second === true,
    state: Object.hasOwn(STATES, block.state) ? block.state : null,
    note: text(block.note),
    share: isShare(block.share) ? block.share : null,
    raw: text(block.raw),
    problems: list(block.problems).map(String),
    choices: list(block.choices).filter((choice) => Array.isArray(choice) && isShare(choice[1])).map(([word, share]) => [String(word), share]),
  };
}

/** Blocks from whatever came; what cannot be shown is left out. `key`: one for each, the same for the same block; `pair`: first or second of two models'. */
export function readBlocks(value) {
  const blocks = list(value?.blocks).filter((block) => block && Object.hasOwn(SPEAKERS, block.kind)).map(readBlock);
  const seen = new Map();
  return blocks.map((block, index) => {
    const times = (seen.get(block.id) ?? 0) + 1;
    seen.set(block.id, times);
    const pair = block.second ? "second" : blocks[index + 1]?.second ? "first" : null;
    return { ...block, key: `${block.id}#${times}`, pair };
  });
}

/** The text as [{text, regions}]: `regions` is empty for plain words. */
export const piecesOf = (block) => segments(block.text, block.phrases).map(({ text: words, phrase }) => ({ text: words, regions: phrase === -1 ? [] : block.phrases[phrase].regions }));

/** What is said beside the speaker's name: {words, icon} or null. A verdict says more than a state. */
export function verdictOf({ state, status }) {
  if (state) return { words: STATES[state], icon: { stopped: "stop", failed: "unparsed" }[state] ?? null };
  return status ? { words: STATUSES[status], icon: status } : null;
}

/** The summary of what lies behind an answer, or "" where there is nothing. */
export function behindText({ raw, problems, choices, state }) {
  if (isGrowing({ state })) return "";
  if (choices.length) return "Probabilities";
  if (!raw) return "";
  return problems.length ? `The model's own words, ${count(problems.length, "problem", "problems")} reading them` : "The model's own words";
}

/** "Yes 87 %", never 0 or 100 % where it is not quite. */
export function choiceText([word, share]) {
  const shown = share > 0.99 && share < 1 ? "over 99 %" : share > 0 && share < 0.01 ? "under 1 %" : percent(share);
  return `${word} ${shown}`;
}
