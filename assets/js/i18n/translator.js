/* Saying a message, and in which language: what the sign-in page shares with all others. */

/** Each language by its own name. */
export const LANGUAGES = { en: "English", de: "Deutsch", zh: "中文" };
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

/** Why the studio refused, as its answer says it: by `t` where `messages` know its code, else in English; null where nothing was said. */
export function refusalBy(t, messages, answer) {
  const key = `error.${answer?.code}`;
  return typeof answer?.code === "string" && Object.hasOwn(messages, key) ? t(key, answer.values ?? {}) : (answer?.error ?? null);
}

/** What the person chose on this browser or in their account, else the first of the browser's languages that there is. */
export function preferred({ account = "", kept = keptChoice(), browser = globalThis.navigator?.languages ?? [] } = {}) {
  const wanted = [kept, account, ...browser].map((one) => String(one ?? "").slice(0, 2).toLowerCase());
  return wanted.find((one) => Object.hasOwn(LANGUAGES, one)) ?? "en";
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
