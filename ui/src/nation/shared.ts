/** What the cities share: common challenges, kinds, priorities, options. */

import { el, fill } from "../map/dom";
import { number, say } from "../words";
import { nameOf, table, type Whole } from "./model";
import { percent } from "./table";

type Common = {
  challenge: string; members_judged: number; members_with: number; members_all: number; people: number | null; people_low: number | null; people_high: number | null;
  severity: number | null; severity_low: number | null; severity_high: number | null; rank: number | null; rank_low: number | null; rank_high: number | null; chance_top3: number | null; coverage_people: number | null; confidence: string | null;
};
export type Priority = { level: string; place: string; challenge: string; rank: number | null; rank_low: number | null; rank_high: number | null; chance_first: number | null; chance_top3: number | null; people: number | null; severity: number | null };
type Kind = { kind: string; label: string | null; name?: string | null; name_km?: string | null; members: number; people: number | null; stability: number | null };
type Profile = { kind: string; feature: string; value: number | null; nation_value: number | null; z: number | null };
type Option = {
  challenge: string; action: string; plans: number | null; plans_all: number | null; units: number | null; unit: string | null; capital_usd: number | null; capital_low_usd: number | null; capital_high_usd: number | null;
  om_usd: number | null; om_low_usd: number | null; om_high_usd: number | null; people: number | null; people_low: number | null; people_high: number | null; grade: string | null; status: string; tier?: string | null;
};
type Gap = { kind: string; challenge: string; action: string | null; note: string | null; tier?: string | null; said?: string | null; members: number | null; people: number | null; usd: number | null };
const MOST_FEATURES = 8;

/** A number with the range it lies in below it. */
export function ranged(value: number | null, low: number | null, high: number | null, decimals = 0): HTMLElement {
  return el("td", { class: "number" }, number(value, decimals), low === null || high === null || value === null ? null : el("small", {}, `${number(low, decimals)} – ${number(high, decimals)}`));
}

const region = (label: string, ...children: (Node | null)[]): HTMLElement => el("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": label }, el("table", {}, ...children));
const heads = (names: readonly string[], texts = 1): HTMLElement => el("thead", {}, el("tr", {}, ...names.map((one, at) => el("th", { scope: "col", class: at < texts ? "" : "number" }, say(`web.nation.${one}`)))));
const rank = (one: Pick<Priority, "rank" | "rank_low" | "rank_high">): string =>
  one.rank === null ? say("report.shown.unknown") : one.rank_low === null || one.rank_high === null || one.rank_low === one.rank_high ? number(one.rank) : say("web.nation.rank_between", { rank: number(one.rank), low: number(one.rank_low), high: number(one.rank_high) });
const title = (challenge: string): string => say(`challenge.${challenge}.title`);

/** Lists the challenges that members share. */
export async function showCommon(whole: Whole, where: HTMLElement): Promise<void> {
  const rows = await table<Common>(whole, "common");
  if (rows.length === 0) return fill(where, el("p", {}, say("web.nation.not_made")));
  rows.sort((one, other) => (one.rank ?? 1e9) - (other.rank ?? 1e9));
  fill(where, el("h2", {}, say("web.nation.common")), el("p", { class: "note" }, say("web.nation.common_how")),
    region(say("web.nation.common"), heads(["challenge", "members_with", "people", "severity", "rank", "chance_top3", "coverage_short", "confidence"]),
      el("tbody", {}, ...rows.map((one) => el("tr", { "data-challenge": one.challenge },
        el("th", { scope: "row" }, title(one.challenge)),
        el("td", { class: "number" }, one.members_judged === 0 ? say("report.shown.unknown") : number(one.members_with), el("small", {}, say("web.nation.of_judged", { n: number(one.members_with), judged: number(one.members_judged), all: number(one.members_all) }))),
        ranged(one.people, one.people_low, one.people_high), ranged(one.severity, one.severity_low, one.severity_high),
        el("td", { class: "number" }, rank(one)), el("td", { class: "number" }, percent(one.chance_top3)), el("td", { class: "number" }, percent(one.coverage_people)),
        el("td", { class: "number" }, one.confidence ? say(`diagnose.confidence.${one.confidence}`) : ""))))));
}

/** Priorities as a table. */
export const prioritiesTable = (rows: readonly Priority[]): HTMLElement =>
  region(say("web.nation.priorities"), heads(["challenge", "rank", "chance_first", "chance_top3", "people"]),
    el("tbody", {}, ...[...rows].sort((one, other) => (one.rank ?? 1e9) - (other.rank ?? 1e9)).map((one) => el("tr", {},
      el("th", { scope: "row" }, title(one.challenge)), el("td", { class: "number" }, rank(one)), el("td", { class: "number" }, percent(one.chance_first)), el("td", { class: "number" }, percent(one.chance_top3)), el("td", { class: "number" }, number(one.people))))));

/** Shows the priorities of the nation or of a province. */
export async function showPriorities(whole: Whole, where: HTMLElement): Promise<void> {
  const rows = await table<Priority>(whole, "priorities");
  if (rows.length === 0) return fill(where, el("p", {}, say("web.nation.not_made")));
  const places = [...new Set(rows.map((one) => one.place))];
  const list = el("div", {});
  const choose = el("select", { id: "priorities-of", onchange: () => show() }, ...places.map((one) => el("option", { value: one }, nameOf(whole, one))));
  const show = (): void => fill(list, prioritiesTable(rows.filter((one) => one.place === choose.value)));
  fill(where, el("h2", {}, say("web.nation.priorities")), el("p", { class: "note" }, say("web.nation.priorities_how")),
    el("div", { class: "row" }, el("label", { for: "priorities-of" }, say("web.nation.priorities_of")), choose), list);
  show();
}

/** A feature in words: its own, else a challenge's or an indicator's title. */
const feature = (whole: Whole, id: string): string => said(`common.feature.${id}`, said(`challenge.${id}.title`, whole.nation.indicators.find((one) => one.id === id)?.title ?? id));
const said = (key: string, otherwise: string): string => { const text = say(key); return text === key ? otherwise : text; };

/** What a kind is called: its label, else its number with its strongest features. */
export async function kindName(whole: Whole, kind: string): Promise<string> {
  const found = (await table<Kind>(whole, "kinds")).find((one) => one.kind === kind);
  const name = (whole.lang === "km" ? found?.name_km : null) ?? found?.name ?? "";
  if (name !== "") return `${kind}: ${name}`;
  const strongest = (await table<Profile>(whole, "kind_profile")).filter((one) => one.kind === kind && one.z !== null).sort((one, other) => Math.abs(other.z as number) - Math.abs(one.z as number)).slice(0, 2);
  return `${kind}: ${strongest.map((one) => `${feature(whole, one.feature)} ${(one.z as number) > 0 ? "↑" : "↓"}`).join(", ")}`;
}

/** Shows the kinds of members and what makes them apart. */
export async function showKinds(whole: Whole, where: HTMLElement): Promise<void> {
  const [kinds, profile, members] = await Promise.all([table<Kind>(whole, "kinds"), table<Profile>(whole, "kind_profile"), table<{ member: string; kind: string; chance: number | null }>(whole, "member_kinds")]);
  if (kinds.length === 0) return fill(where, el("p", {}, say("web.nation.not_made")));
  const card = async (one: Kind): Promise<HTMLElement> => {
    const own = profile.filter((each) => each.kind === one.kind && each.z !== null).sort((a, b) => Math.abs(b.z as number) - Math.abs(a.z as number)).slice(0, MOST_FEATURES);
    const inside = members.filter((each) => each.kind === one.kind).sort((a, b) => (b.chance ?? 0) - (a.chance ?? 0));
    const name = await kindName(whole, one.kind);
    return el("section", { class: "card" }, el("h3", {}, name),
      el("p", { class: "note" }, `${say("web.nation.members")}: ${number(one.members)} · ${say("web.nation.people")}: ${number(one.people)} · ${say("web.nation.stability")}: ${number(one.stability, 2)}`),
      region(name, heads(["feature", "here_value", "nation_value", "apart"]), el("tbody", {}, ...own.map((each) => el("tr", {},
        el("th", { scope: "row" }, feature(whole, each.feature)), el("td", { class: "number" }, number(each.value, 1)), el("td", { class: "number" }, number(each.nation_value, 1)), el("td", { class: "number" }, number(each.z, 1)))))),
      el("details", {}, el("summary", {}, say("web.nation.members")), el("p", {}, inside.map((each) => `${nameOf(whole, each.member)} (${percent(each.chance)})`).join(", "))));
  };
  fill(where, el("h2", {}, say("web.nation.kinds")), el("p", { class: "note" }, say("web.nation.kinds_how")), ...(await Promise.all(kinds.map(card))));
}

/** What is said of a gap, in words. */
function noted(one: Gap): string[] {
  const tier = (one.tier ?? "").split(" ").filter(Boolean).map((id) => said(`plan.tier.${id}`, id)).join(", ");
  return (one.note ?? "").split(" ").filter(Boolean).map((note) => said(`options.gap_note.${note}`, note).replace("{tier}", tier).replace("{source}", one.said ? said(`options.source.${one.said}`, one.said) : ""));
}

/** Shows the actions plans chose, with cost and people, and the gaps. */
export async function showOptions(whole: Whole, where: HTMLElement): Promise<void> {
  const [options, gaps] = await Promise.all([table<Option>(whole, "options"), table<Gap>(whole, "gaps")]);
  if (options.length + gaps.length === 0) return fill(where, el("p", {}, say("web.nation.not_made")));
  const challenges = [...new Set(options.map((one) => one.challenge))];
  const action = (id: string | null): string => (id ? say(`action.${id}.title`) : "");
  fill(where, el("h2", {}, say("web.nation.options")), el("p", { class: "note" }, say("web.nation.options_how")),
    ...challenges.map((challenge) => el("section", {}, el("h3", {}, title(challenge)),
      region(title(challenge), heads(["action", "plans", "units", "capital", "running", "reached", "grade"]), el("tbody", {}, ...options.filter((one) => one.challenge === challenge).map((one) => el("tr", {},
        el("th", { scope: "row" }, action(one.action)),
        el("td", { class: "number" }, one.plans === null || one.plans_all === null ? "" : say("web.nation.plans_of", { n: number(one.plans), all: number(one.plans_all) })),
        el("td", { class: "number" }, one.units === null ? "" : `${number(one.units)} ${one.unit ? said(`plan.unit.${one.unit}`, one.unit) : ""}`),
        ranged(one.capital_usd, one.capital_low_usd, one.capital_high_usd), ranged(one.om_usd, one.om_low_usd, one.om_high_usd), ranged(one.people, one.people_low, one.people_high),
        el("td", { class: "number" }, one.grade ?? ""))))))),
    gaps.length === 0 ? null : el("h3", {}, say("web.nation.gaps")),
    gaps.length === 0 ? null : region(say("web.nation.gaps"), heads(["gaps", "challenge", "action", "members", "people", "capital"], 3), el("tbody", {}, ...gaps.map((one) => el("tr", {},
      el("th", { scope: "row" }, say(`options.gap_kind.${one.kind}`), ...noted(one).map((note) => el("small", {}, ` ${note}`))), el("td", {}, one.challenge ? title(one.challenge) : ""), el("td", {}, action(one.action)),
      el("td", { class: "number" }, number(one.members)), el("td", { class: "number" }, number(one.people)), el("td", { class: "number" }, one.usd === null ? "" : number(one.usd)))))));
}
