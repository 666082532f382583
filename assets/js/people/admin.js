/* What admins do: people and their roles, invitations, the log. */

import { button, el } from "../dom.js";
import { asked } from "../annotate/api.js";
import { t } from "../i18n/messages.js";
import { choice, day, doing, field, form, moment, once, roles, section, sent, submit } from "./forms.js";

export function peopleSection(me) {
  const list = el("ul", { class: "giqa-people-list" });
  const shown = el("div");
  const refresh = async () => {
    const { people } = await asked("/api/people");
    list.replaceChildren(...people.map((one) => person(one, me, shown, refresh)));
  };
  refresh().catch((error) => list.replaceChildren(el("li", {}, error.message)));
  return section(t("people.tab.people"), me.auth === "huggingface" ? el("p", {}, t("people.listSpace")) : null, list, shown);
}

function person(one, me, shown, refresh) {
  const said = el("small", { role: "status" }, one.erased ? t("people.erased") : one.active ? "" : t("people.closed"));
  const change = (body, pressed) => doing(said, pressed, async () => {
    await sent("PUT", `/api/people/${one.id}`, body);
    await refresh();
  });
  const parts = [el("span", {}, one.name), said];
  if (!one.erased) parts.push(...controls(one, me, change, shown, said));
  return el("li", { class: one.active ? "" : "giqa-people-closed" }, ...parts);
}

function controls(one, me, change, shown, said) {
  const found = [];
  if (me.auth === "accounts") {
    const role = choice("role", roles(), one.role, { "aria-label": t("people.roleOf", { name: one.name }) });
    role.addEventListener("change", async () => {
      await change({ role: role.value }, role);
      if (said.classList.contains("giqa-people-wrong")) role.value = one.role;
    });
    found.push(role);
    if (one.active) found.push(act("history", t("people.newLinkOf", { name: one.name }), t("people.newLink"), (pressed) => doing(said, pressed, async () => {
      shown.replaceChildren(); // nobody is to copy the link before while this one is made
      const { link } = await sent("POST", `/api/people/${one.id}/link`);
      shown.replaceChildren(once(link, t("people.linkOnce", { name: one.name })));
      shown.scrollIntoView({ block: "nearest" });
    })));
  } else found.push(el("small", {}, roles()[one.role]));
  const active = one.active;
  const text = active ? t("people.close") : t("people.open");
  const title = t(active ? "people.closeOf" : "people.openOf", { name: one.name });
  found.push(act(active ? "stop" : "restore", title, text, (pressed) => change({ active: !active }, pressed)));
  return found;
}

function act(iconName, title, text, work) {
  const node = button({ iconName, title, text, kind: "secondary" });
  node.addEventListener("click", () => work(node));
  return node;
}

export function invitesSection(names) {
  const list = el("ul", { class: "giqa-people-list" });
  const shown = el("div");
  const refresh = async () => {
    const [{ invites }, known] = await Promise.all([asked("/api/invites"), names()]);
    const rows = invites.map((one) => invite(one, known, refresh));
    list.replaceChildren(...(rows.length ? rows : [el("li", {}, el("small", {}, t("people.inviteNone")))]));
  };
  const make = form([field(t("people.inviteRole"), choice("role", roles(), "annotator"))], submit(t("people.inviteMake"), "plus"), async (values) => {
    shown.replaceChildren(); // as above
    const { link } = await sent("POST", "/api/invites", values);
    shown.replaceChildren(once(link, t("people.inviteOnce")));
    await refresh();
  });
  refresh().catch((error) => list.replaceChildren(el("li", {}, error.message)));
  return section(t("people.tab.invites"), el("p", {}, t("people.inviteText")), make, shown, list);
}

function invite(one, known, refresh) {
  const by = one.by === "studio" ? t("people.inviteSetup") : known.get(one.by) ?? one.by;
  const what = one.account ? t("people.passwordFor", { name: known.get(one.account) ?? one.account }) : roles()[one.role];
  const said = el("small", { role: "status" }, t("people.inviteBy", { name: by, time: day(one.expires_at) }));
  const withdraw = button({ iconName: "remove", title: t("people.withdrawOne", { what }), kind: "tool" });
  withdraw.addEventListener("click", () => doing(said, withdraw, async () => {
    await sent("DELETE", `/api/invites/${one.id}`);
    await refresh();
  }));
  return el("li", {}, el("span", {}, what), said, withdraw);
}

export function logSection(names) {
  const list = el("ol", { class: "giqa-people-list giqa-people-log" });
  const said = el("p", { class: "giqa-people-said", role: "status" });
  const older = button({ iconName: "history", title: t("people.logOlder"), text: t("people.logOlder"), kind: "secondary" });
  let before = null;
  const more = () => doing(said, older, async () => {
    const [page, known] = await Promise.all([asked(`/api/audit${before === null ? "" : `?before=${before}`}`), names()]);
    list.append(...page.events.map((one) => line(one, known)));
    before = page.next;
    older.hidden = before === null;
    return list.children.length ? "" : t("people.logNone");
  });
  older.addEventListener("click", more);
  more();
  return section(t("people.tab.log"), list, said, older);
}

/** Handles in the details are shown as names; all else as it stands. */
function line(one, known) {
  const detail = Object.entries(one.detail ?? {}).filter(([, value]) => value !== null).map(([key, value]) => `${key}: ${known.get(value) ?? (typeof value === "object" ? JSON.stringify(value) : value)}`);
  const told = [one.task === null ? "" : t("people.logTask", { n: one.task }), ...detail].filter(Boolean).join(", ");
  return el("li", {}, el("time", { datetime: one.created_at }, moment(one.created_at)), el("span", {}, `${known.get(one.user) ?? one.user}: ${one.what}`), el("small", {}, told));
}
