/** The words of the page: from the server's one list, kept for when the connection is poor. */

import { get, type Lang } from "./api";

const KEPT = "cities.words.";
let words: Record<string, string> = {};
let current: Lang = "km";

/** The language in use: chosen before, else the browser's, else Khmer. */
export function language(): Lang {
  const chosen = localStorage.getItem("cities.lang");
  if (chosen === "km" || chosen === "en") return chosen;
  return navigator.language.startsWith("en") ? "en" : "km";
}

/** Loads the words of a language, all of them or those of one small page; without a connection those of the last time. */
export async function load(lang: Lang, from = "api/words"): Promise<void> {
  current = lang;
  localStorage.setItem("cities.lang", lang);
  document.documentElement.lang = lang;
  try {
    words = await get<Record<string, string>>(`${from}?lang=${lang}`);
    localStorage.setItem(KEPT + from + lang, JSON.stringify(words));
  } catch (error) {
    const kept = localStorage.getItem(KEPT + from + lang);
    if (kept === null) throw error;
    words = JSON.parse(kept) as Record<string, string>;
  }
}

/** A word with its braces filled; its key where it is missing, so that it is seen in a test. */
export function say(key: string, given: Record<string, string | number> = {}): string {
  const text = words[key] ?? key;
  return text.replace(/\{(\w+)\}/g, (_, name: string) => String(given[name] ?? `{${name}}`));
}

/** Digits of prose in the language's own script. */
export function digits(text: string): string {
  return current === "km" ? text.replace(/[0-9]/g, (digit) => "០១២៣៤៥៦៧៨៩"[Number(digit)] as string) : text;
}

/** A number for people to read: thousands parted by commas, as many decimals as asked. */
export function number(value: number | null, decimals = 0): string {
  if (value === null || Number.isNaN(value)) return say("report.shown.unknown");
  return value.toLocaleString("en", { minimumFractionDigits: decimals, maximumFractionDigits: decimals });
}
