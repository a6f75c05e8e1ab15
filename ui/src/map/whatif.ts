/** What would change: things put on the map, streets closed, facilities taken away; asked of the server at once. */

import type * as GeoJSON from "geojson";
import { Marker, type Map as Picture } from "maplibre-gl";
import { Faults, send, signIn } from "../api";
import { number, say } from "../words";
import { CLOSE, PALETTE, added, closed, closedEdges, kindOf, removed } from "./changes";
import { el, fill } from "./dom";
import { signed } from "./format";
import { push, redo, undo } from "./history";
import { gains, path, takeAfter, tell, type Answer, type Change, type Feature, type Page } from "./model";
import { put } from "./picture";
import { scenarios } from "./scenarios";

const NEAR_PX = 8;
const NEAREST = 5;
const MOST_GAINS = 8;
export const mayAsk = (page: Page): boolean => page.session.role === "planner" || page.session.role === "administrator";
const canAsk = (page: Page): boolean => page.cities.find((one) => one.code === page.city.code)?.has_what_if ?? false;

/** Puts a question to the server. */
export const put_question = (page: Page, changes: readonly Change[]): Promise<Answer> => send<Answer>("POST", path(page, "what-if"), { changes }) as Promise<Answer>;

let asked = 0;

/** Asks what the changes would do, and tells it; an older answer that comes late is not shown. */
export async function ask(page: Page, fault: (lines: readonly string[]) => void): Promise<void> {
  const mine = ++asked;
  fault([]);
  tell(page, "changes");
  if (page.changes.now.length === 0) {
    page.answer = null;
  } else {
    try {
      const begun = performance.now();
      const answer = await put_question(page, page.changes.now);
      if (mine !== asked) return;
      page.answer = answer;
      page.seconds = (performance.now() - begun) / 1000;
    } catch (error) {
      if (mine !== asked) return;
      page.changes = undo(page.changes);
      tell(page, "changes");
      fault(error instanceof Faults && error.lines.length > 0 ? error.lines : [say("web.map.away")]);
      return;
    }
  }
  takeAfter(page);
  if (page.answer !== null && page.shown === "now") page.shown = "difference";
  tell(page, "answer");
}

/** Makes the panel and what the map does when it is clicked. */
export function whatIf(page: Page, where: HTMLElement, map: Picture): () => void {
  if (!canAsk(page)) {
    fill(where, el("h2", {}, say("web.map.what_if")), el("p", {}, say("web.map.no_what_if")));
    return () => undefined;
  }
  if (!mayAsk(page)) {
    signInForm(page, where, () => { whatIf(page, where, map); });
    return () => undefined;
  }
  const state = el("p", { class: "note", role: "status" }, say("web.map.warming"));
  const faults = el("div", { role: "alert" });
  const parts = { palette: el("div", { class: "palette" }), facility: el("div", {}), changes: el("div", {}), result: el("div", { "aria-live": "polite", id: "result" }), near: el("div", {}), kept: el("section", {}) };
  const fault = (lines: readonly string[]): void => fill(faults, ...lines.map((line) => el("p", { class: "fault" }, line)));
  const take = (changes: Change[]): void => { page.changes = push(page.changes, changes); void ask(page, fault); };
  fill(where, el("h2", {}, say("web.map.what_if")), el("p", { class: "note" }, say("web.map.what_if_how")), state, faults, parts.facility, parts.result, parts.changes, parts.palette, parts.near, parts.kept);
  void send("POST", path(page, "warm")).then(() => { state.textContent = say("web.map.ready"); }, (error: Error) => { state.textContent = error.message || say("web.map.away"); });
  tools(page, parts.palette, map, take);
  const pins = new Set<Marker>();
  const show = (): void => {
    showTools(page, parts.palette, map);
    facility(page, parts.facility, take);
    list(page, parts.changes, fault, take);
    results(page, parts.result);
    pinned(page, map, pins);
  };
  listen(page, map, take, parts.near);
  scenarios(page, parts.kept, (changes) => take(changes), fault);
  show();
  return show;
}

function signInForm(page: Page, where: HTMLElement, then: () => void): void {
  const name = el("input", { id: "name", autocomplete: "username", required: true });
  const password = el("input", { id: "password", type: "password", autocomplete: "current-password", required: true });
  const faults = el("div", { role: "alert" });
  const form = el("form", { class: "card", onsubmit: (event: Event) => {
    event.preventDefault();
    signIn(name.value, password.value).then((said) => { page.session = said; then(); }, (error: Error) => fill(faults, el("p", { class: "fault" }, error.message || say("web.map.away"))));
  } },
  el("div", { class: "field" }, el("label", { for: "name" }, say("web.map.name")), name),
  el("div", { class: "field" }, el("label", { for: "password" }, say("web.map.password")), password),
  el("button", { class: "first" }, say("web.map.sign_in")), faults);
  fill(where, el("h2", {}, say("web.map.what_if")), el("p", {}, say("web.map.sign_in_why")), form);
}

/** The things to put on the map: chosen then clicked, dragged, or put in the middle by a key. */
function tools(page: Page, where: HTMLElement, map: Picture, take: (changes: Change[]) => void): void {
  const choose = (tool: string): void => { page.tool = page.tool === tool ? null : tool; tell(page, "changes"); };
  const button = (tool: string, text: string): HTMLElement => el("button", { type: "button", "data-tool": tool, draggable: tool === CLOSE ? null : "true", "aria-pressed": "false", onclick: () => choose(tool),
    ondragstart: (event: DragEvent) => event.dataTransfer?.setData("text/plain", tool) }, text);
  const middle = el("button", { type: "button", class: "first", "data-middle": "", onclick: () => {
    if (page.tool === null) return;
    const at = map.getCenter();
    if (page.tool === CLOSE) {
      const edge = streetAt(map, map.project(at), NEAR_PX * 4);
      if (edge !== null) take(closed(page.changes.now, edge));
    } else take([...page.changes.now, added(page.tool, at.lng, at.lat)]);
  } }, say("web.map.at_middle"));
  fill(where, ...PALETTE.map((kind) => button(kind, say(`kind.${kind}.title`))), button(CLOSE, say("web.map.close")), middle);
}

function showTools(page: Page, where: HTMLElement, map: Picture): void {
  for (const one of where.querySelectorAll<HTMLElement>("[data-tool]")) one.setAttribute("aria-pressed", String(one.dataset["tool"] === page.tool));
  where.querySelector("[data-middle]")?.toggleAttribute("disabled", page.tool === null);
  map.getContainer().classList.toggle("placing", page.tool !== null);
}

/** The street nearest to a point of the screen. */
function streetAt(map: Picture, { x, y }: { x: number; y: number }, most: number): number | null {
  for (let reach = 1; reach <= most; reach += 2) {
    const [found] = map.queryRenderedFeatures([[x - reach, y - reach], [x + reach, y + reach]], { layers: ["streets"] });
    if (found !== undefined) return Number(found.properties["edge"]);
  }
  return null;
}

function listen(page: Page, map: Picture, take: (changes: Change[]) => void, near: HTMLElement): void {
  map.on("click", (event) => {
    if (page.tool === CLOSE) {
      const edge = streetAt(map, event.point, NEAR_PX);
      if (edge !== null) take(closed(page.changes.now, edge));
    } else if (page.tool !== null) take([...page.changes.now, added(page.tool, event.lngLat.lng, event.lngLat.lat)]);
    else {
      const [x, y] = [event.point.x, event.point.y];
      const [found] = map.queryRenderedFeatures([[x - 5, y - 5], [x + 5, y + 5]], { layers: ["facilities"] });
      choose(page, found as Feature | undefined);
    }
  });
  const box = map.getContainer();
  box.addEventListener("dragover", (event) => event.preventDefault());
  box.addEventListener("drop", (event) => {
    event.preventDefault();
    const kind = event.dataTransfer?.getData("text/plain") ?? "";
    if (!(PALETTE as readonly string[]).includes(kind)) return;
    const place = box.getBoundingClientRect();
    const at = map.unproject([event.clientX - place.left, event.clientY - place.top]);
    take([...page.changes.now, added(kind, at.lng, at.lat)]);
  });
  const nearest = (): void => {
    const middle = map.project(map.getCenter());
    const all = map.queryRenderedFeatures({ layers: ["facilities"] }).map((one) => {
      const at = map.project((one.geometry as GeoJSON.Point).coordinates as [number, number]);
      return { one: one as Feature, away: Math.hypot(at.x - middle.x, at.y - middle.y) };
    });
    const found = [...new Map(all.sort((a, b) => a.away - b.away).map(({ one }) => [one.properties["facility"], one])).values()].slice(0, NEAREST);
    fill(near, el("details", {}, el("summary", {}, say("web.map.near_middle")), el("ul", { class: "plain" }, ...found.map((one) =>
      el("li", {}, el("button", { type: "button", class: "quiet", onclick: () => choose(page, one) }, said(one.properties)))))));
  };
  map.on("idle", nearest);
}

const said = (one: Feature["properties"]): string => [one["name"], say(`kind.${one["kind"]}.title`)].filter(Boolean).join(", ");

function choose(page: Page, found: Feature | undefined): void {
  page.facility = found === undefined ? null : { id: String(found.properties["facility"]), name: said(found.properties), kind: String(found.properties["kind"]) };
  tell(page, "facility");
}

function facility(page: Page, where: HTMLElement, take: (changes: Change[]) => void): void {
  const found = page.facility;
  if (found === null) return fill(where);
  fill(where, el("div", { class: "card row" }, el("b", {}, found.name),
    el("button", { type: "button", class: "danger", onclick: () => { page.facility = null; take(removed(page.changes.now, found.id)); } }, say("web.map.remove"))));
}

/** What was changed so far, each with a way to take it back. */
function list(page: Page, where: HTMLElement, fault: (lines: readonly string[]) => void, take: (changes: Change[]) => void): void {
  const { past, now, future } = page.changes;
  const step = (way: typeof undo): void => { page.changes = way(page.changes); void ask(page, fault); };
  const views = (["now", "after", "difference"] as const).map((one) => el("button", { type: "button", "aria-pressed": String(page.shown === one), disabled: page.answer === null, onclick: () => { page.shown = one; tell(page, "answer"); } },
    say(one === "now" ? "whatif.answer.before" : one === "after" ? "whatif.answer.after" : "web.map.difference")));
  fill(
    where,
    el("div", { class: "row" },
      el("button", { type: "button", "data-undo": "", disabled: past.length === 0, onclick: () => step(undo) }, say("web.map.undo")),
      el("button", { type: "button", disabled: future.length === 0, onclick: () => step(redo) }, say("web.map.redo")),
      el("button", { type: "button", disabled: now.length === 0, onclick: () => take([]) }, say("web.map.clear"))),
    el("div", { class: "row", role: "group", "aria-label": say("web.map.shown_by") }, ...views),
    now.length === 0 ? null : el("ol", { class: "changes" }, ...now.map((one, at) => el("li", {},
      el("span", {}, sayChange(one)),
      el("button", { type: "button", class: "quiet", "aria-label": `${say("web.map.take_back")}: ${sayChange(one)}`, onclick: () => take(now.filter((_, other) => other !== at)) }, "×")))),
  );
}

/** A change in words. */
export function sayChange(one: Change): string {
  const kind = kindOf(one);
  const what = kind !== "" ? say(`kind.${kind}.title`) : String(one["facility"] ?? "");
  return [say(`whatif.change.${one.do}`), what].filter(Boolean).join(": ");
}

/** Who gains, how many, how fast it was answered. */
function results(page: Page, where: HTMLElement): void {
  if (page.answer === null) return fill(where);
  const found = gains(page.answer, page.root);
  const first = found.findIndex((one) => one.indicator === page.indicator.id);
  if (first > 0) found.unshift(...found.splice(first, 1));
  const title = (id: string): string => page.city.indicators.find((one) => one.id === id)?.title ?? id;
  fill(
    where,
    el("h3", {}, say("web.map.gain")),
    found.length === 0 ? el("p", {}, say("web.map.no_gain")) : el("ul", { class: "gains" }, ...found.slice(0, MOST_GAINS).map((one) => el("li", { "data-people": Math.round(one.people), "data-indicator": one.indicator },
      el("b", {}, signed(one.people, 0)), " ", title(one.indicator)))),
    el("p", { class: "note" }, say("web.map.answered", { n: number(page.answer.columns.place.length), ms: number(page.answer.milliseconds) })),
  );
}

/** Pins of what was added, crosses on closed streets. */
function pinned(page: Page, map: Picture, pins: Set<Marker>): void {
  for (const one of pins) one.remove();
  pins.clear();
  page.changes.now.forEach((one, at) => {
    if (typeof one["lon"] !== "number" || typeof one["lat"] !== "number") return;
    const sign = el("span", { class: "pinned", role: "img", "aria-label": sayChange(one) }, el("span", { class: "pin", "aria-hidden": "true" }, el("span", {}, String(at + 1))));
    pins.add(new Marker({ element: sign, anchor: "bottom" }).setLngLat([one["lon"], one["lat"]]).addTo(map));
  });
  const edges = new Set(closedEdges(page.changes.now));
  const features = edges.size === 0 ? [] : page.streets.features.filter((one) => edges.has(Number(one.properties?.["edge"])));
  put(map, "closed", { type: "FeatureCollection", features });
}
