/** What workshops ask of the server. */

import { type Lang, get, send } from "../api";

export type Words = { challenges: { id: string; title: string; meaning: string; dimension: string }[]; groups: { id: string; title: string }[] };
export type Opinion = { challenge: string; median: number; low: number; high: number; mean: number; score_median: number | null; by_group: Record<string, number | null>; is_split: boolean };
export type Results = {
  workshop: string; title: string; is_open: boolean; table: string[]; invited: string[]; n_joined: number; n_voted: number; groups: Record<string, number>; agreement: number | null;
  challenges: Opinion[]; weights: Record<string, number>;
};
/** What a delegate's phone keeps of a workshop. */
export type Mine = { token: string; group: string; points: Record<string, number>; scores: Record<string, number>; is_sent: boolean };

export const words = (lang: Lang): Promise<Words> => get(`api/workshops/words?lang=${lang}`);
export const results = (code: string): Promise<Results> => get(`api/workshops/${code}`);
export const close = (code: string): Promise<unknown> => send("POST", `api/workshops/${code}/close`);
export const open = async (title: string, challenges: string[], groups: string[]): Promise<string> => ((await send<{ code: string }>("POST", "api/workshops", { title, challenges, groups })) as { code: string }).code;
export const join = async (code: string, group: string): Promise<string> => ((await send<{ token: string }>("POST", `api/workshops/${code}/join`, { group })) as { token: string }).token;
export const vote = (token: string, points: Record<string, number>, scores: Record<string, number>): Promise<unknown> => send("PUT", "api/workshops/ballot", { points, scores }, { authorization: `Bearer ${token}` });

const KEPT = "cities.workshop.";

/** What this phone keeps of a workshop; nothing where what is kept cannot be read. */
export function kept(code: string): Mine | null {
  try {
    return JSON.parse(localStorage.getItem(KEPT + code) ?? "null") as Mine | null;
  } catch {
    return null;
  }
}

/** Keeps what a delegate chose, so that a page loaded again has it. */
export function keep(code: string, mine: Mine | null): void {
  if (mine === null) localStorage.removeItem(KEPT + code);
  else localStorage.setItem(KEPT + code, JSON.stringify(mine));
}
