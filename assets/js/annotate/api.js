/* The studio's annotation routes. Reading rejects with an Error whose message can be shown; saving tells the status, for the queue to judge. */

const UNREACHABLE = "The studio does not answer. Check that it is running and that you are connected.";

export async function asked(path, options = {}) {
  let answer;
  try {
    answer = await fetch(path, options);
  } catch {
    throw new Error(UNREACHABLE);
  }
  const body = await answer.json().catch(() => null); // a proxy's HTML page, say
  if (!answer.ok) throw new Error(body?.error ?? `The studio answered with status ${answer.status}.`);
  return body;
}

export const posted = (path, body) => asked(path, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });

export const query = (filter) => new URLSearchParams(Object.entries(filter).filter(([, value]) => value !== null && value !== "")).toString();

export const api = {
  projects: () => asked("/api/projects"),
  tasks: (filter, after = 0, limit = 60) => asked(`/api/tasks?${query({ ...filter, after, limit })}`),
  task: (id, filter) => asked(`/api/tasks/${id}?${query(filter)}`),
  history: (id) => asked(`/api/tasks/${id}/history`),
  revision: (id, revision) => asked(`/api/tasks/${id}/revisions/${revision}`),
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
};

/** Asks after a job until it ends; `onProgress({done, total})`. Resolves to its result, rejects with its message. */
export async function followed(name, onProgress) {
  for (;;) {
    const job = await api.job(name);
    onProgress(job);
    if (job.state === "done") return job.result;
    if (job.state !== "running") throw new Error(job.message);
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
}
