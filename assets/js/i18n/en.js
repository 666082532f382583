/* All messages of this language, a file for each page. */

import { messages as annotate } from "./en/annotate.js";
import { messages as canvas } from "./en/canvas.js";

export const messages = { ...annotate, ...canvas };
