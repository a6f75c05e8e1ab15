/** Photo and voice note: made small on the phone, so that a poor connection carries them. */

const LONGEST_SIDE = 1280;
const QUALITY = 0.8;
const BITS_PER_S = 24_000;
export const LONGEST_S = 90;
const KINDS = ["audio/webm;codecs=opus", "audio/ogg;codecs=opus", "audio/mp4"];

/** Draws a photo anew, smaller; what the camera wrote beside it stays behind. One that cannot be drawn is sent as it is. */
export async function smaller(file: Blob): Promise<Blob> {
  try {
    const picture = await createImageBitmap(file, { imageOrientation: "from-image" });
    const by = Math.min(1, LONGEST_SIDE / Math.max(picture.width, picture.height));
    const canvas = document.createElement("canvas");
    canvas.width = Math.max(1, Math.round(picture.width * by));
    canvas.height = Math.max(1, Math.round(picture.height * by));
    canvas.getContext("2d")?.drawImage(picture, 0, 0, canvas.width, canvas.height);
    const made = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, "image/jpeg", QUALITY));
    return made ?? file;
  } catch {
    return file;
  }
}

/** Whether this browser records by itself: it must have come over HTTPS or from this computer. */
export function canRecord(): boolean {
  return typeof MediaRecorder !== "undefined" && navigator.mediaDevices !== undefined;
}

/** Begins to record; the promise of `done` is kept when `stop` is called or the longest time is over. */
export async function record(): Promise<{ stop: () => void; done: Promise<Blob> }> {
  const stream = await navigator.mediaDevices.getUserMedia({ audio: true });
  const kind = KINDS.find((one) => MediaRecorder.isTypeSupported(one));
  const recorder = new MediaRecorder(stream, { audioBitsPerSecond: BITS_PER_S, ...(kind === undefined ? {} : { mimeType: kind }) });
  const heard: Blob[] = [];
  const done = new Promise<Blob>((resolve) => {
    recorder.ondataavailable = (event) => heard.push(event.data);
    recorder.onstop = () => {
      for (const track of stream.getTracks()) track.stop();
      resolve(new Blob(heard, { type: recorder.mimeType }));
    };
  });
  const stop = (): void => {
    if (recorder.state !== "inactive") recorder.stop();
  };
  recorder.start();
  setTimeout(stop, LONGEST_S * 1000);
  return { stop, done };
}
