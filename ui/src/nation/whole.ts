/** The page of the nation: opens it, wires map, way, table and panels together. */

import type { Map as Picture } from "maplibre-gl";
import { Faults, get, type Lang } from "../api";
import { bounds, classOf, colours } from "../map/classes";
import { el, fill } from "../map/dom";
import { interval, shown } from "../map/format";
import { picker } from "../map/header";
import { legend } from "../map/legend";
import { panelsOf, tabs } from "../map/tabs";
import { load, number, say } from "../words";
import { colour, draw, place, type Drawn } from "./drawing";
import { showCompare } from "./compare";
import type { Listed } from "./main";
import { showMatrix } from "./matrix";
import { above, below, levelsOf, linkOf, loadRows, nameOf, on, rowsOf, SHOWS, shownOf, tell, type Nation, type NationIndicator, type Place, type Show, type Whole } from "./model";
import { showPlace } from "./place";
import { showCommon, showKinds, showOptions, showPriorities } from "./shared";
import { basis, percent, placesTable } from "./table";

const FIRST = "population";
const TABS = ["table", "place", "common", "matrix", "compare", "kinds", "priorities", "options"] as const;
const WIDE: ReadonlySet<string> = new Set(["matrix", "common", "compare", "options", "kinds"]);
type Tab = (typeof TABS)[number];
type Head = { button: HTMLElement; level: HTMLSelectElement; group: HTMLSelectElement; shows: [Show, HTMLElement][] };
let end = new AbortController();

/** Opens the nation in a language. */
export async function start(lang: Lang): Promise<void> {
  const where = document.getElementById("page") as HTMLElement;
  end.abort();
  end = new AbortController();
  try {
    const [nations] = await Promise.all([get<Listed[]>(`api/nations?lang=${lang}`), load(lang)]);
    const first = nations[0];
    if (first === undefined) throw new Faults(404, [say("web.nation.no_nation")]);
    const [nation, columns] = await Promise.all([get<Nation>(`api/nations/${first.code}?lang=${lang}`), get<Record<string, unknown[]>>(`api/nations/${first.code}/places`)]);
    await build(opened(lang, nation, rowsOf<Place>(columns)), where);
  } catch (error) {
    fill(where, el("main", { class: "inner" }, el("h1", {}, "Cities for all"), el("p", { class: "fault", role: "alert" }, (error as Error).message || say("web.map.away"))));
  }
}

/** What is known at first: what the address says, else the provinces of the whole nation. */
function opened(lang: Lang, nation: Nation, all: readonly Place[]): Whole {
  const said = new URLSearchParams(location.hash.replace(/^#/, ""));
  const places = new Map(all.map((one) => [one.place, one]));
  const children = new Map<string, string[]>();
  for (const { place, parent } of all) if (parent !== null) children.set(parent, [...(children.get(parent) ?? []), place]);
  const find = (id: string | null): NationIndicator | undefined => nation.indicators.find((one) => one.id === id);
  const indicator = find(said.get("i")) ?? find(FIRST) ?? (nation.indicators[0] as NationIndicator);
  const levels = levelsOf(nation);
  const known = (code: string | null): string | null => (code !== null && places.has(code) ? code : null);
  const group = said.get("g");
  return {
    lang, nation, places, children, indicator,
    group: group !== null && indicator.groups.includes(group) ? group : indicator.groups.includes("all") ? "all" : (indicator.groups[0] ?? "all"),
    rows: new Map(), show: SHOWS.find((one) => one === said.get("c")) ?? "value", level: levels.find((one) => one === said.get("l")) ?? (levels[0] as string),
    within: known(said.get("w")) ?? nation.code, chosen: known(said.get("p")), compared: (said.get("v") ?? "").split(",").filter((one) => places.has(one)), ended: end.signal, told: new Map(),
  };
}

async function build(whole: Whole, where: HTMLElement): Promise<void> {
  const { nation } = whole;
  document.title = `${nation.name} · ${say("web.nation.title")}`;
  const [box, tip, key, way] = [el("div", { id: "map" }), el("div", { class: "tip", hidden: true }), el("div", { class: "legend" }), el("nav", { class: "way", "aria-label": say("web.nation.way") })];
  const panels = panelsOf(TABS);
  const { bar, open } = tabs(panels, "web.nation", say("web.map.numbers"));
  const { head, bar: top } = header(whole);
  const live = el("main", { class: "live" }, el("section", { class: "picture", "aria-label": say("web.map.map") }, box, way, key, tip), el("section", { class: "panel", id: "panel", "aria-label": say("web.map.numbers") }, bar, ...TABS.map((name) => panels[name])));
  const failed = Object.keys(nation.failed);
  fill(where,
    el("a", { class: "skip", href: "#panel", onclick: (event: Event) => { event.preventDefault(); bar.querySelector<HTMLElement>("[aria-selected=true]")?.focus(); } }, say("web.map.skip")),
    el("header", {}, top, nation.is_invented ? el("p", { class: "invented" }, say("web.nation.invented")) : null, failed.length === 0 ? null : el("p", { class: "nation-note" }, say("web.nation.failed", { names: failed.join(", ") }))),
    live);
  const into = (code: string): void => { const level = below(whole, code); if (level !== null) { whole.within = code; whole.level = level; tell(whole, "scope"); } };
  const showTable = placesTable(whole, panels.table, into);
  const rows = loadRows(whole).then(showTable);
  headed(whole, head);
  const map = await draw(whole, box);
  whole.ended.addEventListener("abort", () => map.remove());
  await rows;
  if (whole.ended.aborted) return;
  await wire(whole, map, { head, table: showTable, key, tip, way, panels, open, live, into });
}

type Parts = { head: Head; table: () => void; key: HTMLElement; tip: HTMLElement; way: HTMLElement; panels: Record<Tab, HTMLElement>; open: (tab: Tab) => void; live: HTMLElement; into: (place: string) => void };

async function wire(whole: Whole, map: Picture, parts: Parts): Promise<void> {
  const names = { drop: (): void => undefined };
  let drawn = await place(whole, map, names, false);
  const remember = (): void => history.replaceState(null, "", linkOf(whole));
  const shows = (): void => { headed(whole, parts.head); parts.table(); painted(whole, map, drawn, parts.key); showPlace(whole, parts.panels.place, parts.into); remember(); };
  const scoped = (move: boolean) => async (): Promise<void> => {
    trail(whole, parts);
    parts.table();
    drawn = await place(whole, map, names, move);
    shows();
  };
  on(whole, "shown", shows);
  on(whole, "scope", () => void scoped(true)());
  on(whole, "chosen", () => {
    parts.table();
    map.setFilter("chosen", ["==", ["get", "place"], whole.chosen ?? ""]);
    showPlace(whole, parts.panels.place, parts.into);
    parts.open("place");
    remember();
  });
  on(whole, "compared", () => { void showCompare(whole, parts.panels.compare); parts.open("compare"); remember(); });
  const panels: Partial<Record<Tab, (where: HTMLElement) => Promise<void>>> = {
    common: (at) => showCommon(whole, at), matrix: (at) => showMatrix(whole, at), compare: (at) => showCompare(whole, at), kinds: (at) => showKinds(whole, at), priorities: (at) => showPriorities(whole, at), options: (at) => showOptions(whole, at),
  };
  for (const name of TABS) parts.panels[name].addEventListener("opened", () => {
    parts.live.classList.toggle("wide", WIDE.has(name));
    if (!WIDE.has(name)) map.resize();
    if (parts.panels[name].childElementCount === 0) void panels[name]?.(parts.panels[name]);
  });
  trail(whole, parts);
  shows();
  if (whole.chosen !== null) map.setFilter("chosen", ["==", ["get", "place"], whole.chosen]);
  pointing(whole, map, parts);
}

/** Colours the map by what is shown, and says what the colours mean. */
function painted(whole: Whole, map: Picture, drawn: Drawn, key: HTMLElement): void {
  const { indicator, show } = whole;
  const of = (code: string): number | null => shownOf(whole.rows.get(code), show);
  const values = drawn.features.map((one) => of((one.properties as { place: string }).place)).filter((value): value is number => value !== null);
  const inner = show === "coverage" ? [20, 40, 60, 80] : bounds(values, show === "value" ? indicator.goalposts : null);
  const painted = colours(inner.length + 1);
  colour(map, drawn, (code) => { const at = classOf(of(code), inner); return at === null ? null : (painted[at] as string); });
  const told = show === "value" ? indicator : { unit: show === "coverage" ? "%" : indicator.unit, decimals: indicator.decimals, better: "context" as const };
  legend({ indicator: told, mode: "places" }, key, inner);
  if (values.length === 0) key.querySelector("li")?.remove();
  if (show !== "value") key.querySelector("p:last-child")?.remove();
  if (show !== "value") key.querySelector("h2")?.replaceChildren(say(`web.nation.${show}`));
  if (drawn.without > 0) key.append(el("p", { class: "note" }, say("web.nation.no_outline", { n: number(drawn.without) })));
}

/** Where the map is: each place above can be gone back to. */
function trail(whole: Whole, { way }: Parts): void {
  const codes = above(whole, whole.within);
  fill(way, el("ol", {}, ...codes.map((code, at) => el("li", {}, at === 0 ? null : "›\u00a0", el("button", { type: "button", "data-way": code, "aria-current": code === whole.within ? "true" : null, onclick: () => {
    const level = below(whole, code);
    if (level === null) return;
    whole.within = code;
    whole.level = level;
    tell(whole, "scope");
    way.querySelector<HTMLElement>(`[data-way="${code}"]`)?.focus();
  } }, nameOf(whole, code))))));
}

/** Says what is under the pointer; a click chooses a place, a second one goes into it. */
function pointing(whole: Whole, map: Picture, { tip, into }: Parts): void {
  const at = (point: { x: number; y: number }): string | null => (map.queryRenderedFeatures([point.x, point.y], { layers: ["places"] })[0]?.properties["place"] as string | undefined) ?? null;
  map.on("mousemove", (event) => {
    const code = at(event.point);
    tip.hidden = code === null;
    if (code === null) return;
    const row = whole.rows.get(code);
    const known = row !== undefined && row.value !== null;
    fill(tip, el("b", {}, nameOf(whole, code)), el("span", {}, known ? shown(row.value, whole.indicator) : say(`word.status.${row?.status ?? "missing"}`)),
      known ? el("small", {}, interval(row, whole.indicator)) : null, known ? el("small", {}, `${say("web.nation.coverage_short")} ${percent(row.coverage_people)} · ${basis(row)}`) : null);
    tip.style.translate = `${Math.min(event.point.x + 14, map.getContainer().clientWidth - 200)}px ${event.point.y + 14}px`;
  });
  map.on("mouseout", () => { tip.hidden = true; });
  map.doubleClickZoom.disable();
  map.on("dblclick", (event) => { const code = at(event.point); if (code !== null) into(code); });
  map.on("click", (event) => {
    const code = at(event.point);
    if (code === null) return;
    whole.chosen = code;
    tell(whole, "chosen");
  });
}

/** Head of the page: indicator, level, group, what the colours say, language. */
function header(whole: Whole): { head: Head; bar: HTMLElement } {
  const { nation } = whole;
  const { button, list } = picker({ city: nation, indicator: whole.indicator, ended: whole.ended }, (one: NationIndicator) => {
    whole.indicator = one;
    if (!one.groups.includes(whole.group)) whole.group = one.groups.includes("all") ? "all" : (one.groups[0] ?? "all");
    void loadRows(whole);
  });
  const level = el("select", { id: "level", onchange: () => { whole.level = level.value; tell(whole, "scope"); } });
  const group = el("select", { id: "group", onchange: () => { whole.group = group.value; void loadRows(whole); } });
  const shows = SHOWS.map((show): [Show, HTMLElement] => [show, el("button", { type: "button", "data-show": show, onclick: () => { whole.show = show; tell(whole, "shown"); } }, say(`web.nation.show_${show}`))]);
  const other = whole.lang === "km" ? "en" : "km";
  const bar = el("div", { class: "bar of-nation" },
    el("h1", {}, nation.name, el("small", {}, ` ${nation.period}`)), el("div", { class: "picker" }, button, list),
    el("div", { class: "row" }, el("label", { for: "level" }, say("web.nation.level")), level), el("div", { class: "row" }, el("label", { for: "group" }, say("web.map.group")), group),
    el("div", { class: "row", role: "group", "aria-label": say("web.nation.show") }, ...shows.map(([, one]) => one)),
    el("nav", { class: "row push", "aria-label": say("web.map.pages") }, el("a", { href: "index.html" }, say("web.nation.page_map")), el("button", { type: "button", id: "language", lang: other, onclick: () => void start(other) }, other === "km" ? "ខ្មែរ" : "English")));
  return { head: { button, level, group, shows }, bar };
}

/** Says in the head what is shown. */
function headed(whole: Whole, { button, level, group, shows }: Head): void {
  button.replaceChildren(el("span", {}, whole.indicator.title));
  const levels = levelsOf(whole.nation);
  const from = levels.indexOf(whole.places.get(whole.within)?.level ?? "") + 1;
  fill(level, ...levels.slice(from).map((one) => el("option", { value: one, selected: one === whole.level }, say(`word.level.${one}`))));
  fill(group, ...whole.nation.groups.filter((one) => whole.indicator.groups.includes(one.id)).map((one) => el("option", { value: one.id, selected: one.id === whole.group }, one.title)));
  for (const [show, one] of shows) one.setAttribute("aria-pressed", String(show === whole.show));
}

