/* The studio's bench routes. Reading rejects with an Error whose message can be shown. */

import { asked, posted, query } from "../annotate/api.js";

const of = (name) => `/api/bench/${encodeURIComponent(name)}`;

export const api = {
  offer: () => asked("/api/bench/offer"),
  bring: (file) => asked(`/api/bench/benchmarks?${query({ name: encodeURIComponent(file.name) })}`, { method: "POST", body: file }),
  make: (wanted) => posted("/api/bench/benchmarks/made", wanted),
  forget: (name) => asked(`/api/bench/benchmarks/${encodeURIComponent(name)}`, { method: "DELETE" }),
  runs: () => asked("/api/bench"),
  command: (wanted) => posted("/api/bench/command", wanted),
  start: (wanted) => posted("/api/bench", wanted),
  stop: (name) => posted(`${of(name)}/stop`, {}),
  resume: (name) => posted(`${of(name)}/resume`, {}),
  remove: (name) => asked(of(name), { method: "DELETE" }),
  figures: (name) => asked(`${of(name)}/figures`),
  samples: (name, wanted) => asked(`${of(name)}/samples?${query(wanted)}`),
  task: (name, item) => posted(`${of(name)}/samples/${encodeURIComponent(item)}/task`, {}),
  leaderboard: () => asked("/api/bench/leaderboard"),
  comparison: (one, other) => asked(`/api/bench/comparison?${query({ one, other })}`),
  radar: (name) => `${of(name)}/radar.png`,
  report: (name) => `${of(name)}/report`,
};
