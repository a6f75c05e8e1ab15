/** Places side by side: every number both have, with interval and coverage; what is surely better is marked. */

import { el, fill } from "../map/dom";
import { interval, shown } from "../map/format";
import { say } from "../words";
import { nameOf, once, rowsOf, surelyBetter, tell, type NationIndicator, type Row, type Whole } from "./model";
import { compare } from "./place";
import { basis, percent } from "./table";

type OfPlace = Row & { indicator: string };

/** Shows the comparison. */
export async function showCompare(whole: Whole, where: HTMLElement): Promise<void> {
  const places = [...whole.compared];
  const rows = await Promise.all(places.map(async (place) => new Map(rowsOf<OfPlace>(await once<Record<string, unknown[]>>(whole, `places/${place}?group=${whole.group}`)).map((row) => [row.indicator, row]))));
  if (places.join() !== whole.compared.join()) return;
  const names = [...whole.places.values()].filter((one) => one.level !== "commune" && one.level !== "village");
  const list = el("datalist", { id: "all-places" }, ...names.map((one) => el("option", { value: `${nameOf(whole, one.place)} (${one.place})` })));
  const field = el("input", { id: "compare-add", list: "all-places", autocomplete: "off", onchange: () => {
    const code = field.value.match(/\(([^()]+)\)\s*$/)?.[1] ?? field.value.trim();
    if (whole.places.has(code)) compare(whole, code);
  } });
  const drop = (place: string): HTMLElement => el("button", { type: "button", class: "quiet", "aria-label": say("web.nation.compare_drop", { name: nameOf(whole, place) }), onclick: () => {
    whole.compared = whole.compared.filter((one) => one !== place);
    tell(whole, "compared");
    document.getElementById("compare-add")?.focus();
  } }, "×");
  const parts = whole.nation.dimensions.map((dimension) => [dimension, whole.nation.indicators.filter((one) => one.dimension === dimension.id && rows.some((each) => (each.get(one.id)?.value ?? null) !== null))] as const).filter(([, all]) => all.length > 0);
  fill(where, el("h2", {}, say("web.nation.compare")), el("p", { class: "note" }, say("web.nation.compare_how")),
    el("div", { class: "field" }, el("label", { for: "compare-add" }, say("web.nation.compare_add")), field, list),
    places.length === 0 ? el("p", {}, say("web.nation.choose_place")) : el("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": say("web.nation.compare") }, el("table", { class: "compared" },
      el("thead", {}, el("tr", {}, el("th", { scope: "col" }, say("web.nation.indicator")), ...places.map((place) => el("th", { scope: "col", class: "number" }, nameOf(whole, place), drop(place))))),
      ...parts.map(([dimension, all]) => el("tbody", {},
        el("tr", {}, el("th", { scope: "rowgroup", colspan: places.length + 1, class: "band" }, dimension.title)),
        ...all.map((one) => el("tr", {}, el("th", { scope: "row" }, one.title), ...rows.map((each, at) => cell(one, each.get(one.id), rows.filter((_, other) => other !== at).map((row) => row.get(one.id)))))))))));
}

function cell(indicator: NationIndicator, row: OfPlace | undefined, others: readonly (OfPlace | undefined)[]): HTMLElement {
  if (row === undefined || row.value === null) return el("td", { class: "number hatch" }, el("span", { class: "on-hatch" }, say(`word.status.${row?.status ?? "missing"}`)));
  const rest = others.filter((one): one is OfPlace => one !== undefined && one.value !== null);
  const best = rest.length > 0 && rest.every((one) => surelyBetter(row, one, indicator.better));
  return el("td", { class: "number" }, shown(row.value, indicator), best ? el("b", { class: "best" }, ` ▲ ${say("web.nation.better_mark")}`) : null,
    el("small", {}, interval(row, indicator)), el("small", {}, `${percent(row.coverage_people)} · ${basis(row)}`));
}
