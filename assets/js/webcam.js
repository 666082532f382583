/* A photograph from the camera: a dialog with the live picture and a button that takes it. */

import { createDialog } from "./dialog.js";
import { button, el } from "./dom.js";

const REASONS = {
  NotAllowedError: "The browser was not allowed to use the camera. Allow it in the address bar's site settings, then try again.",
  NotFoundError: "No camera was found. Connect one, or choose a file instead.",
  NotReadableError: "The camera is in use by another program. Close that, then try again.",
  OverconstrainedError: "The camera cannot give such a picture. Choose a file instead.",
};
const INSECURE = "Browsers give the camera to secure pages only. Open the studio on https:// or on localhost, or choose a file instead.";

export const reasonOf = (name) => REASONS[name] ?? "The camera could not be started. Choose a file instead.";

async function start(video) {
  if (!navigator.mediaDevices) return INSECURE;
  try {
    video.srcObject = await navigator.mediaDevices.getUserMedia({ video: { width: { ideal: 1920 }, height: { ideal: 1080 } } });
    return "";
  } catch (error) {
    if (!(error instanceof DOMException)) throw error;
    return reasonOf(error.name);
  }
}

const stop = (video) => {
  for (const track of video.srcObject?.getTracks() ?? []) track.stop();
  video.srcObject = null;
};

/** The present picture, as it is: PNG, for another compression would show in the judgement. */
function take(video) {
  const canvas = el("canvas", { width: video.videoWidth, height: video.videoHeight });
  canvas.getContext("2d").drawImage(video, 0, 0);
  return new Promise((resolve) => canvas.toBlob((blob) => resolve(new File([blob], "webcam.png", { type: "image/png" })), "image/png"));
}

/** Opens the dialog within `host`; `onPicture(file)` when one was taken. */
export async function openWebcam(host, onPicture) {
  const video = el("video", { class: "giqa-video", autoplay: true, playsinline: true, muted: true, "aria-label": "Live picture of the camera" });
  const message = el("p", { class: "giqa-error", role: "alert", hidden: true });
  const shoot = button({ iconName: "camera", title: "Take the picture", text: "Take the picture", kind: "primary", disabled: true });
  const dialog = createDialog("Camera", message, video, el("footer", {}, shoot));
  video.muted = true;
  video.addEventListener("loadeddata", () => { shoot.disabled = false; });
  shoot.addEventListener("click", async () => {
    const file = await take(video);
    dialog.close();
    onPicture(file);
  });
  dialog.addEventListener("close", () => {
    stop(video);
    dialog.remove();
  });
  host.append(dialog);
  dialog.showModal();
  const problem = await start(video);
  if (!dialog.open) return stop(video);
  message.textContent = problem;
  message.hidden = !problem;
  video.hidden = Boolean(problem);
  return undefined;
}
