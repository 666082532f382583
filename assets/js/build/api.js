/* The studio's build routes. Reading rejects with an Error whose message can be shown. */

import { asked, posted, query } from "../annotate/api.js";

const of = (name) => `/api/builds/${encodeURIComponent(name)}`;

export const api = {
  offer: () => asked("/api/builds/offer"),
  builds: () => asked("/api/builds"),
  upload: (file, into) => asked(`/api/builds/uploads?${query({ name: encodeURIComponent(file.name), into })}`, { method: "POST", body: file }),
  check: (source, limit) => posted("/api/builds/check", { source, limit }),
  command: (wanted) => posted("/api/builds/command", wanted),
  start: (wanted) => posted("/api/builds", wanted),
  stop: (name) => posted(`${of(name)}/stop`, {}),
  resume: (name) => posted(`${of(name)}/resume`, {}),
  remove: (name) => asked(of(name), { method: "DELETE" }),
  records: (name, wanted) => asked(`${of(name)}/records?${query(wanted)}`),
  way: (name, record) => asked(`${of(name)}/records/${record}/way`),
  statistics: (name) => asked(`${of(name)}/statistics`),
  task: (name, record) => posted(`${of(name)}/records/${record}/task`, {}),
  toAnnotate: (name) => posted(`${of(name)}/import`, {}),
  exported: (name, format) => posted(`${of(name)}/export`, { format }),
  picture: (name) => `${of(name)}/statistics.png`,
};
