/*
 * What the annotation pages say, in the person's language. A message is a text with {placeholders}, or several by number: {one: "{n} box", other:
 * "{n} boxes"} under the names of Intl.PluralRules, chosen by `n`. The catalogues are one file a language and page: en/annotate.js, de/annotate.js …
 */

import { messages as english_messages } from "./en.js";
import { refusalBy, translator } from "./translator.js";

export { keep, LANGUAGES, preferred, translator } from "./translator.js";

const CATALOGUES = { en: () => import("./en.js"), de: () => import("./de.js"), zh: () => import("./zh.js") };

export const english = translator(english_messages, "en");

let spoken = english; // the page has one language

/** The message in the page's language. */
export const t = (key, values) => spoken(key, values);

/** Why the studio refused, as its answer says it: in the page's language where the catalogue knows the code, else in English; null where nothing was said. */
export const refusal = (answer) => refusalBy(spoken, english_messages, answer);

/** The page's language, as `Intl` and `toLocaleString` take it. */
export const language = () => spoken.code;

/** Loads a language and makes it the page's. */
export async function speak(code) {
  const { messages } = await CATALOGUES[code]();
  spoken = translator(messages, code);
}
