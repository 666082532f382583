/* All messages of this language, a file for each page. */

import { messages as annotate } from "./zh/annotate.js";
import { messages as canvas } from "./zh/canvas.js";

export const messages = { ...annotate, ...canvas };
