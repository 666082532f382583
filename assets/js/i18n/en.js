/* All messages of this language, a file for each page. */

import { messages as annotate } from "./en/annotate.js";
import { messages as canvas } from "./en/canvas.js";
import { messages as dashboard } from "./en/dashboard.js";
import { messages as login } from "./en/login.js";
import { messages as people } from "./en/people.js";
import { messages as refusals } from "./en/refusals.js";
import { messages as review } from "./en/review.js";

export const messages = { ...annotate, ...canvas, ...dashboard, ...login, ...people, ...refusals, ...review };
