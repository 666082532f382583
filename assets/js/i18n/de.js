/* All messages of this language, a file for each page. */

import { messages as annotate } from "./de/annotate.js";
import { messages as canvas } from "./de/canvas.js";

export const messages = { ...annotate, ...canvas };
