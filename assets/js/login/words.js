/* What the sign-in page says, in the person's language: its own part of the catalogue, for strangers are sent no more than that. */

import { preferred, refusalBy, translator } from "../i18n/translator.js";

export const code = preferred();
const parts = await Promise.all(["login", "refusals"].map((name) => import(`../i18n/${code}/${name}.js`)));
const messages = Object.assign({}, ...parts.map((part) => part.messages));

export const t = translator(messages, code);
export const refusal = (answer) => refusalBy(t, messages, answer);
