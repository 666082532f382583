/* The models on offer, and how each one is (see core/backends/pool.py). Pure. */

const PHASES = ["not loaded", "loading", "ready", "failed"];

const list = (value) => (Array.isArray(value) ? value : []);

/** {name: {name, title, phase, what, share, bytes, problem}} from what the server told, the default first; what makes no sense is left out. */
export function readModels(answer) {
  const rows = list(answer?.models).filter((row) => row && typeof row.name === "string" && PHASES.includes(row.phase));
  return Object.fromEntries(
    rows.map(({ name, title, phase, what, share, bytes, problem }) => [
      name,
      { name, title: String(title || name), phase, what: String(what ?? ""), share: share >= 0 && share <= 1 && share !== null ? share : null, bytes: bytes > 0 ? bytes : 0, problem: String(problem ?? "") },
    ]),
  );
}

/** A choice that makes sense among the names: {model, rival}, "" for no rival. */
export function readChoice(value, names) {
  const model = names.includes(value?.model) ? value.model : names[0];
  const rival = names.includes(value?.rival) && value.rival !== model ? value.rival : "";
  return { model, rival };
}

/** "8.2 GB", "340 MB", in powers of ten. */
export function sizeText(bytes) {
  if (bytes >= 1e9) return `${(bytes / 1e9).toFixed(1)} GB`;
  return bytes >= 1e6 ? `${Math.round(bytes / 1e6)} MB` : `${Math.max(Math.round(bytes / 1e3), 1)} kB`;
}

/** The state in words for people. */
export function stateText(state) {
  if (!state) return "";
  if (state.phase === "ready") return state.bytes ? `Ready, about ${sizeText(state.bytes)} of memory` : "Ready";
  if (state.phase === "not loaded") return "Loaded when it is first asked";
  if (state.phase === "failed") return state.problem || "It could not be loaded.";
  const share = state.share === null ? "" : ` (${Math.round(state.share * 100)} %)`;
  return `Loading: ${state.what}${share}`;
}

/** Milliseconds until the states are to be looked at again. */
export const nextLook = (states) => (states.some((state) => state?.phase === "loading") ? 700 : 5000);
