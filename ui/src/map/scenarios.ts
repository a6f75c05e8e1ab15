/** Scenarios kept on the server: named, listed, opened by a link, compared, handed to the planner. */

import { ask, get, send } from "../api";
import { number, say } from "../words";
import { el, fill } from "./dom";
import { shown } from "./format";
import { gains, nameOf, path, type Answer, type Change, type Page, type Scenario } from "./model";
import { linkOf } from "./link";

const MOST_PLACES = 12;

/** Makes the part of the panel that keeps scenarios. */
export function scenarios(page: Page, where: HTMLElement, open: (changes: Change[]) => void, fault: (lines: readonly string[]) => void): void {
  const name = el("input", { id: "scenario-name", maxlength: 80 });
  const list = el("div", {});
  const out = el("div", { "aria-live": "polite", id: "compared" });
  let all: Scenario[] = [];
  const tried = (work: () => Promise<void>) => () => void work().catch((error: Error) => fault([error.message || say("web.map.away")]));
  const refresh = async (): Promise<void> => {
    all = await get<Scenario[]>(path(page, "scenarios"));
    show();
  };
  const keep = async (): Promise<void> => {
    if (page.changes.now.length === 0) return fault([say("web.map.nothing_to_keep")]);
    const said = await send<{ id: string }>("POST", path(page, "scenarios"), { name: name.value.trim() || say("web.map.scenario"), changes: page.changes.now });
    page.scenario = said?.id ?? null;
    name.value = "";
    await refresh();
  };
  const sites = async (): Promise<void> => {
    if (page.changes.now.length === 0) return fault([say("web.map.nothing_to_keep")]);
    const body = JSON.stringify({ name: name.value.trim() || say("web.map.scenario"), changes: page.changes.now });
    const text = await (await ask(path(page, "sites.toml"), { method: "POST", body, headers: { "content-type": "application/json" } })).text();
    fill(out, el("p", {}, say("web.map.sites_how")), el("pre", { tabindex: 0 }, text));
  };
  const compare = async (): Promise<void> => {
    const chosen = [...list.querySelectorAll<HTMLInputElement>("input:checked")].map((box) => all.find((one) => one.id === box.value)).filter((one): one is Scenario => one !== undefined);
    if (chosen.length !== 2) return fault([say("web.map.choose_two")]);
    fault([]);
    const answers: Answer[] = [];
    for (const one of chosen) answers.push((await send<Answer>("POST", path(page, "what-if"), { changes: one.changes })) as Answer);
    fill(out, compared(page, chosen, answers));
  };
  function show(): void {
    fill(list, ...(all.length === 0 ? [el("p", { class: "note" }, say("web.map.no_scenarios"))] : [el("ul", { class: "plain" }, ...all.map((one) => el("li", { class: "row" },
      el("label", { class: "row" }, el("input", { type: "checkbox", value: one.id }), one.name),
      el("button", { type: "button", onclick: () => { page.scenario = one.id; open(one.changes); } }, say("web.map.open")),
      el("a", { href: linkOf(page, one.id), class: "button" }, say("web.map.link")),
      el("button", { type: "button", class: "danger", "aria-label": `${say("web.map.drop")}: ${one.name}`, onclick: tried(async () => { await send("DELETE", path(page, `scenarios/${one.id}`)); await refresh(); }) }, "×"))))]));
  }
  fill(
    where,
    el("h3", {}, say("web.map.scenarios")),
    el("div", { class: "field" }, el("label", { for: "scenario-name" }, say("web.map.scenario_name")), name),
    el("div", { class: "row" }, el("button", { type: "button", onclick: tried(keep) }, say("web.map.keep")), el("button", { type: "button", onclick: tried(sites) }, say("web.map.to_planner"))),
    list,
    el("button", { type: "button", onclick: tried(compare) }, say("web.map.compare")),
    out,
  );
  tried(refresh)();
}

/** Two scenarios side by side: people who gain, and the places of the shown indicator. */
function compared(page: Page, both: readonly Scenario[], answers: readonly Answer[]): HTMLElement {
  const people = answers.map((one) => new Map(gains(one, page.root).map((row) => [row.indicator, row.people])));
  const keys = [...new Set(people.flatMap((one) => [...one.keys()]))];
  const title = (id: string): string => page.city.indicators.find((one) => one.id === id)?.title ?? id;
  const after = answers.map(({ columns }) => new Map(columns.place.flatMap((place, at) => (columns.indicator[at] === page.indicator.id && columns.group[at] === page.group ? [[place, columns.after[at] ?? null] as const] : []))));
  const places = [...new Set(after.flatMap((one) => [...one.keys()]))].slice(0, MOST_PLACES);
  const head = (first: string): HTMLElement => el("thead", {}, el("tr", {}, el("th", { scope: "col" }, first), ...both.map((one) => el("th", { scope: "col", class: "number" }, one.name))));
  const now = (place: string): number | null => page.rows.get(place)?.value ?? null;
  return el("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": say("web.map.compare") },
    el("table", {}, el("caption", {}, say("web.map.gain")), head(say("web.map.indicator")),
      el("tbody", {}, ...keys.map((key) => el("tr", {}, el("th", { scope: "row" }, title(key)), ...people.map((one) => el("td", { class: "number" }, number(one.get(key) ?? 0))))))),
    places.length === 0 ? null : el("table", {}, el("caption", {}, page.indicator.title), head(say("web.map.place")),
      el("tbody", {}, ...places.map((place) => el("tr", {}, el("th", { scope: "row" }, nameOf(page, place)), ...after.map((one) => el("td", { class: "number" }, shown(one.get(place) ?? now(place), page.indicator))))))));
}
