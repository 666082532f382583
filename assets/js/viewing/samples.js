/* Sample photographs for whoever has none at hand: a row of pictures, each opened with a click. */

import { asked, posted } from "../annotate/api.js";
import { el } from "../dom.js";

const open = (name) => posted(`/api/samples/${encodeURIComponent(name)}`, {});
const picture = (name) => el("img", { src: `/samples/${encodeURIComponent(name)}`, alt: "", loading: "lazy", width: "120", height: "90" });

function createShelf(title, onError, load) {
  const row = el("div", { class: "giqa-shelf-row" });
  const node = el("section", { class: "giqa-shelf", "aria-label": title }, el("h3", {}, title), row);
  const item = (pictures, label, run) => {
    const one = el("button", { type: "button", class: "giqa-sample" }, el("span", { class: "giqa-shelf-pictures" }, ...pictures), el("span", {}, label));
    one.addEventListener("click", () => run().catch((error) => onError(error.message)));
    return one;
  };
  asked("/api/samples").then(({ samples }) => row.append(...load(samples, item)), (error) => onError(error.message));
  return { node };
}

/** `onImage(image)`, `onError(words)`. */
export const createSamples = ({ onImage, onError }) =>
  createShelf("Or try a sample", onError, (samples, item) => samples.map(({ name, label }) => item([picture(name)], label, async () => onImage(await open(name)))));

/** Pairs of one photograph, with a fault and without: `onPair(a, b)`, `onError(words)`. */
export const createSamplePairs = ({ onPair, onError }) =>
  createShelf("Or try a pair", onError, (samples, item) => samples.filter(({ of }) => of).map(({ name, of, label }) =>
    item([picture(name), picture(of)], label, async () => onPair(...(await Promise.all([open(name), open(of)]))))));
