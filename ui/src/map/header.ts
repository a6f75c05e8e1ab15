/** Head of the page: the city, the indicator, the group, places or cells, the language. */

import { say } from "../words";
import { el, fill } from "./dom";
import type { City, Indicator, Page } from "./model";

/** What a list of indicators needs to know. */
export type Picked<I extends Indicator = Indicator> = { city: Pick<City, "dimensions"> & { indicators: I[] }; indicator: I; ended: AbortSignal };

export type Acts = {
  city: (code: string) => void; indicator: (one: Indicator) => void; group: (id: string) => void; mode: (mode: "places" | "cells") => void; lang: () => void;
};

/** Makes the head; returns what is to be called when something else chose. */
export function header(page: Page, where: HTMLElement, acts: Acts): () => void {
  const group = el("select", { id: "group", onchange: () => acts.group(group.value) });
  const modes = (["places", "cells"] as const).map((mode) => [mode, el("button", { type: "button", onclick: () => acts.mode(mode) }, say(`web.map.${mode}`))] as const);
  const { button, list } = picker(page, acts.indicator);
  const other = page.lang === "km" ? "en" : "km";
  fill(
    where,
    el("h1", {}, page.cities.length > 1 ? citySelect(page, acts.city) : page.city.name, el("small", {}, ` ${page.city.period}`)),
    el("div", { class: "picker" }, button, list),
    el("div", { class: "row" }, el("label", { for: "group" }, say("web.map.group")), group),
    el("div", { class: "row", role: "group", "aria-label": say("web.map.shown_by") }, ...modes.map(([, one]) => one)),
    el("nav", { class: "row push", "aria-label": say("web.map.pages") },
      ...(page.has_nation ? [el("a", { href: "nation.html" }, say("web.nation.page"))] : []),
      ...["voice", "workshop", "office"].map((name) => el("a", { href: `${name}.html` }, say(`web.map.page_${name}`))),
      el("button", { type: "button", id: "language", lang: other, onclick: acts.lang }, other === "km" ? "ខ្មែរ" : "English")),
  );
  return () => {
    button.replaceChildren(el("span", {}, page.indicator.title));
    const asked = page.city.groups.filter((one) => page.indicator.groups.includes(one.id));
    fill(group, ...asked.map((one) => el("option", { value: one.id, selected: one.id === page.group }, one.title)));
    for (const [mode, one] of modes) {
      one.setAttribute("aria-pressed", String(mode === page.mode));
      one.toggleAttribute("disabled", mode === "cells" && !page.indicator.has_cells);
    }
  };
}

function citySelect(page: Page, choose: (code: string) => void): HTMLElement {
  const made = el("select", { "aria-label": say("web.map.city"), onchange: () => choose(made.value) },
    ...page.cities.map((one) => el("option", { value: one.code, selected: one.code === page.city.code }, one.name)));
  return made;
}

/** A list of indicators by dimension with a search; arrows walk through it. */
export function picker<I extends Indicator>(page: Picked<I>, choose: (one: I) => void): { button: HTMLButtonElement; list: HTMLElement } {
  const search = el("input", { type: "search", "aria-label": say("web.map.search"), placeholder: say("web.map.search"), autocomplete: "off", oninput: () => show() });
  const found = el("div", { class: "found" });
  const list = el("div", { class: "choices", id: "choices", hidden: true, onkeydown: walk }, search, found);
  const button = el("button", { type: "button", id: "indicator", "aria-expanded": "false", "aria-controls": "choices", onclick: () => open(list.hidden === true) });
  const label = say("web.map.indicator");
  button.title = label;
  function open(wanted: boolean): void {
    list.hidden = !wanted;
    button.setAttribute("aria-expanded", String(wanted));
    if (!wanted) return;
    search.value = "";
    show();
    search.focus();
  }
  function show(): void {
    const words = search.value.toLocaleLowerCase().split(/\s+/).filter(Boolean);
    const kept = page.city.indicators.filter((one) => words.every((word) => `${one.title} ${one.meaning} ${one.id}`.toLocaleLowerCase().includes(word)));
    const parts = page.city.dimensions.map((dimension) => [dimension, kept.filter((one) => one.dimension === dimension.id)] as const).filter(([, all]) => all.length > 0);
    fill(found, ...(parts.length === 0 ? [el("p", { role: "status" }, say("web.map.none_found"))] : parts.map(([dimension, all]) => el("section", {},
      el("h2", {}, dimension.title),
      ...all.map((one) => el("button", { type: "button", class: "quiet", "aria-current": one.id === page.indicator.id ? "true" : null, onclick: () => take(one) }, one.title))))));
  }
  function take(one: I): void {
    open(false);
    button.focus();
    choose(one);
  }
  function walk(event: KeyboardEvent): void {
    const all = [search, ...found.querySelectorAll("button")] as HTMLElement[];
    const at = all.indexOf(document.activeElement as HTMLElement);
    if (event.key === "Escape") { open(false); button.focus(); }
    else if (event.key === "ArrowDown") all[Math.min(at + 1, all.length - 1)]?.focus();
    else if (event.key === "ArrowUp") all[Math.max(at - 1, 0)]?.focus();
    else if (event.key === "Enter" && at === 0) all[1]?.click();
    else return;
    event.preventDefault();
  }
  document.addEventListener("pointerdown", (event) => {
    if (!list.hidden && !list.contains(event.target as Node) && !button.contains(event.target as Node)) open(false);
  }, { signal: page.ended });
  return { button, list };
}
