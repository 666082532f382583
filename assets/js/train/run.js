/* One run: how far it is, its curves (other runs' over them), what it said of held-out images, its figures, and whether its model is on offer. */

import { button, el } from "../dom.js";
import { STATES } from "../run_list.js";
import { api } from "./api.js";
import { createChart } from "./chart.js";
import { changeText, figureText, modelText, progressText, TAUGHT } from "./telling.js";

const LOOK_MS = 2_000;

/** `actions`: {stop, resume, remove, offer, withdraw, use, back}; `onError(words)`. Returns {node, update(run, runs)}. */
export function createRun(actions, onError) {
  const [title, state] = [el("h3", { dir: "auto" }), el("span", { class: "giqa-state" })];
  const [words, message] = [el("p", { class: "giqa-build-progress", role: "status" }), el("p", { class: "giqa-build-problem" })];
  const bar = el("progress", { max: "1", value: "0", "aria-label": "How far the training is" });
  const line = el("code", { class: "giqa-command", tabindex: "0" });
  const tool = (name, iconName, text, about = text) => {
    const made = button({ iconName, title: about, text, kind: "secondary" });
    made.addEventListener("click", actions[name]);
    return made;
  };
  const tools = { stop: tool("stop", "stop", "Stop"), resume: tool("resume", "forward", "Resume"), remove: tool("remove", "remove", "Delete", "Delete this run") };
  const model = createModel(actions);
  const curves = createCurves(onError);
  const samples = createSamples(onError);
  const [figures, facts] = [createFigures(), createFacts()];
  const node = el("section", { class: "giqa-build-state", "aria-label": "The run" }, el("header", {}, title, state, el("div", { class: "giqa-build-actions" }, ...Object.values(tools))), words, bar, message, model.node, figures.node, curves.node, samples.node,
    facts.node, el("details", {}, el("summary", {}, "Command line"), line));
  return {
    node,
    update(run, runs) {
      title.textContent = run.title;
      state.textContent = STATES[run.state] ?? run.state;
      state.dataset.state = run.state;
      words.textContent = [`${modelText(run.plan)} on ${run.plan.data_title}`, progressText(run)].filter(Boolean).join(": ");
      bar.hidden = run.state === "done";
      bar.value = run.status?.of ? run.status.step / run.status.of : 0;
      message.textContent = run.state === "failed" || run.state === "stopped" ? run.message : "";
      message.hidden = !message.textContent;
      line.textContent = run.command;
      tools.stop.hidden = run.state !== "running";
      tools.resume.hidden = run.state !== "stopped" && run.state !== "failed";
      tools.remove.disabled = run.state === "running";
      model.update(run);
      figures.update(run);
      curves.update(run, runs);
      samples.update(run);
      facts.update(run);
    },
  };
}

/** Whether the model is on offer, and the default. */
function createModel(actions) {
  const words = el("p", { role: "status" });
  const name = el("code", { class: "giqa-command", tabindex: "0", "aria-label": "The name by which the model answers" });
  const made = (text, does, kind) => {
    const one = el("button", { type: "button", class: `giqa-button giqa-${kind}` }, text);
    one.addEventListener("click", actions[does]);
    return one;
  };
  const tools = { use: made("Use this model", "use", "primary"), back: made("Go back to the former model", "back", "primary"), offer: made("Put it on offer", "offer", "secondary"), withdraw: made("Take it off offer", "withdraw", "secondary") };
  const node = el("div", { class: "giqa-made", hidden: true }, words, name, el("div", { class: "giqa-build-actions" }, ...Object.values(tools)));
  return {
    node,
    update(run) {
      node.hidden = !run.model;
      if (!run.model) return;
      words.textContent = run.default ? "The studio uses this model: it is the one that everybody meets first." : run.offered ? "This model is on offer: it can be chosen in Assess, Score, Compare, Build and Bench." : "The training is done. Its model is not on offer yet.";
      name.textContent = run.model;
      tools.use.hidden = run.default;
      tools.back.hidden = !run.default;
      tools.offer.hidden = run.offered;
      tools.withdraw.hidden = !run.offered;
    },
  };
}

/** A taught embedded model's figures before and after. */
function createFigures() {
  const body = el("tbody");
  const node = el("div", { class: "giqa-scroll", hidden: true }, el("table", { class: "giqa-figures giqa-before-after", "aria-label": "Before and after" }, el("thead", {}, el("tr", {}, ...["", "Before", "After", "Change"].map((one) => el("th", { scope: "col" }, one)))), body));
  return {
    node,
    update({ figures }) {
      const rows = (figures ?? []).filter(({ name }) => name in TAUGHT);
      node.hidden = !rows.length;
      body.replaceChildren(...rows.map(({ name, before, after }) => el("tr", {}, el("th", { scope: "row" }, TAUGHT[name]), el("td", {}, figureText(before)), el("td", {}, figureText(after)), el("td", {}, changeText(before, after)))));
    },
  };
}

/** Loss, throughput and learning rate of this run; the loss of others over it. */
function createCurves(onError) {
  const loss = createChart({ title: "Loss (dots: on held-out images)" });
  const speed = createChart({ title: "Tokens a second", digits: 0 });
  const rate = createChart({ title: "Learning rate", digits: 6 });
  const others = el("fieldset", { class: "giqa-curves-others", hidden: true }, el("legend", {}, "Draw other runs over it"));
  const bench = el("div", { class: "giqa-scroll", hidden: true });
  const node = el("div", { class: "giqa-training-curves", hidden: true }, loss.node, others, bench, el("details", {}, el("summary", {}, "Throughput and learning rate"), speed.node, rate.node));
  const chosen = new Set();
  let [shown, offered, known, turn, last, ended] = ["", "", {}, 0, 0, ""];
  const points = (name, column) => (known[name]?.metrics ?? []).map((row) => [row.step, row[column]]);
  const dots = (name) => (known[name]?.evaluations ?? []).filter((row) => Number.isFinite(row.loss)).map((row) => [row.step, row.loss]);
  const draw = (runs) => {
    const names = [shown, ...chosen].filter((name) => known[name]);
    const titleOf = (name) => runs.find((one) => one.name === name)?.title ?? name;
    loss.update(names.map((name, color) => ({ name: titleOf(name), points: points(name, "loss"), dots: dots(name), color })));
    speed.update([{ name: titleOf(shown), points: points(shown, "tokens_per_second"), color: 0 }]);
    rate.update([{ name: titleOf(shown), points: points(shown, "learning_rate"), color: 0 }]);
    node.hidden = !points(shown, "loss").length;
    showBench(bench, known[shown]?.evaluations ?? []);
  };
  const load = async (names, runs) => {
    const mine = (turn += 1);
    try {
      const found = await Promise.all(names.map(async (name) => [name, await api.curves(name)]));
      if (mine !== turn) return;
      known = { ...known, ...Object.fromEntries(found) };
      draw(runs);
    } catch (error) {
      onError(error.message);
    }
  };
  const choices = (run, runs) => {
    const rest = runs.filter((one) => !one.taught && one.name !== run.name && one.status?.step > 0);
    const key = JSON.stringify([run.name, ...rest.map((one) => [one.name, one.title])]);
    if (key === offered) return;
    offered = key;
    others.hidden = !rest.length;
    others.replaceChildren(others.firstElementChild, ...rest.map((one) => {
      const tick = el("input", { type: "checkbox", checked: chosen.has(one.name) });
      tick.addEventListener("change", () => {
        if (tick.checked) chosen.add(one.name);
        else chosen.delete(one.name);
        load([...chosen], runs);
      });
      return el("label", { class: "giqa-tick" }, tick, el("span", { dir: "auto" }, one.title));
    }));
  };
  return {
    node,
    update(run, runs) {
      if (run.taught) { node.hidden = true; return; }
      if (shown !== run.name) {
        shown = run.name;
        chosen.clear();
        [known, last, ended, offered] = [{}, 0, "", ""];
        node.hidden = true;
      }
      choices(run, runs);
      const now = `${run.state} ${run.status?.step}`;
      if (now === ended || (run.state === "running" && Date.now() - last < LOOK_MS)) return;
      [last, ended] = [Date.now(), run.state === "running" ? "" : now];
      load([run.name, ...chosen], runs);
    },
  };
}

/** The bench's figures of each evaluation, where it was asked. */
function showBench(place, evaluations) {
  const rows = evaluations.filter((row) => Object.keys(row).some((name) => name !== "step" && name !== "loss"));
  const names = [...new Set(rows.flatMap((row) => Object.keys(row).filter((name) => name !== "step" && name !== "loss" && Number.isFinite(row[name]))))].slice(0, 8);
  place.hidden = !names.length;
  place.replaceChildren(...(names.length ? [el("table", { class: "giqa-figures", "aria-label": "The bench while training" }, el("thead", {}, el("tr", {}, el("th", { scope: "col" }, "Step"), ...names.map((name) => el("th", { scope: "col" }, name)))),
    el("tbody", {}, ...rows.map((row) => el("tr", {}, el("th", { scope: "row" }, String(row.step)), ...names.map((name) => el("td", {}, figureText(row[name])))))))] : []));
}

/** Held-out images with the boxes the model says, at the evaluation that is chosen. */
function createSamples(onError) {
  const which = el("select", { "aria-label": "At which step" });
  const grid = el("div", { class: "giqa-training-samples" });
  const node = el("div", { class: "giqa-training-said", hidden: true }, el("header", {}, el("h3", {}, "What it says of held-out images"), which), grid);
  let [found, key, turn, last, ended] = [[], "", 0, 0, ""];
  const show = () => {
    const rows = found.find((one) => String(one.step) === which.value)?.rows ?? [];
    grid.replaceChildren(...rows.map((row) => el("figure", {}, el("a", { href: row.picture, target: "_blank", rel: "noopener" }, el("img", { src: row.picture, loading: "lazy", alt: `Asked: ${row.asked} Said: ${row.said || "nothing"}` })),
      el("figcaption", { dir: "auto" }, el("strong", {}, "Says "), row.said || "nothing", el("br"), el("strong", {}, "Data "), row.reference))));
  };
  which.addEventListener("change", show);
  const load = async (run) => {
    const mine = (turn += 1);
    try {
      const { evaluations } = await api.samples(run.name);
      if (mine !== turn) return;
      const newest = !which.value || which.value === String(found[0]?.step);
      const kept = which.value;
      if (JSON.stringify(evaluations.map((one) => one.step)) === JSON.stringify(found.map((one) => one.step)) && found.length) return;
      found = evaluations;
      which.replaceChildren(...found.map((one) => el("option", { value: one.step }, `Step ${one.step.toLocaleString("en")}`)));
      if (!newest && found.some((one) => String(one.step) === kept)) which.value = kept;
      node.hidden = !found.length;
      show();
    } catch (error) {
      onError(error.message);
    }
  };
  return {
    node,
    update(run) {
      if (run.taught) { node.hidden = true; return; }
      if (key !== run.name) {
        [key, found, last, ended] = [run.name, [], 0, ""];
        which.replaceChildren();
        node.hidden = true;
      }
      const now = `${run.state} ${run.status?.step}`;
      if (now === ended || (run.state === "running" && Date.now() - last < LOOK_MS)) return;
      [last, ended] = [Date.now(), run.state === "running" ? "" : now];
      load(run);
    },
  };
}

/** What the data came to. */
function createFacts() {
  const words = el("p", { class: "giqa-quiet-note" });
  const node = el("div", { hidden: true }, words);
  let key = "";
  return {
    node,
    async update(run) {
      const now = `${run.name} ${run.status?.step > 0}`;
      if (key === now) return;
      key = now;
      node.hidden = true;
      if (run.taught) return;
      const { data } = await api.data(run.name).catch(() => ({ data: null }));
      if (key !== now || !data) return;
      const skipped = Object.entries(data.skipped ?? {}).map(([reason, rows]) => `${rows} ${reason}`).join("; ");
      words.textContent = `Learns from ${data.learnt} conversations about ${data.images} images (${data.corrected} corrected by people); ${data.held_out} held out. ${skipped ? `Left out: ${skipped}.` : "Nothing was left out."}`;
      node.hidden = false;
    },
  };
}
