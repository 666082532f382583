/* The parts of the Team page, each made of what the studio told. */

import { clock } from "../annotate/desk.js";
import { duration } from "../annotate/my_work.js";
import { el } from "../dom.js";
import { t } from "../i18n/messages.js";
import { dayChart, meter, shareBar } from "./charts.js";
import { change, coefficient, flagText, percent, points, withInterval } from "./figures.js";

const tile = (title, value, ...more) => el("div", { class: "giqa-tile" }, el("small", {}, title), el("strong", {}, value), ...more.filter(Boolean));

export function table(head, rows, label) {
  const cells = (kind, values) => values.map((value, index) => el(kind, { scope: kind === "th" ? "col" : null, class: index ? "giqa-number" : null, dir: "auto" }, value));
  const body = rows.map(([first, ...rest]) => el("tr", {}, el("th", { scope: "row", dir: "auto" }, first), ...rest.map((value) => el("td", { class: "giqa-number" }, value))));
  return el("div", { class: "giqa-scrolled", tabindex: "0", role: "region", "aria-label": label }, el("table", { class: "giqa-table" }, el("thead", {}, el("tr", {}, ...cells("th", head))), el("tbody", {}, ...body)));
}

const section = (title, ...children) => el("section", { class: "giqa-panel" }, el("h3", {}, title), ...children.filter(Boolean));

/** How far the project is, and how fast it goes. */
export function progressSection({ progress, days, lately, before }) {
  const { tasks, begun, complete, submissions, wanted, reviewed, benchmark, training } = progress;
  const note = (text) => (text ? el("small", { class: "giqa-quiet-note" }, text) : null);
  return el("div", {},
    el("div", { class: "giqa-tiles" },
      tile(t("team.complete"), t("team.of", { n: complete, all: tasks }), meter(complete, tasks, t("team.complete")), note(t("team.begun", { n: begun }))),
      tile(t("team.submissions"), t("team.of", { n: submissions, all: wanted }), meter(submissions, wanted, t("team.submissions"))),
      tile(t("team.reviewed"), t("team.of", { n: reviewed, all: submissions }), meter(reviewed, submissions, t("team.reviewed"))),
      tile(t("team.adjudicated"), t("team.of", { n: benchmark + training, all: tasks }), meter(benchmark + training, tasks, t("team.adjudicated")), note(t("team.targets", { benchmark, training }))),
      tile(t("team.lately"), t("team.submitted", { n: lately.submissions }), note(change(lately.submissions, before.submissions))),
      tile(t("team.time"), duration(lately.seconds ?? NaN), note(change(lately.seconds, before.seconds)))),
    section(t("team.days"), days.length ? el("div", { class: "giqa-scrolled" }, dayChart(days, t("team.daysLabel", { n: days.length }))) : el("p", { class: "giqa-quiet-note" }, t("team.nothing"))));
}

/** Agreement by parts, raw and beyond chance, with intervals. */
export function agreementSection(found) {
  if (!found.overall) return section(t("team.agreement"), el("p", { class: "giqa-quiet-note" }, t("team.noAgreement")));
  const rows = [["overall", found.overall], ...Object.entries(found.parts)].map(([part, figure]) => [t(`part.${part}`), shareBar(figure), withInterval(figure), percent(figure.chance), coefficient(figure.corrected), String(figure.pairs)]);
  const alphas = Object.entries(found.alphas).map(([name, alpha]) => [t(`alpha.${name}`), coefficient(alpha.value), alpha.interval ? alpha.interval.map(coefficient).join(" – ") : "–", String(alpha.units)]);
  const kappa = found.kappa ? [[t("alpha.kappa"), coefficient(found.kappa.value), "–", String(found.kappa.units)]] : [];
  const sure = [...alphas, ...kappa];
  return section(t("team.agreement"),
    el("p", { class: "giqa-quiet-note" }, t("team.agreementNote", { tasks: found.tasks, submissions: found.submissions }), " ", points(found.lately, found.before)),
    table([t("team.part"), "", t("team.raw"), t("team.chance"), t("team.corrected"), t("team.pairs")], rows, t("team.agreement")),
    sure.length ? table([t("team.coefficient"), t("team.value"), t("team.interval"), t("team.units")], sure, t("team.coefficient")) : null);
}

/** Everybody beside everybody: counts, time, likeness, gold, what reviewers said; and what should be looked at. */
export function peopleSection({ workers }, quality, nameOf) {
  const likeness = (user) => (quality?.people[user] ? percent(quality.people[user].value) : "–");
  const gold = (user) => (quality?.gold?.[user] ? `${percent(quality.gold[user].value)} (${quality.gold[user].tasks})` : "–");
  const flagged = (user) => (quality?.flags?.[user] ?? []).map((flag) => t(`flag.${flag.kind}`));
  const whole = Boolean(quality?.gold);
  const head = ["person", "done", "skippedShort", "changedShort", "timeShort", "verdicts", "likeness", ...(whole ? ["gold", "flags"] : [])].map((name) => t(`team.${name}`));
  const rows = workers.map((one) => [
    nameOf(one.user), String(one.submitted), String(one.skipped), one.submitted ? percent(one.changed / one.submitted) : "–", duration(one.seconds ?? NaN),
    `${one.accepted} / ${one.fixed} / ${one.rejected}`, likeness(one.user), ...(whole ? [gold(one.user), flagged(one.user).join(", ") || "–"] : []),
  ]);
  const flags = Object.entries(quality?.flags ?? {}).flatMap(([user, all]) => all.map((flag) => el("li", {}, el("strong", { dir: "auto" }, nameOf(user)), ` · ${t(`flag.${flag.kind}`)}: `, flagText(flag))));
  return section(t(whole ? "team.people" : "team.mine"), workers.length ? table(head, rows, t("team.people")) : el("p", { class: "giqa-quiet-note" }, t("team.nothing")),
    flags.length ? el("ul", { class: "giqa-flags" }, ...flags) : null, whole ? el("p", { class: "giqa-quiet-note" }, t("team.flagsNote")) : null);
}

/** Something that is asked for when it is opened. `load()` -> node. */
export function laterSection(title, load) {
  const body = el("div", {});
  const node = el("details", { class: "giqa-panel" }, el("summary", {}, title), body);
  node.addEventListener("toggle", async () => {
    if (!node.open || body.firstChild) return;
    body.replaceChildren(el("p", { role: "status" }, "…"));
    body.replaceChildren(await load().catch((error) => el("p", { role: "alert" }, error.message)));
  });
  return node;
}

/** How far people follow what they were shown. */
export function anchoringTable(found) {
  const groups = ["shown", "drawn_first", "drawn_final"].filter((name) => found[name]).map((name) => [t(`anchoring.${name}`), withInterval(found[name]), String(found[name].cases)]);
  if (!groups.length) return el("p", { class: "giqa-quiet-note" }, t("anchoring.none"));
  const pull = Number.isFinite(found.pull) ? el("p", {}, t("anchoring.pull", { pull: withInterval({ value: found.pull, interval: found.pull_interval }) })) : null;
  return el("div", {}, el("p", { class: "giqa-quiet-note" }, t("anchoring.note")), table([t("anchoring.group"), t("anchoring.distance"), t("anchoring.cases")], groups, t("anchoring.title")), pull ?? "");
}

/** Who did what, newest first; `more(before)` -> the page behind. */
export function auditList(first, more, nameOf) {
  const list = el("ul", { class: "giqa-audit" });
  const next = el("button", { type: "button", class: "giqa-button giqa-small" }, t("audit.more"));
  const add = ({ events, next: before }) => {
    list.append(...events.map((one) => el("li", {}, el("small", {}, clock(one.created_at)), " ", el("span", { dir: "auto" }, nameOf(one.user)), ` · ${one.what}`, one.task ? ` · #${one.task}` : "", el("small", { dir: "auto" }, ` ${JSON.stringify(one.detail)}`))));
    next.hidden = before === null;
    next.onclick = () => more(before).then(add, (error) => { next.textContent = error.message; });
  };
  add(first);
  return el("div", {}, list, next);
}
