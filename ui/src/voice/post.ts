/** Sends one voice; asks what became of one. */

import { ask, get } from "../api";
import type { Waiting } from "./queue";

export type Followed = { id: string; category: string; text: string; said_at: string; status: string; office: string | null; answer: string | null; answered_at: string | null };

/** Sends a voice with its files and returns its reference. */
export async function post(one: Waiting): Promise<string> {
  let answer: Response;
  if (one.photo === undefined && one.sound === undefined) {
    answer = await ask("api/voices", { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(one.voice) });
  } else {
    const form = new FormData();
    form.set("voice", JSON.stringify(one.voice));
    if (one.photo !== undefined) form.set("photo", one.photo, "photo.jpg");
    if (one.sound !== undefined) form.set("sound", one.sound, "sound");
    answer = await ask("api/voices/with-files", { method: "POST", body: form });
  }
  return ((await answer.json()) as { id: string }).id;
}

/** Asks what became of a voice. */
export function follow(reference: string): Promise<Followed> {
  return get<Followed>(`api/voices/${encodeURIComponent(reference)}`);
}
