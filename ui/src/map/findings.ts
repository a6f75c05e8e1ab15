/** Challenges found by the diagnosis, and the plan on its years. */

import type { Map as Picture } from "maplibre-gl";
import { get } from "../api";
import { digits, number, say } from "../words";
import { el, fill } from "./dom";
import { nameOf, path, type Page } from "./model";
import { put } from "./picture";

type Challenge = { challenge: string; dimension: string; rank: number | null; severity: number | null; people: number | null; where: string; lead: string; status: string };
type Item = {
  item: string; action: string; place: string; lon: number; lat: number; units: number; unit: string; start_year: number; ready_year: number;
  capital_usd: number; people: number | null; site_name: string; [other: string]: unknown;
};
const MOST = 60;

/** Lists the challenges; one that is chosen shows its leading indicator. */
export async function showChallenges(page: Page, where: HTMLElement, lead: (id: string) => void): Promise<void> {
  const all = page.city.has_diagnosis ? await get<Challenge[]>(path(page, "diagnose/challenges")).catch(() => []) : [];
  const ranked = all.filter((one) => one.rank !== null).sort((one, other) => (one.rank as number) - (other.rank as number));
  const rest = all.filter((one) => one.rank === null);
  const card = (one: Challenge): HTMLElement => el("li", { class: "card" },
    el("h3", {}, say(`challenge.${one.challenge}.title`)),
    el("p", { class: "note" }, say(`word.dimension.${one.dimension}`)),
    el("p", {}, one.people === null ? say("web.map.people_unknown") : say("web.map.people_meet", { n: number(one.people) })),
    one.where === "" ? null : el("p", {}, `${say("web.map.where")}: ${one.where.split(" ").map((place) => nameOf(page, place)).join(", ")}`),
    page.city.indicators.some((each) => each.id === one.lead) ? el("button", { type: "button", onclick: () => lead(one.lead) }, say("web.map.on_map")) : null);
  fill(
    where,
    el("h2", {}, say("web.map.challenges")),
    ranked.length === 0 ? el("p", {}, say("web.map.no_challenges")) : el("ol", { class: "cards" }, ...ranked.map(card)),
    rest.length === 0 ? null : el("p", { class: "note" }, `${say("web.map.not_ranked")}: ${rest.map((one) => say(`challenge.${one.challenge}.title`)).join(", ")}`),
  );
}

/** Shows the plan to a year: on the map, and as a list. */
export async function showPlan(page: Page, where: HTMLElement, map: Picture): Promise<void> {
  const items = page.city.has_plan ? await get<Item[]>(path(page, "plan/plan")).catch(() => []) : [];
  if (items.length === 0) {
    fill(where, el("p", {}, say("web.map.no_plan")));
    return;
  }
  const [first, last] = [Math.min(...items.map((one) => one.start_year)), Math.max(...items.map((one) => one.ready_year))];
  const year = el("input", { type: "range", min: first, max: last, step: 1, value: last, id: "year", oninput: () => show() });
  const said = el("output", { for: "year" });
  const list = el("div", {});
  fill(where, el("h2", {}, say("web.map.plan")), el("label", { for: "year" }, say("web.map.year"), " ", said), year,
    el("p", { class: "note" }, say("web.map.plan_signs")), list);
  function show(): void {
    const to = Number(year.value);
    const begun = items.filter((one) => one.start_year <= to);
    said.textContent = digits(String(to));
    year.setAttribute("aria-valuetext", digits(String(to)));
    const features = begun.filter((one) => one.lon !== null).map((one) => ({ type: "Feature" as const, properties: { ready: one.ready_year <= to, action: one.action }, geometry: { type: "Point" as const, coordinates: [one.lon, one.lat] } }));
    put(map, "plan", { type: "FeatureCollection", features });
    const cost = begun.reduce((sum, one) => sum + one.capital_usd, 0);
    const ofYear = begun.filter((one) => one.start_year === to).sort((one, other) => (other.people ?? 0) - (one.people ?? 0));
    fill(list,
      el("dl", { class: "figures" },
        el("div", {}, el("dt", {}, say("web.map.begun")), el("dd", {}, number(begun.length))),
        el("div", {}, el("dt", {}, say("web.map.capital")), el("dd", {}, say("report.shown.USD", { amount: number(cost) })))),
      el("h3", {}, say("web.map.of_year", { year: digits(String(to)) })),
      ofYear.length === 0 ? el("p", {}, say("web.map.none_of_year")) : el("ul", { class: "cards" }, ...ofYear.slice(0, MOST).map((one) => el("li", { class: "card" },
        el("b", {}, say(`action.${one.action}.title`)), " ", el("span", {}, one.site_name || nameOf(page, one.place)),
        one.people === null ? null : el("small", {}, ` ${say("web.map.people_served", { n: number(one.people) })}`)))),
      ofYear.length > MOST ? el("p", { class: "note" }, say("web.map.more_items", { n: number(ofYear.length - MOST) })) : null);
  }
  show();
}
