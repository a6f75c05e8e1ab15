/** The table beside the map: the same numbers for those who do not see it, or want to sort them. */

import { say } from "../words";
import { el, fill } from "./dom";
import { interval, shown, signed } from "./format";
import { nameOf, tell, type Page } from "./model";

type Column = "name" | "value" | "after" | "difference";
type Sorted = { column: Column; descends: boolean };

const difference = (page: Page, place: string): number => {
  const found = page.after.get(place);
  return found === undefined ? 0 : (found.after ?? Number.NaN) - (found.before ?? Number.NaN);
};

function order(page: Page, one: string, other: string, { column, descends }: Sorted): number {
  if (column === "name") return nameOf(page, one).localeCompare(nameOf(page, other), page.lang) * (descends ? -1 : 1);
  const value = (place: string): number => {
    if (column === "difference") return difference(page, place);
    const now = page.rows.get(place)?.value ?? Number.NaN;
    return column === "after" ? (page.after.get(place)?.after ?? now) : now;
  };
  const [first, second] = [value(one), value(other)];
  if (Number.isNaN(first) || Number.isNaN(second)) return Number(Number.isNaN(first)) - Number(Number.isNaN(second));
  return (first - second) * (descends ? -1 : 1);
}

/** Makes the table; returns what is to be called when numbers or the choice change. */
export function placesTable(page: Page, where: HTMLElement): () => void {
  let sorted: Sorted = { column: "value", descends: false };
  const head = (column: Column, text: string): HTMLElement =>
    el("th", { scope: "col", class: column === "name" ? "" : "number", "aria-sort": sorted.column === column ? (sorted.descends ? "descending" : "ascending") : null },
      el("button", { type: "button", "data-column": column, onclick: () => {
        sorted = { column, descends: sorted.column === column ? !sorted.descends : false };
        show();
        where.querySelector<HTMLElement>(`[data-column=${column}]`)?.focus();
      } }, text));
  const line = (place: string): HTMLElement => {
    const row = page.rows.get(place);
    const after = page.after.get(place);
    const known = row !== undefined && row.value !== null;
    const value = row === undefined ? say("report.shown.unknown") : shown(row.value, page.indicator);
    return el("tr", { class: page.chosen === place ? "chosen" : "", "data-place": place },
      el("th", { scope: "row" }, el("button", { type: "button", class: "quiet", "aria-current": page.chosen === place ? "true" : null, onclick: () => { page.chosen = place; tell(page, "chosen"); } }, nameOf(page, place))),
      el("td", { class: "number" }, value, el("small", {}, known ? interval(row, page.indicator) : say(`word.status.${row?.status ?? "missing"}`))),
      page.answer === null ? null : el("td", { class: "number" }, after === undefined ? "" : shown(after.after, page.indicator)),
      page.answer === null ? null : el("td", { class: "number" }, after === undefined ? "" : signed(difference(page, place), Math.max(page.indicator.decimals, 1))));
  };
  function show(): void {
    const places = page.units.map((one) => one.place).sort((one, other) => order(page, one, other, sorted));
    const whole = page.rows.has(page.root) && !places.includes(page.root) ? [line(page.root)] : [];
    fill(where, el("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": page.indicator.title }, el("table", {},
      el("caption", {}, page.indicator.title, el("small", {}, ` ${page.city.groups.find((one) => one.id === page.group)?.title ?? ""}`)),
      el("thead", {}, el("tr", {}, head("name", say("web.map.place")), head("value", say("web.map.value")),
        page.answer === null ? null : head("after", say("whatif.answer.after")), page.answer === null ? null : head("difference", say("web.map.difference")))),
      el("tbody", {}, ...whole, ...places.map(line)))));
  }
  return show;
}
