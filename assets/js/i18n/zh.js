/* All messages of this language, a file for each page. */

import { messages as annotate } from "./zh/annotate.js";
import { messages as canvas } from "./zh/canvas.js";
import { messages as people } from "./zh/people.js";

export const messages = { ...annotate, ...canvas, ...people };
