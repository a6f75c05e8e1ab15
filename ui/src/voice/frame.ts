/** The frame of the small pages: head with the switch of languages, main part, faults said in one way. */

import "../style.css";
import { Faults, type Lang } from "../api";
import { el, fill } from "../map/dom";
import { language, load, say } from "../words";

/** Builds a page in the language in use, and again when another is chosen. */
export async function frame(page: "citizen" | "office" | "workshop", draw: (main: HTMLElement, lang: Lang) => Promise<void>): Promise<void> {
  const root = document.getElementById("page") as HTMLElement;
  const build = async (lang: Lang): Promise<void> => {
    await load(lang, `api/form/words/${page}`);
    document.title = say(`web.${page}.title`);
    const main = el("main", { class: `inner ${page}`, id: "main", tabindex: "-1" });
    const other: Lang = lang === "km" ? "en" : "km";
    const change = el("button", { type: "button", lang: other, class: "push", onclick: () => void build(other).then(() => root.querySelector<HTMLElement>(".bar button")?.focus()) }, other === "km" ? "ខ្មែរ" : "English");
    fill(
      root,
      el("a", { class: "skip", href: "#main", onclick: (event: Event) => (event.preventDefault(), main.focus()) }, say("web.citizen.skip")),
      el("header", { class: "bar" }, el("h1", {}, say(`web.${page}.title`)), change),
      main,
    );
    await draw(main, lang);
  };
  try {
    await build(language());
  } catch (error) {
    fill(root, el("p", { class: "fault", role: "alert" }, ...lines(error)));
  }
}

/** What went wrong, for people to read. */
export function lines(error: unknown): string[] {
  if (error instanceof Faults) return error.status === 0 ? [say("web.citizen.away")] : [error.lines.join(" ")];
  return [error instanceof Error ? error.message : String(error)];
}

/** A place where something is said to everybody, also to a screen reader. */
export function told(): { at: HTMLElement; say: (text: string, kind?: "done" | "fault" | "care") => void } {
  const at = el("p", { class: "done", role: "status" });
  return {
    at,
    say: (text, kind = "done") => {
      at.className = kind;
      at.setAttribute("role", kind === "fault" ? "alert" : "status");
      at.textContent = text;
    },
  };
}

/** A label with its field. */
export function field(name: string, input: HTMLElement & { id: string }, note?: string): HTMLElement {
  const hint = note === undefined ? null : el("small", { id: `${input.id}-note` }, note);
  if (hint !== null) input.setAttribute("aria-describedby", hint.id);
  return el("div", { class: "field" }, el("label", { for: input.id }, name), input, hint);
}
