/*
 * The annotator's value, as it travels between the page and Python (see studio/components/annotator.py):
 * {image, regions, selected, heat, readonly, revision}. Everything is pure.
 */

import { drawnOf, withDrawn } from "./regions.js";

const SOURCES = ["drawn", "described", "answered", "compared"];

const EMPTY = { image: null, regions: [], selected: [], heat: null, readonly: false, revision: 0 };

const isBox = (box) =>
  Array.isArray(box) && box.length === 4 && box.every(Number.isFinite) && 0 <= box[0] && box[0] < box[2] && box[2] <= 1 && 0 <= box[1] && box[1] < box[3] && box[3] <= 1;

const isPath = (url) => typeof url === "string" && /^\/(?!\/)/.test(url);

function readImage(image) {
  if (!image || !isPath(image.url) || !(image.width >= 1) || !(image.height >= 1)) return null;
  const { id, url, width, height } = image;
  return { id: String(id), url, width, height, name: String(image.name ?? ""), notes: (image.notes ?? []).map(String) };
}

function readRegions(regions) {
  const seen = new Set();
  return (Array.isArray(regions) ? regions : [])
    .filter((region) => region && isBox(region.box) && SOURCES.includes(region.source) && !seen.has(region.id) && seen.add(region.id))
    .map(({ id, box, label, source, group }) => ({ id: String(id), box: [...box], label: String(label ?? ""), source, group: String(group ?? "") }));
}

/** Copied: what Gradio gives is a proxy, which cannot be cloned back. */
function readHeat(heat) {
  const isTable = heat && Array.isArray(heat.rows) && heat.rows.every(Array.isArray);
  return isTable ? { fault: String(heat.fault), rows: heat.rows.map((row) => [...row]) } : null;
}

/** A whole value from whatever came; what cannot be shown is left out. `kept`: the parts that Python did not send. */
export function readValue(value) {
  if (!value || typeof value !== "object") return EMPTY;
  const image = readImage(value.image);
  const regions = image ? readRegions(value.regions) : [];
  const ids = new Set(regions.map((region) => region.id));
  const kept = image ? ["regions", "heat"].filter((part) => !(part in value)) : [];
  return {
    image,
    regions,
    selected: (Array.isArray(value.selected) ? value.selected : []).filter((id) => ids.has(id)),
    heat: readHeat(value.heat),
    readonly: value.readonly === true,
    revision: Number.isInteger(value.revision) ? value.revision : 0,
    ...(kept.length ? { kept } : {}),
  };
}

/** The value with the parts that were left out as they stand on the page, where it is of the same image. */
function withPartsOf(local, sent) {
  if (!sent.kept) return sent;
  const { kept, ...incoming } = sent;
  if (incoming.image?.id !== local.image?.id) return incoming;
  return { ...incoming, ...Object.fromEntries(kept.map((part) => [part, local[part]])) };
}

/**
 * What to show when Python sends a value (as `readValue` gives it; null clears the canvas) while the person may have gone on working. The
 * revision counts the person's changes, and an answer carries the revision of its question. For the image on show an older answer brings the
 * machine's regions and heat, and the drawn ones stay; for another image an older answer comes too late and is dropped. Only a newer value
 * moves the selection.
 */
export function reconcile(local, sent) {
  if (sent === null) return { ...EMPTY, revision: local.revision + 1 };
  const incoming = withPartsOf(local, sent);
  if (incoming.revision > local.revision) return incoming;
  const late = incoming.revision < local.revision;
  if (incoming.image?.id !== local.image?.id) return late ? local : incoming;
  const regions = late ? withDrawn(incoming.regions, drawnOf(local.regions)) : incoming.regions;
  const selected = local.selected.filter((id) => regions.some((region) => region.id === id));
  return { ...incoming, regions, selected, revision: local.revision };
}

/** Whether two values say the same. */
export const same = (a, b) => JSON.stringify(a) === JSON.stringify(b);
