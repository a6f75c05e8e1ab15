/** The places of the scope as a table: what the map shows, for keyboards and screen readers; a place can be gone into. */

import { number, say } from "../words";
import { el, fill } from "../map/dom";
import { interval, shown } from "../map/format";
import { below, inScope, nameOf, tell, type Row, type Whole } from "./model";

type Column = "name" | "value" | "coverage";
type Sorted = { column: Column; descends: boolean };
const MOST = 250;

export const percent = (share: number | null): string => (share === null ? say("report.shown.unknown") : `${number(share * 100)}%`);
export const basis = (row: Pick<Row, "basis"> | undefined): string => say(`web.nation.basis_${row?.basis || "unknown"}`);

/** What is known where the value itself is not: that of the people covered, said as such. */
export function ofCovered(whole: Pick<Whole, "indicator">, row: Row | undefined): string {
  if (row === undefined || row.value !== null || row.of_covered === undefined || row.of_covered === null) return "";
  return say("web.nation.of_covered", { value: shown(row.of_covered, whole.indicator), share: percent(row.coverage_people) });
}

/** Places in order; what is not known comes last. */
export function sortedBy(whole: Whole, { column, descends }: Sorted): string[] {
  const of = (place: string): number => {
    const row = whole.rows.get(place);
    return (column === "coverage" ? row?.coverage_people : row?.value) ?? Number.NaN;
  };
  return inScope(whole).map((one) => one.place).sort((one, other) => {
    if (column === "name") return nameOf(whole, one).localeCompare(nameOf(whole, other), whole.lang) * (descends ? -1 : 1);
    const [first, second] = [of(one), of(other)];
    if (Number.isNaN(first) || Number.isNaN(second)) return Number(Number.isNaN(first)) - Number(Number.isNaN(second));
    return (first - second) * (descends ? -1 : 1);
  });
}

/** Makes the table; returns what is to be called when numbers, scope or choice change. */
export function placesTable(whole: Whole, where: HTMLElement, into: (place: string) => void): () => void {
  let chosen: Sorted | null = null;
  let sorted: Sorted = { column: "value", descends: true };
  const head = (column: Column, text: string): HTMLElement =>
    el("th", { scope: "col", class: column === "name" ? "" : "number", "aria-sort": sorted.column === column ? (sorted.descends ? "descending" : "ascending") : null },
      el("button", { type: "button", "data-column": column, onclick: () => {
        chosen = { column, descends: sorted.column === column ? !sorted.descends : false };
        show();
        where.querySelector<HTMLElement>(`[data-column=${column}]`)?.focus();
      } }, text));
  const line = (place: string): HTMLElement => {
    const row = whole.rows.get(place);
    const known = row !== undefined && row.value !== null;
    const isScope = place === whole.within;
    return el("tr", { class: whole.chosen === place ? "chosen" : "", "data-place": place },
      el("th", { scope: "row" },
        el("button", { type: "button", class: "quiet", "aria-current": whole.chosen === place ? "true" : null, onclick: () => { whole.chosen = place; tell(whole, "chosen"); } }, nameOf(whole, place)),
        isScope || below(whole, place) === null ? null : el("button", { type: "button", class: "quiet into", "aria-label": say("web.nation.down", { name: nameOf(whole, place) }), onclick: () => into(place) }, "›")),
      el("td", { class: "number" }, known ? shown(row.value, whole.indicator) : say("report.shown.unknown"), el("small", {}, known ? interval(row, whole.indicator) : ofCovered(whole, row) || say(`word.status.${row?.status ?? "missing"}`))),
      el("td", { class: "number" }, known ? percent(row.coverage_people) : "", el("small", {}, known ? basis(row) : "")));
  };
  function show(): void {
    sorted = chosen ?? { column: "value", descends: whole.indicator.better !== "higher" }; // the worst first
    const places = sortedBy(whole, sorted);
    const group = whole.nation.groups.find((one) => one.id === whole.group)?.title ?? "";
    const rows = places.slice(0, MOST).map(line);
    const body = el("tbody", {}, line(whole.within), ...rows);
    fill(where, el("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": whole.indicator.title }, el("table", {},
      el("caption", {}, whole.indicator.title, el("small", {}, ` ${group}`)),
      el("thead", {}, el("tr", {}, head("name", say(`word.level.${whole.level}`)), head("value", say("web.map.value")), head("coverage", say("web.nation.coverage_short")))),
      body)));
    if (places.length <= MOST) return;
    const more = el("button", { type: "button", onclick: () => { body.append(...places.slice(MOST).map(line)); more.remove(); } }, say("web.map.more_items", { n: number(places.length - MOST) }));
    where.append(more);
  }
  return show;
}
