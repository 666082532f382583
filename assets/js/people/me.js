/* One's own account: name, language, password, tokens, data. */

import { button, el } from "../dom.js";
import { asked } from "../annotate/api.js";
import { keep, LANGUAGES, t } from "../i18n/messages.js";
import { choice, day, doing, field, form, input, once, section, sent, submit } from "./forms.js";

/** `me`: as `/api/me` tells; `onName(me)` when it changed. */
export function ownSections(me, onName) {
  const own = me.auth === "accounts";
  return [profile(me, own, onName), own ? password() : null, tokens(), data(own)].filter(Boolean);
}

function profile(me, own, onName) {
  const fields = [
    own ? field(t("people.name"), input("name", { value: me.name, required: true, maxlength: 60, autocomplete: "username" }), t("people.nameHint")) : null,
    field(t("people.language"), choice("language", { "": t("people.languageBrowser"), ...LANGUAGES }, me.language)),
  ];
  const send = async (values) => {
    const changed = await sent("PUT", "/api/me", values);
    onName(changed);
    keep(changed.language);
    if (changed.language !== me.language) location.reload(); // every page speaks one language from its start
    return t("people.saved");
  };
  return section(t("people.tab.me"), form(fields.filter(Boolean), submit(t("people.save")), send));
}

function password() {
  const fields = [
    field(t("people.passwordNow"), input("current", { type: "password", required: true, autocomplete: "current-password" })),
    field(t("people.passwordNew"), input("new", { type: "password", required: true, minlength: 10, maxlength: 200, autocomplete: "new-password" }), t("people.passwordHint")),
  ];
  const send = async (values) => {
    await sent("PUT", "/api/me/password", values);
    return t("people.passwordSet");
  };
  return section(t("people.password"), form(fields, submit(t("people.save")), send));
}

function tokens() {
  const list = el("ul", { class: "giqa-people-list" });
  const shown = el("div");
  const refresh = async () => list.replaceChildren(...(await asked("/api/me/tokens")).tokens.map((one) => token(one, refresh)));
  const make = form([field(t("people.tokenName"), input("label", { required: true, maxlength: 60 }))], submit(t("people.tokenMake"), "plus"), async (values) => {
    shown.replaceChildren(); // nobody is to copy the token before while this one is made
    const made = await sent("POST", "/api/me/tokens", values);
    shown.replaceChildren(once(made.token, t("people.tokenOnce")));
    await refresh();
  });
  refresh().catch((error) => list.replaceChildren(el("li", {}, error.message)));
  return section(t("people.tokens"), el("p", {}, t("people.tokensHint")), list, make, shown, elsewhere());
}

function token(one, refresh) {
  const withdraw = button({ iconName: "remove", title: t("people.withdrawOne", { what: one.label }), kind: "tool" });
  const said = el("small", { role: "status" }, t("people.until", { time: day(one.expires_at) }));
  withdraw.addEventListener("click", () => doing(said, withdraw, async () => {
    await sent("DELETE", `/api/me/tokens/${one.id}`);
    await refresh();
  }));
  return el("li", {}, el("span", {}, one.label), said, withdraw);
}

function elsewhere() {
  const end = button({ iconName: "stop", title: t("people.endOthers"), text: t("people.endOthers"), kind: "secondary" });
  const said = el("p", { class: "giqa-people-said", role: "status" });
  end.addEventListener("click", () => doing(said, end, async () => {
    await sent("DELETE", "/api/me/sessions");
    return t("people.endedOthers");
  }));
  return el("div", { class: "giqa-people-row" }, end, said);
}

function data(own) {
  const take = el("a", { class: "giqa-button giqa-secondary", href: "/api/me/data", download: true }, t("people.dataTake"));
  const leave = button({ iconName: "remove", title: t("people.dataDelete"), text: t("people.dataDelete"), kind: "secondary" });
  const place = el("div");
  leave.addEventListener("click", () => {
    place.replaceChildren(deletion(own, () => place.replaceChildren()));
    place.querySelector("input")?.focus();
  });
  return section(t("people.data"), el("div", { class: "giqa-people-row" }, take, leave), place);
}

function deletion(own, close) {
  const fields = [
    el("p", {}, t("people.deleteText")),
    el("label", { class: "giqa-people-check" }, input("erase_work", { type: "checkbox" }), el("span", {}, t("people.deleteWork"))),
    own ? field(t("people.password"), input("password", { type: "password", required: true, autocomplete: "current-password" })) : null,
  ];
  const cancel = button({ iconName: "close", title: t("people.cancel"), text: t("people.cancel"), kind: "secondary" });
  cancel.addEventListener("click", close);
  const node = form(fields.filter(Boolean), submit(t("people.deleteNow"), "remove"), async (values) => {
    const told = await sent("DELETE", "/api/me", { password: values.password ?? "", erase_work: "erase_work" in values });
    location.assign(told.login);
  });
  node.classList.add("giqa-people-danger");
  node.querySelector(".giqa-people-row").append(cancel);
  return node;
}
