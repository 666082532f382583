/* All messages of this language, a file for each page. */

import { messages as annotate } from "./de/annotate.js";
import { messages as canvas } from "./de/canvas.js";
import { messages as people } from "./de/people.js";

export const messages = { ...annotate, ...canvas, ...people };
