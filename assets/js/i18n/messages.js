/*
 * What the annotation pages say, in the person's language. A message is a text with {placeholders}, or several by number: {one: "{n} box", other:
 * "{n} boxes"} under the names of Intl.PluralRules, chosen by `n`. The catalogues are one file a language and page: en/annotate.js, de/annotate.js …
 */

import { messages as english_messages } from "./en.js";

/** Each language by its own name. */
export const LANGUAGES = { en: "English", de: "Deutsch", zh: "中文" };
const CATALOGUES = { en: () => import("./en.js"), de: () => import("./de.js"), zh: () => import("./zh.js") };
const KEPT = "giqa-language";

/** `t(key, values)` of one catalogue. An unknown key is given back as it is: kinds and states come from elsewhere. */
export function translator(messages, code) {
  const plural = new Intl.PluralRules(code);
  const t = (key, values = {}) => {
    const found = messages[key] ?? key;
    const text = typeof found === "string" ? found : (found[plural.select(values.n)] ?? found.other);
    return text.replace(/\{(\w+)\}/g, (whole, name) => (name in values ? String(values[name]) : whole));
  };
  return Object.assign(t, { code });
}

export const english = translator(english_messages, "en");

let spoken = english; // the page has one language

/** The message in the page's language. */
export const t = (key, values) => spoken(key, values);

/** Why the studio refused, as its answer says it: in the page's language where the catalogue knows the code, else in English; null where nothing was said. */
export function refusal(answer) {
  const key = `error.${answer?.code}`;
  return typeof answer?.code === "string" && Object.hasOwn(english_messages, key) ? spoken(key, answer.values ?? {}) : (answer?.error ?? null);
}

/** The page's language, as `Intl` and `toLocaleString` take it. */
export const language = () => spoken.code;

/** Loads a language and makes it the page's. */
export async function speak(code) {
  const { messages } = await CATALOGUES[code]();
  spoken = translator(messages, code);
}

/** What the person chose on this browser or in their account, else the first of the browser's languages that there is. */
export function preferred({ account = "", kept = keptChoice(), browser = globalThis.navigator?.languages ?? [] } = {}) {
  const wanted = [kept, account, ...browser].map((one) => String(one ?? "").slice(0, 2).toLowerCase());
  return wanted.find((one) => Object.hasOwn(CATALOGUES, one)) ?? "en";
}

/** Keeps the choice in this browser, where it keeps anything. */
export function keep(code) {
  try {
    localStorage.setItem(KEPT, code);
  } catch {
    return; // a browser that keeps nothing: the language lasts as long as the page
  }
}

function keptChoice() {
  try {
    return localStorage.getItem(KEPT) ?? "";
  } catch {
    return "";
  }
}
