/*
 * Which model is asked and which one it is compared with, and how these are: the page asks the studio's own route, so that a long load or a busy
 * model stops nothing. Choosing a model has it loaded.
 */

import { button, el, styled } from "./dom.js";
import { nextLook, readChoice, readModels, stateText } from "./models.js";

const options = (names, title, none) => [...(none ? [el("option", { value: "" }, none)] : []), ...names.map((name) => el("option", { value: name }, title(name)))];

const ALONE = "embedded"; // nothing is to be chosen, and it is ready at once

/** One model's state: a line, a bar while it is loaded, a button where it failed. */
function createState(onRetry) {
  const dot = el("span", { class: "giqa-model-dot", "aria-hidden": "true" });
  const name = el("strong", { class: "giqa-model-name" });
  const words = el("span", { class: "giqa-model-words" });
  const bar = el("progress", { max: "1" });
  const retry = button({ iconName: "restore", title: "Try to load it again", text: "Try again", kind: "secondary" });
  retry.addEventListener("click", onRetry);
  const node = el("div", { class: "giqa-model-state" }, dot, name, words, bar, retry);
  return {
    node,
    update(state, named) {
      node.hidden = !state;
      if (!state) return;
      node.dataset.phase = state.phase;
      name.textContent = named ? state.title : "";
      name.hidden = !named;
      if (words.textContent !== stateText(state)) words.textContent = stateText(state);
      bar.hidden = state.phase !== "loading";
      if (state.share === null) bar.removeAttribute("value");
      else bar.value = state.share;
      retry.hidden = state.phase !== "failed";
    },
  };
}

function createFields() {
  const model = el("select", { "aria-label": "Model" });
  const rival = el("select", { "aria-label": "Compare with" });
  const field = (title, select) => el("label", { class: "giqa-field" }, el("span", {}, title), select);
  const node = el("div", { class: "giqa-model-fields" }, field("Model", model), field("Compare with", rival));
  const offer = (names, title) => {
    model.replaceChildren(...options(names, title));
    rival.replaceChildren(...options(names, title, "Nothing"));
    node.hidden = names.length < 2;
  };
  return { node, model, rival, offer };
}

async function ask(path, body) {
  try {
    const sent = body ? { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) } : {};
    const answer = await fetch(path, { ...sent, signal: AbortSignal.timeout(10_000) });
    return answer.ok ? await answer.json() : null;
  } catch {
    return null; // the next look may do better
  }
}

/** Looks at the states again and again, soon while something is being loaded, and not while the page is out of sight. */
function follow(root, chosen, show) {
  let timer = 0;
  const look = async () => {
    clearTimeout(timer);
    if (!root.isConnected) return;
    const answer = document.hidden ? null : await ask("/api/models");
    if (answer) show(readModels(answer));
    clearTimeout(timer);
    timer = setTimeout(look, nextLook(chosen()));
  };
  document.addEventListener("visibilitychange", () => document.hidden || look());
  return look;
}

export async function mount({ element, props, watch }) {
  await styled("/assets/css/annotator.css");
  let names = [...(props.names ?? [])];
  let chose = false; // until somebody chooses, the choice is the studio's default
  let choice = readChoice(props.value, names);
  let states = {};
  const fields = createFields();
  const load = async (name) => { await ask("/api/models/load", { name }); look(); };
  const lines = ["model", "rival"].map((which) => createState(() => load(choice[which])));
  const spoken = el("div", { class: "giqa-spoken", role: "status" }); // phases alone: a bar that grows is not to be read out
  const root = el("div", { class: "giqa-models" }, fields.node, el("div", { class: "giqa-model-states" }, ...lines.map((line) => line.node)), spoken);
  const chosen = () => [states[choice.model], states[choice.rival]];
  const show = () => {
    fields.model.value = choice.model;
    fields.rival.value = choice.rival;
    for (const option of fields.rival.options) option.disabled = option.value === choice.model;
    const phases = chosen().filter(Boolean).map((state) => `${state.title}: ${state.phase}`).join(", ");
    if (spoken.textContent !== phases) spoken.textContent = phases;
    chosen().forEach((state, index) => lines[index].update(state, Boolean(choice.rival) || names.length < 2));
  };
  const title = (name) => states[name]?.title ?? name;
  const offer = () => {
    fields.offer(names, title);
    root.hidden = names.length === 1 && names[0] === ALONE;
  };
  const look = follow(root, chosen, (found) => {
    const before = names.map(title).join("\n");
    states = found;
    names = Object.keys(found).length ? Object.keys(found) : names;
    if (names.map(title).join("\n") !== before) offer();
    const now = readChoice(chose ? choice : { model: names[0], rival: choice.rival }, names);
    if (now.model !== choice.model || now.rival !== choice.rival) {
      choice = now;
      props.value = { ...choice };
    }
    show();
  });
  const choose = (which) => () => {
    chose = true;
    choice = readChoice({ ...choice, [which]: fields[which].value }, names);
    props.value = { ...choice };
    show();
    if (choice[which] && states[choice[which]]?.phase !== "ready") load(choice[which]);
  };
  for (const which of ["model", "rival"]) fields[which].addEventListener("change", choose(which));
  element.replaceChildren(root);
  watch("value", () => { choice = readChoice(props.value, names); show(); });
  offer();
  show();
  look();
}
