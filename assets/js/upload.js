/* Sending an image to the studio, with its progress, and saying in plain words what went wrong. */

export const ROUTE = "/api/images";

const UNREACHABLE = "The image could not be sent: the studio did not answer. Check that it is running and that you are connected, then try again.";

/** What an answer means: {image} or {error}. `status`: HTTP; `body`: its text. */
export function readAnswer(status, body) {
  let answer = null;
  try {
    answer = JSON.parse(body);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error; // a proxy's HTML page, say
  }
  if (status >= 200 && status < 300 && answer?.url) return { image: answer };
  if (typeof answer?.error === "string") return { error: answer.error };
  if (status === 413) return { error: "The image is too large to be sent. Choose a smaller file." };
  return { error: `The studio could not take the image (status ${status}). Try again, or try another file.` };
}

/** Posts the file as it is. `onProgress(share in [0, 1])`. Resolves to {image}, {error} or {cancelled: true}; never rejects. */
export function send(file, onProgress, { signal } = {}) {
  return new Promise((resolve) => {
    const request = new XMLHttpRequest(); // fetch tells no progress of what it sends
    request.open("POST", ROUTE);
    request.setRequestHeader("X-Filename", encodeURIComponent(file.name || "pasted.png"));
    request.setRequestHeader("Content-Type", "application/octet-stream");
    request.upload.addEventListener("progress", (event) => event.lengthComputable && onProgress(event.loaded / event.total));
    request.addEventListener("load", () => resolve(readAnswer(request.status, request.responseText)));
    request.addEventListener("error", () => resolve({ error: UNREACHABLE }));
    request.addEventListener("abort", () => resolve({ cancelled: true }));
    signal?.addEventListener("abort", () => request.abort());
    request.send(file);
  });
}
