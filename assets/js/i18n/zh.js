/* All messages of this language, a file for each page. */

import { messages as annotate } from "./zh/annotate.js";
import { messages as canvas } from "./zh/canvas.js";
import { messages as dashboard } from "./zh/dashboard.js";
import { messages as login } from "./zh/login.js";
import { messages as people } from "./zh/people.js";
import { messages as refusals } from "./zh/refusals.js";
import { messages as review } from "./zh/review.js";

export const messages = { ...annotate, ...canvas, ...dashboard, ...login, ...people, ...refusals, ...review };
