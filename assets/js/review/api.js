/* The review routes. */

import { asked, posted, query } from "../annotate/api.js";

export const api = {
  me: () => asked("/api/me"),
  people: () => asked("/api/people"),
  projects: () => asked("/api/projects"),
  queue: (filter, after = 0) => asked(`/api/review/queue?${query({ ...filter, after, limit: 60 })}`),
  decisions: (filter, after = "") => asked(`/api/review/decisions?${query({ ...filter, after, limit: 60 })}`),
  mine: (after = 0) => asked(`/api/review/mine?${query({ after, limit: 60 })}`),
  versions: (task) => asked(`/api/tasks/${task}/versions`),
  consensus: (task) => asked(`/api/tasks/${task}/consensus`),
  review: (task, body) => posted(`/api/tasks/${task}/reviews`, body),
  adjudicate: (task, body) => posted(`/api/tasks/${task}/adjudication`, body),
  comments: (task) => asked(`/api/tasks/${task}/comments`),
  comment: (task, body) => posted(`/api/tasks/${task}/comments`, body),
  resolve: (comment, resolved) => posted(`/api/comments/${comment}/resolve`, { resolved }),
  ready: (project, least) => asked(`/api/projects/${project}/finalise?${query({ least: String(least) })}`),
  finalise: (project, least, target) => posted(`/api/projects/${project}/finalise`, { least, target }),
  dashboard: (project) => asked(`/api/projects/${project}/dashboard`),
  agreement: (project) => asked(`/api/projects/${project}/agreement`),
  anchoring: (project) => asked(`/api/projects/${project}/anchoring`),
  audit: (before) => asked(`/api/audit?${query({ before, limit: 100 })}`),
};

const LOCAL = { id: "local", name: "local", role: "admin", language: "" };
const ROLES = ["annotator", "reviewer", "admin"];

/** Who works here, what they may do, and what people are called: {me, may(role), nameOf(id)}. */
export async function team() {
  const me = await api.me().catch(() => LOCAL);
  const may = (role) => ROLES.indexOf(me.role) >= ROLES.indexOf(role);
  const { people } = may("reviewer") ? await api.people().catch(() => ({ people: [] })) : { people: [] };
  const names = new Map([...people, me].map(({ id, name }) => [id, name]));
  return { me, may, nameOf: (id) => names.get(id) ?? id };
}

/** What a save is known by for good. */
export const newKey = () => `review-${[...crypto.getRandomValues(new Uint32Array(4))].join("-")}`;
