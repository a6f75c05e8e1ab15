/** One place of the nation: its number with coverage and basis, its priorities, its kind, and who does better. */

import { el, fill } from "../map/dom";
import { interval, shown } from "../map/format";
import { number, say } from "../words";
import { below, nameOf, table, tell, type Whole } from "./model";
import { kindName, prioritiesTable, type Priority } from "./shared";
import { basis, ofCovered, percent } from "./table";

type Peer = { peer: string; order: number; challenge: string; indicator: string; own: number | null; peer_value: number | null; chance_better: number | null };
type Belongs = { member: string; kind: string; chance: number | null };
const MOST_COMPARED = 4;
const MOST_PEERS = 12;

/** Takes a place into the comparison, the oldest going out where there are too many. */
export function compare(whole: Whole, place: string): void {
  whole.compared = [...whole.compared.filter((one) => one !== place), place].slice(-MOST_COMPARED);
  tell(whole, "compared");
}

/** Shows the chosen place; the scope where none is chosen. */
export function showPlace(whole: Whole, where: HTMLElement, into: (place: string) => void): void {
  const place = whole.chosen ?? whole.within;
  const row = whole.rows.get(place);
  const known = row !== undefined && row.value !== null;
  const figures: [string, string][] = [
    [say("web.map.value"), known ? shown(row.value, whole.indicator) : say("report.shown.unknown")],
    [say("web.nation.covered_only"), ofCovered(whole, row)],
    [say("web.map.interval"), known ? interval(row, whole.indicator) : ""],
    [say("web.nation.coverage"), known ? percent(row.coverage_people) : ""],
    [say("web.nation.basis"), known ? basis(row) : ""],
    [say("web.nation.quality"), known && row.quality ? say(`word.grade.${row.quality}`) : ""],
    [say("web.map.status"), say(`word.status.${row?.status ?? "missing"}`)],
  ];
  const about = whole.places.get(place);
  const city = whole.nation.cities.find((one) => one.code === place && one.is_served);
  const more = el("div", {});
  fill(where, el("h2", {}, nameOf(whole, place)),
    el("p", { class: "note" }, [about === undefined || about.level === "nation" ? "" : say(`word.level.${about.level}`), place].filter(Boolean).join(" · ")),
    el("div", { class: "row" },
      below(whole, place) === null || place === whole.within ? null : el("button", { type: "button", onclick: () => into(place) }, say("web.nation.down", { name: nameOf(whole, place) })),
      el("button", { type: "button", onclick: () => compare(whole, place) }, say("web.nation.compare_this")),
      city === undefined ? null : el("a", { class: "button", href: `index.html#city=${encodeURIComponent(city.code)}` }, say("web.nation.open_city"))),
    el("h3", {}, whole.indicator.title), el("p", { class: "note" }, whole.indicator.meaning),
    el("dl", { class: "figures" }, ...figures.filter(([, text]) => text !== "").map(([name, text]) => el("div", {}, el("dt", {}, name), el("dd", {}, text)))),
    more);
  void showMore(whole, place, more);
}

async function showMore(whole: Whole, place: string, where: HTMLElement): Promise<void> {
  const [priorities, peers, kinds] = await Promise.all([
    table<Priority>(whole, "priorities", { place }), table<Peer>(whole, "peers", { member: place }), table<Belongs>(whole, "member_kinds", { member: place }),
  ]);
  const [kind] = kinds;
  const better = peers.filter((one) => (one.chance_better ?? 0) > 0.5).sort((one, other) => (other.chance_better ?? 0) - (one.chance_better ?? 0)).slice(0, MOST_PEERS);
  const value = (one: number | null, indicator: string): string => {
    const known = whole.nation.indicators.find((each) => each.id === indicator);
    return known === undefined ? number(one, 1) : shown(one, known);
  };
  fill(where,
    kind === undefined ? null : el("p", {}, `${say("web.nation.kind_of")}: `, el("b", {}, await kindName(whole, kind.kind)), kind.chance === null ? null : el("small", {}, ` (${say("web.nation.belongs")}: ${percent(kind.chance)})`)),
    priorities.length === 0 ? null : el("h3", {}, say("web.nation.priorities")),
    priorities.length === 0 ? null : prioritiesTable(priorities),
    whole.nation.tables.includes("peers") && kind !== undefined ? el("h3", {}, say("web.nation.peers")) : null,
    whole.nation.tables.includes("peers") && kind !== undefined ? el("p", { class: "note" }, say(better.length === 0 ? "web.nation.no_peers" : "web.nation.peers_how")) : null,
    better.length === 0 ? null : el("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": say("web.nation.peers") }, el("table", {},
      el("thead", {}, el("tr", {}, ...["peer", "challenge", "own", "there", "chance_better"].map((one, at) => el("th", { scope: "col", class: at > 1 ? "number" : "" }, say(`web.nation.${one}`))))),
      el("tbody", {}, ...better.map((one) => el("tr", {},
        el("th", { scope: "row" }, el("button", { type: "button", class: "quiet", onclick: () => { compare(whole, place); compare(whole, one.peer); } }, nameOf(whole, one.peer))),
        el("td", {}, say(`challenge.${one.challenge}.title`)), el("td", { class: "number" }, value(one.own, one.indicator)), el("td", { class: "number" }, value(one.peer_value, one.indicator)),
        el("td", { class: "number" }, percent(one.chance_better))))))));
}
