/* All messages of this language, a file for each page. */

import { messages as annotate } from "./de/annotate.js";
import { messages as canvas } from "./de/canvas.js";
import { messages as dashboard } from "./de/dashboard.js";
import { messages as login } from "./de/login.js";
import { messages as people } from "./de/people.js";
import { messages as refusals } from "./de/refusals.js";
import { messages as review } from "./de/review.js";

export const messages = { ...annotate, ...canvas, ...dashboard, ...login, ...people, ...refusals, ...review };
