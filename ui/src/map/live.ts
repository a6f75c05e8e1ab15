/** The live map: opens a city, wires the parts together. */

import type * as GeoJSON from "geojson";
import { Faults, get, session, type Lang } from "../api";
import { language, load, say } from "../words";
import { coloured, differs, loadCells, paint, pixels, type Cells } from "./cells";
import { apart, bounds, classOf, colourApart, colours } from "./classes";
import { el, fill } from "./dom";
import { shown } from "./format";
import { showChallenges, showPlan } from "./findings";
import { header } from "./header";
import { push } from "./history";
import { legend, legendApart } from "./legend";
import { FIRST, linkOf, readLink } from "./link";
import { loadRows, nameOf, nothing, on, openCity, path, placesOf, tell, type Indicator, type Listed, type Page, type Scenario } from "./model";
import { showPlace } from "./place";
import { placesTable } from "./places";
import { preview } from "./preview";
import { panelsOf, tabs } from "./tabs";
import { colour, draw, loadBase, nameplaces, showCells } from "./picture";
import { ask, mayAsk, whatIf } from "./whatif";
import type { Map as Picture } from "maplibre-gl";

const TABS = ["table", "place", "challenges", "plan", "what_if"] as const;
type Tab = (typeof TABS)[number];
let end = new AbortController();
const EMPTY: GeoJSON.FeatureCollection = { type: "FeatureCollection", features: [] };

/** Opens a city; what was being tried stays when only the language changes. */
export async function start(lang: Lang, code: string | null, kept = nothing()): Promise<void> {
  const where = document.getElementById("page") as HTMLElement;
  end.abort();
  end = new AbortController();
  try {
    const [who, cities, nations] = await Promise.all([session(), get<Listed[]>(`api/cities?lang=${lang}`), get<unknown[]>(`api/nations?lang=${lang}`), load(lang)]);
    if (cities.length === 0 && nations.length > 0) return location.replace("nation.html");
    const asked = readLink(location.hash);
    const wanted = code ?? asked.city;
    const city = cities.find((one) => one.code.toLowerCase() === wanted?.toLowerCase()) ?? cities[0];
    if (city === undefined) throw new Faults(404, [say("web.map.no_city")]);
    const opened = await openCity(city.code, lang);
    const indicator = opened.city.indicators.find((one) => one.id === asked.indicator) ?? opened.city.indicators.find((one) => one.id === FIRST) ?? (opened.city.indicators[0] as Indicator);
    const page: Page = {
      ...opened, lang, session: who, cities, has_nation: nations.length > 0, indicator, group: asked.group !== null && indicator.groups.includes(asked.group) ? asked.group : "all",
      mode: asked.mode === "cells" && indicator.has_cells ? "cells" : "places", rows: new Map(),
      chosen: placesOf(opened.places).some((one) => one.place === asked.place) ? asked.place : null, facility: null, changes: kept, answer: null, after: new Map(),
      shown: "now", tool: null, seconds: 0, scenario: asked.scenario, streets: EMPTY, ended: end.signal, told: new Map(),
    };
    await build(page, where);
  } catch (error) {
    fill(where, el("main", { class: "inner" }, el("h1", {}, "Cities for all"), el("p", { class: "fault", role: "alert" }, (error as Error).message || say("web.map.away"))));
  }
}

async function build(page: Page, where: HTMLElement): Promise<void> {
  document.title = `${page.city.name} · ${say("web.map.title")}`;
  const head = el("div", { class: "bar" });
  const box = el("div", { id: "map" });
  const tip = el("div", { class: "tip", hidden: true });
  const key = el("div", { class: "legend" });
  const cross = el("div", { class: "cross", "aria-hidden": "true" });
  const panels = panelsOf(TABS);
  const { bar, open } = tabs(panels, "web.map", say("web.map.numbers"));
  fill(
    where,
    el("a", { class: "skip", href: "#panel", onclick: (event: Event) => { event.preventDefault(); bar.querySelector<HTMLElement>("[aria-selected=true]")?.focus(); } }, say("web.map.skip")),
    el("header", {}, head, page.city.is_invented ? el("p", { class: "invented" }, say("web.map.invented")) : null),
    el("main", { class: "live" }, el("section", { class: "picture", "aria-label": say("web.map.map") }, box, cross, key, tip), el("section", { class: "panel", id: "panel", "aria-label": say("web.map.numbers") }, bar, ...TABS.map((name) => panels[name]))),
  );
  const showHead = header(page, head, {
    city: (code) => { history.replaceState(null, "", "#"); void start(page.lang, code); },
    indicator: (one) => { page.indicator = one; if (!one.groups.includes(page.group)) page.group = "all"; if (!one.has_cells) page.mode = "places"; showHead(); void loadRows(page); },
    group: (id) => { page.group = id; void loadRows(page); },
    mode: (mode) => { page.mode = mode; tell(page, "shown"); },
    lang: () => void start(page.lang === "km" ? "en" : "km", page.city.code, page.changes),
  });
  const showTable = placesTable(page, panels.table);
  showHead();
  let clear = (): void => undefined;
  const rows = loadRows(page).then(() => { showTable(); if (page.mode === "places") clear = first(page, box, key); });
  const map = await draw(page, box);
  page.ended.addEventListener("abort", () => map.remove());
  await rows;
  if (page.ended.aborted) return;
  wire(page, map, { head: showHead, table: showTable, key, tip, panels, open });
  void map.once("render").then(() => requestAnimationFrame(() => clear()));
  page.ended.addEventListener("abort", () => clear());
}

/** Shows places in their colours before the map has begun; what it returns takes them away. */
function first(page: Page, box: HTMLElement, key: HTMLElement): () => void {
  const of = (place: string): number | null => page.rows.get(place)?.value ?? null;
  const inner = bounds(page.units.map((one) => of(one.place)).filter((value): value is number => value !== null), page.indicator.goalposts);
  const painted = colours(inner.length + 1);
  legend(page, key, inner);
  const units = new Set(page.units.map((one) => one.place));
  const features = page.places.features.filter((one) => units.has((one.properties as { place: string }).place));
  return preview(box, features, page.city.bounds, (place) => { const at = classOf(of(place), inner); return at === null ? null : (painted[at] as string); });
}

type Parts = { head: () => void; table: () => void; key: HTMLElement; tip: HTMLElement; panels: Record<Tab, HTMLElement>; open: (tab: Tab) => void };

function wire(page: Page, map: Picture, { head, table, key, tip, panels, open }: Parts): void {
  const repaint = painter(page, map, key);
  const showTools = whatIf(page, panels.what_if, map);
  const show = (): void => { head(); table(); repaint(); showPlace(page, panels.place); history.replaceState(null, "", linkOf(page, page.scenario)); };
  on(page, "shown", show);
  on(page, "answer", () => { tip.hidden = true; table(); repaint(); showTools(); });
  on(page, "changes", showTools);
  on(page, "facility", () => { showTools(); if (page.facility !== null && mayAsk(page)) open("what_if"); });
  on(page, "chosen", () => { table(); showPlace(page, panels.place); map.setFilter("chosen", ["==", ["get", "place"], page.chosen ?? ""]); open("place"); history.replaceState(null, "", linkOf(page, page.scenario)); });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || page.tool === null) return;
    page.tool = null;
    tell(page, "changes");
  }, { signal: page.ended });
  show();
  if (page.chosen !== null) map.setFilter("chosen", ["==", ["get", "place"], page.chosen]);
  nameplaces(map, page);
  pointing(page, map, tip);
  void loadBase(page, map).then(() => tell(page, "changes"));
  void showChallenges(page, panels.challenges, (id) => {
    const found = page.city.indicators.find((one) => one.id === id);
    if (found === undefined) return;
    page.indicator = found;
    page.group = "all";
    void loadRows(page);
  });
  void showPlan(page, panels.plan, map);
  map.setLayoutProperty("plan", "visibility", panels.plan.hidden ? "none" : "visible");
  for (const [name, panel] of Object.entries(panels)) panel.addEventListener("opened", () => map.setLayoutProperty("plan", "visibility", name === "plan" ? "visible" : "none"));
  if (page.changes.now.length > 0) void ask(page, () => undefined).then(() => open("what_if"));
  else if (page.scenario !== null && mayAsk(page)) void get<Scenario>(path(page, `scenarios/${page.scenario}`)).then((one) => { page.changes = push(page.changes, one.changes); open("what_if"); return ask(page, () => undefined); }).catch(() => undefined);
}

/** Paints what is shown: places, cells, or differences. */
function painter(page: Page, map: Picture, key: HTMLElement): () => void {
  const canvas = document.createElement("canvas");
  let kept: { id: string; cells: Cells } | null = null;
  let after_: { id: string; answer: object; cells: Cells } | null = null;
  const now = (place: string): number | null => page.rows.get(place)?.value ?? null;
  const after = (place: string): number | null => (page.after.has(place) ? (page.after.get(place)?.after ?? null) : now(place));
  const ofPlaces = (): number[] => page.units.map((one) => now(one.place)).filter((value): value is number => value !== null);
  async function cells(): Promise<void> {
    const id = page.indicator.id;
    if (kept?.id !== id) kept = { id, cells: await loadCells(path(page, `cells/${id}`)) };
    if (page.indicator.id !== id || page.mode !== "cells" || page.ended.aborted) return;
    const now = kept.cells;
    const { answer, shown: view } = page;
    if (answer !== null && view !== "now" && (after_?.id !== id || after_.answer !== answer)) {
      after_ = { id, answer, cells: await loadCells(path(page, `what-if/cells/${id}`), page.changes.now) };
      if (page.indicator.id !== id || page.mode !== "cells" || page.answer !== answer || page.ended.aborted) return;
    }
    const then = answer === null || view === "now" || after_ === null ? now : after_.cells;
    if (answer !== null && view === "difference") {
      const values = differs(now.values, then.values);
      const inner = apart(values);
      paint(canvas, now, coloured(values, (value) => colourApart(value, inner, page.indicator.better)));
      legendApart(page, key, inner);
    } else {
      const inner = bounds([...now.values], page.indicator.goalposts);
      paint(canvas, now, pixels(then.values, inner));
      legend(page, key, inner);
    }
    showCells(map, canvas, now.frame.corners);
  }
  return () => {
    if (page.mode === "cells") return void cells();
    showCells(map, null, null);
    if (page.answer !== null && page.shown === "difference") {
      const differences = new Map(page.units.map(({ place }) => [place, page.after.has(place) ? (after(place) ?? Number.NaN) - (now(place) ?? Number.NaN) : now(place) === null ? Number.NaN : 0]));
      const inner = apart([...differences.values()]);
      colour(map, page, (place) => { const one = differences.get(place) as number; return Number.isNaN(one) ? null : colourApart(one, inner, page.indicator.better); });
      return legendApart(page, key, inner);
    }
    const inner = bounds(ofPlaces(), page.indicator.goalposts);
    const painted = colours(inner.length + 1);
    const value = page.answer !== null && page.shown === "after" ? after : now;
    colour(map, page, (place) => { const number = classOf(value(place), inner); return number === null ? null : (painted[number] as string); });
    legend(page, key, inner);
  };
}

/** Says what is under the pointer; a click chooses the place. */
function pointing(page: Page, map: Picture, tip: HTMLElement): void {
  const at = (point: { x: number; y: number }): string | null => {
    const [found] = map.queryRenderedFeatures([point.x, point.y], { layers: ["places", "missing", "borders"] });
    return (found?.properties["place"] as string | undefined) ?? null;
  };
  map.on("mousemove", (event) => {
    const place = page.mode === "places" ? at(event.point) : null;
    tip.hidden = place === null;
    if (place === null) return;
    const row = page.rows.get(place);
    const after = page.after.get(place);
    const now = row?.value === undefined || row.value === null ? say(`word.status.${row?.status ?? "missing"}`) : shown(row.value, page.indicator);
    fill(tip, el("b", {}, nameOf(page, place)), el("span", {}, after === undefined ? now : `${now} → ${shown(after.after, page.indicator)}`));
    tip.style.translate = `${Math.min(event.point.x + 14, map.getContainer().clientWidth - 180)}px ${event.point.y + 14}px`;
  });
  map.on("mouseout", () => { tip.hidden = true; });
  map.on("click", (event) => {
    if (page.tool !== null) return;
    const [x, y] = [event.point.x, event.point.y];
    if (map.queryRenderedFeatures([[x - 5, y - 5], [x + 5, y + 5]], { layers: ["facilities"] }).length > 0 && mayAsk(page)) return;
    const place = at(event.point);
    if (place === null) return;
    page.chosen = place;
    tell(page, "chosen");
  });
}

window.addEventListener("hashchange", () => void start(language(), null));
