/* The studio's annotation routes. Reading rejects with an Error whose message can be shown; saving tells the status, for the queue to judge. */

import { refusal, t } from "../i18n/messages.js";

/** Sent on the document when the studio says that nobody is signed in here (any more). */
export const SIGNED_OUT = "giqa:signed-out";

/** A route's refusal: its status, and what it said. */
export class Refused extends Error {
  constructor(status, body) {
    super(refusal(body) ?? t("net.status", { status }));
    this.status = status;
  }
}

export async function asked(path, options = {}) {
  let answer;
  try {
    answer = await fetch(path, options);
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Error(t("net.unreachable"));
  }
  const body = await answer.json().catch(() => null); // a proxy's HTML page, say
  if (answer.status === 401) document.dispatchEvent(new CustomEvent(SIGNED_OUT));
  if (!answer.ok) throw new Refused(answer.status, body);
  return body;
}

const sent = (method) => (path, body, options = {}) => asked(path, { method, headers: { "Content-Type": "application/json" }, body: JSON.stringify(body), ...options });

export const posted = sent("POST");
export const put = sent("PUT");

export const query = (filter) => new URLSearchParams(Object.entries(filter).filter(([, value]) => value !== null && value !== "" && value !== false)).toString();

export const api = {
  me: () => asked("/api/me"),
  setLanguage: (language) => put("/api/me", { language }),
  projects: () => asked("/api/projects"),
  project: (id) => asked(`/api/projects/${id}`),
  makeProject: (name, settings) => posted("/api/projects", { name, settings }),
  setProject: (id, name, settings) => put(`/api/projects/${id}`, { name, settings }),
  tasks: (filter, after = 0, limit = 60) => asked(`/api/tasks?${query({ ...filter, after, limit })}`),
  task: (id, filter) => asked(`/api/tasks/${id}?${query(filter)}`),
  reveal: (id) => posted(`/api/tasks/${id}/reveal`, {}),
  claim: (project) => posted("/api/queue/claim", { project }),
  renew: (task, token) => posted("/api/queue/renew", { task, token }),
  /** Also while the page closes. */
  release: (task, token) => posted("/api/queue/release", { task, token }, { keepalive: true }),
  gold: (id) => asked(`/api/tasks/${id}/gold`),
  setGold: (id, edit) => put(`/api/tasks/${id}/gold`, { edit }),
  history: (id) => asked(`/api/tasks/${id}/history`),
  revision: (id, revision) => asked(`/api/tasks/${id}/revisions/${revision}`),
  work: () => asked("/api/work"),
  models: () => asked("/api/models"),
  snap: (task, box, signal) => posted("/api/assist/snap", { task, box }, { signal }),
  askModel: (task, box, question, model) => posted("/api/assist/ask", { task, box, question, model }),
  proposeAgain: (task, model) => posted("/api/assist/propose", { task, model }),
  boxHistory: (task, region) => asked(`/api/tasks/${task}/boxes/${encodeURIComponent(region)}/history`),
  sample: () => posted("/api/projects/sample", {}),
  propose: (project, images) => posted("/api/proposals", { project, images }),
  importFolder: (project, path) => posted("/api/imports/folder", { project, path }),
  importFile: (project, file) => asked(`/api/imports?${query({ project, name: encodeURIComponent(file.name) })}`, { method: "POST", body: file }),
  job: (name) => asked(`/api/jobs/${name}`),
  cancel: (name) => posted(`/api/jobs/${name}/cancel`, {}),
  exportOptions: () => asked("/api/exports/options"),
  exported: (wanted) => posted("/api/exports", wanted),
  /** Rejects where there is no answer. */
  async save(task, body) {
    const text = JSON.stringify(body);
    const answer = await fetch(`/api/tasks/${task}/revisions`, { method: "POST", headers: { "Content-Type": "application/json" }, body: text, keepalive: text.length < 60_000 });
    return { status: answer.status, body: await answer.json().catch(() => ({})) };
  },
  /** {status, body}; rejects where there is no answer. */
  async signIn(name, password) {
    const answer = await fetch("/api/session", { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ name, password }) });
    return { status: answer.status, body: await answer.json().catch(() => ({})) };
  },
};

const MOST_UNANSWERED = 240; // a minute: the work goes on while the network does not

/** Asks after a job until it ends; `onProgress({done, total})`. Resolves to its result, rejects with its message. */
export async function followed(name, onProgress) {
  for (let unanswered = 0; ;) {
    const job = await api.job(name).catch((error) => {
      if (error instanceof Refused || ++unanswered > MOST_UNANSWERED) throw error;
      return { state: "running" };
    });
    if (job.total !== undefined) {
      unanswered = 0;
      onProgress(job);
    }
    if (job.state === "done") return job.result;
    if (job.state !== "running") throw new Error(refusal({ ...job, error: job.message }));
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
}
