/** What the office asks of the server. */

import { type Lang, ask, get, send } from "../api";

export type Voice = {
  id: string; category: string; text: string; lang: Lang; lat: number | null; lon: number | null; place: string | null; said_at: string; kept_at: string; status: string;
  office: string | null; answer: string | null; answered_at: string | null; duplicate_of: string | null; channel: string; is_shown: number; photo: boolean; sound: boolean; next: string[];
};
export type Alike = { id: string; alike: number; distance_m: number | null; text: string };
export type Counts = { counts: { place: string; category: string; n: number | null }[]; answering: { n: number; n_open: number; n_answered: number; median_days: number | null } };
export type Handling = { status?: string; office?: string; answer?: string; duplicate_of?: string; note?: string; is_shown?: boolean };
export type Asked = { status: string; category: string; skip: number };
export const MOST = 25;
export const STATUSES = ["received", "seen", "in_progress", "answered", "closed", "duplicate", "refused"];
export const CATEGORIES = ["economic", "food", "health", "environmental", "personal", "community", "political"];

/** The query of a list. */
export function query({ status, category, skip }: Asked): string {
  const given = new URLSearchParams({ skip: String(skip), most: String(MOST) });
  if (status !== "") given.set("status", status);
  if (category !== "") given.set("category", category);
  return given.toString();
}

/** Only what changed: an unchanged field is not sent, so that two officers do not undo each other's work. */
export function changed(before: Voice, now: { status: string; office: string; answer: string; note: string; is_shown: boolean; duplicate_of: string }): Handling {
  const what: Handling = {};
  if (now.status !== before.status) what.status = now.status;
  if (now.office.trim() !== (before.office ?? "") && now.office.trim() !== "") what.office = now.office.trim();
  if (now.answer.trim() !== (before.answer ?? "") && now.answer.trim() !== "") what.answer = now.answer.trim();
  if (now.note.trim() !== "") what.note = now.note.trim();
  if (now.is_shown !== (before.is_shown === 1)) what.is_shown = now.is_shown;
  if (now.status === "duplicate" && now.duplicate_of.trim() !== "") {
    what.status = "duplicate";
    what.duplicate_of = now.duplicate_of.trim().toUpperCase();
  }
  return what;
}

export const list = (asked: Asked): Promise<{ n: number; voices: Voice[] }> => get(`api/office/voices?${query(asked)}`);
export const alike = (id: string): Promise<Alike[]> => get(`api/office/voices/${id}/alike`);
export const counts = (): Promise<Counts> => get("api/counts");
export const handle = async (id: string, what: Handling): Promise<Voice> => (await send<Voice>("POST", `api/office/voices/${id}`, what)) as Voice;

/** Sends a CSV file. */
export async function takeIn(file: File): Promise<{ kept: number; known: number; without_consent: number }> {
  const form = new FormData();
  form.set("file", file);
  return (await (await ask("api/import", { method: "POST", body: form })).json()) as { kept: number; known: number; without_consent: number };
}
