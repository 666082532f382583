/* The studio's training routes. Reading rejects with an Error whose message can be shown. */

import { asked, posted } from "../annotate/api.js";

const of = (name) => `/api/train/${encodeURIComponent(name)}`;
const gone = (path) => asked(path, { method: "DELETE" });

export const api = {
  offer: () => asked("/api/train/offer"),
  projects: () => asked("/api/projects"),
  exported: (wanted) => posted("/api/train/exports", wanted),
  forget: (name) => gone(`/api/train/exports/${encodeURIComponent(name)}`),
  runs: () => asked("/api/train"),
  command: (wanted) => posted("/api/train/command", wanted),
  start: (wanted) => posted("/api/train", wanted),
  stop: (name) => posted(`${of(name)}/stop`, {}),
  resume: (name) => posted(`${of(name)}/resume`, {}),
  remove: (name) => gone(of(name)),
  curves: (name) => asked(`${of(name)}/curves`),
  data: (name) => asked(`${of(name)}/data`),
  samples: (name) => asked(`${of(name)}/samples`),
  putOnOffer: (name) => posted(`${of(name)}/offer`, {}),
  takeOffOffer: (name) => gone(`${of(name)}/offer`),
  use: (name) => posted(`${of(name)}/use`, {}),
  goBack: (name) => gone(`${of(name)}/use`),
};
