/* A comparison in words, and the boxes of several texts by picture. Pure. */

const percent = (value) => Math.round(value * 100);

/** [[kind, words]]: the verdict and how sure it is. */
export function verdictOf({ preference, confidence }) {
  const words = preference === "tie" ? "A tie" : `${preference.toUpperCase()} is better`;
  return confidence === null || confidence === undefined ? [["word", words]] : [["word", words], ["sure", `${percent(confidence)} % sure`]];
}

const CLASSES = {
  blur: "blur", noise: "noise", compression: "compression", brighten: "too bright", darken: "too dark", contrast_strengthen: "harsh contrast", contrast_weaken: "weak contrast",
  saturate_strengthen: "oversaturated", saturate_weaken: "pale colours", oversharpen: "oversharpened", pixelate: "pixelated", quantization: "banding",
};

/** Sentences beside the verdict: what was noticed, how it was found, whether the order mattered. */
export function factsOf({ notes, distortions, swap_consistent: consistent, scene, method, model, reasons_confidence: sound }) {
  const named = Object.entries(distortions ?? {}).map(([side, names]) => `${side.toUpperCase()} ${names.map((name) => CLASSES[name] ?? name).join(", ") || "none that is sure"}`);
  return [
    ...notes,
    ...(scene === "different" ? ["A and B show two scenes: their overall scores were compared."] : []),
    ...(named.length ? [`Distortions: ${named.join("; ")}.`] : []),
    sound === null || sound === undefined ? "" : `The reasons are ${percent(sound)} % sure.`,
    consistent === true ? "Both orders of A and B gave the same verdict." : consistent === false ? "The verdict depends on the order of A and B." : "",
    `Found by ${model ?? "the model"}: ${method}.`,
  ].filter(Boolean);
}

/** {reference, a, b}: the regions of all texts. */
export function merged(texts) {
  const all = { reference: [], a: [], b: [] };
  for (const { regions } of texts) for (const [side, list] of Object.entries(regions)) all[side].push(...list);
  return all;
}
