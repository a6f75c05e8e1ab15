/** Members and challenges: severity as colour and number, what is not known hatched; a grid for the keyboard. */

import { COLOURS } from "../map/classes";
import { el, fill } from "../map/dom";
import { number, say } from "../words";
import { above, nameOf, table, tell, type Whole } from "./model";

export type Judged = { challenge: string; member: string; severity: number | null; low: number | null; high: number | null; people: number | null; has: boolean | null; basis: string | null; confidence: string | null; status: string };
type Known = { challenge: string; rank: number | null };
const COLUMNS = "challenge,member,severity,low,high,people,has,basis,confidence,status";
const CLASS = 20;

/** The class of a severity, 0 to 4. */
export const severityClass = (severity: number): number => Math.min(COLOURS.length - 1, Math.floor(severity / CLASS));

/** Rows in order: by a challenge, by how many a member has, or by name; unknown last. */
export function ordered(members: readonly string[], of: (member: string) => number | string, descends: boolean): string[] {
  return [...members].sort((one, other) => {
    const [first, second] = [of(one), of(other)];
    if (typeof first === "string" || typeof second === "string") return String(first).localeCompare(String(second)) * (descends ? -1 : 1);
    if (Number.isNaN(first) || Number.isNaN(second)) return Number(Number.isNaN(first)) - Number(Number.isNaN(second));
    return (first - second) * (descends ? -1 : 1);
  });
}

/** Shows the matrix. */
export async function showMatrix(whole: Whole, where: HTMLElement): Promise<void> {
  const [rows, common] = await Promise.all([table<Judged>(whole, "challenge_members", { columns: COLUMNS }), table<Known>(whole, "common", { columns: "challenge,rank" })]);
  if (rows.length === 0) return fill(where, el("p", {}, say("web.nation.not_made")));
  const rank = new Map(common.map((one) => [one.challenge, one.rank ?? Number.POSITIVE_INFINITY]));
  const at = new Map(rows.map((one) => [`${one.member} ${one.challenge}`, one]));
  const judged = new Set(rows.filter((one) => one.severity !== null).map((one) => one.challenge));
  const challenges = [...new Set(rows.map((one) => one.challenge))].sort((one, other) => Number(judged.has(other)) - Number(judged.has(one)) || (rank.get(one) ?? 0) - (rank.get(other) ?? 0));
  const members = [...new Set(rows.map((one) => one.member))];
  const count = (member: string): number => challenges.filter((one) => at.get(`${member} ${one}`)?.has === true).length;
  let sorted = { by: "count", descends: true };
  let province = "";
  const provinces = [...new Set(members.map((one) => above(whole, one).at(1)).filter((one): one is string => one !== undefined))].sort();
  const choose = el("select", { id: "matrix-within", onchange: () => { province = choose.value; show(); } }, el("option", { value: "" }, say("web.nation.whole")), ...provinces.map((one) => el("option", { value: one }, nameOf(whole, one))));
  const said = el("p", { class: "done", role: "status" });
  const grid = el("div", { class: "scroll matrix", tabindex: 0, role: "region", "aria-label": say("web.nation.matrix") });
  fill(where, el("h2", {}, say("web.nation.matrix")), el("p", { class: "note" }, say("web.nation.matrix_how")),
    el("div", { class: "row" }, el("label", { for: "matrix-within" }, say("web.nation.members_of")), choose), key(), said, grid);

  const head = (by: string, text: string): HTMLElement =>
    el("th", { scope: "col", "aria-sort": sorted.by === by ? (sorted.descends ? "descending" : "ascending") : null },
      el("button", { type: "button", "data-by": by, onclick: () => {
        sorted = { by, descends: sorted.by === by ? !sorted.descends : by !== "name" };
        show();
        grid.querySelector<HTMLElement>(`[data-by="${by}"]`)?.focus();
      } }, text));
  const cell = (member: string, challenge: string): HTMLElement => {
    const one = at.get(`${member} ${challenge}`);
    const severity = one?.severity ?? null;
    const made = el("td", { class: severity === null ? "hatch" : `severity-${severityClass(severity)}`, tabindex: -1, "data-at": `${member} ${challenge}` }, severity === null ? "?" : number(severity));
    if (severity === null) made.setAttribute("aria-label", say("report.shown.unknown"));
    return made;
  };
  const value = (member: string): number | string =>
    sorted.by === "name" ? nameOf(whole, member) : sorted.by === "count" ? count(member) : (at.get(`${member} ${sorted.by}`)?.severity ?? Number.NaN);
  function show(): void {
    const kept = ordered(members.filter((one) => province === "" || above(whole, one).includes(province)), value, sorted.descends);
    const body = kept.map((member) => el("tr", {},
      el("th", { scope: "row" }, nameOf(whole, member)), el("td", { class: "number" }, number(count(member))), ...challenges.map((one) => cell(member, one))));
    fill(grid, el("table", {},
      el("caption", { class: "unseen" }, say("web.nation.matrix")),
      el("thead", {}, el("tr", {}, head("name", say("web.nation.member")), head("count", say("web.nation.judged")), ...challenges.map((one) => head(one, say(`challenge.${one}.title`))))),
      el("tbody", {}, ...body)));
    grid.querySelector("tbody td[data-at]")?.setAttribute("tabindex", "0");
  }
  grid.addEventListener("focusin", (event) => {
    const here = (event.target as HTMLElement).closest<HTMLElement>("td[data-at]");
    if (here === null) return;
    grid.querySelector("td[tabindex='0']")?.setAttribute("tabindex", "-1");
    here.setAttribute("tabindex", "0");
    fill(said, ...tellCell(whole, here.dataset["at"] as string, at));
  });
  grid.addEventListener("click", (event) => (event.target as HTMLElement).closest<HTMLElement>("td[data-at]")?.focus());
  grid.addEventListener("keydown", (event) => walk(whole, event));
  show();
}

/** Says what a cell says, in a sentence and its parts. */
function tellCell(whole: Whole, key: string, at: Map<string, Judged>): HTMLElement[] {
  const [member, challenge] = key.split(" ") as [string, string];
  const one = at.get(key);
  const known = one !== undefined && one.severity !== null;
  const range = known && one.low !== null && one.high !== null ? ` (${number(one.low)} – ${number(one.high)})` : "";
  const severity = known ? `${number(one.severity)}${range}` : say("report.shown.unknown");
  const parts = [
    known && one.people !== null ? `${say("web.nation.people")}: ${number(one.people)}` : "",
    one?.basis ? `${say("web.nation.basis")}: ${say(`web.nation.basis_${one.basis}`)}` : "",
    known && one.confidence ? `${say("web.nation.confidence")}: ${say(`diagnose.confidence.${one.confidence}`)}` : "",
    one === undefined ? "" : say(`word.status.${one.status}`),
  ].filter((text) => text !== "");
  return [el("b", {}, say("web.nation.matrix_cell", { member: nameOf(whole, member), challenge: say(`challenge.${challenge}.title`), severity })), el("small", {}, ` ${parts.join(" · ")}`)];
}

/** Arrow keys move between cells; Enter opens the member. */
function walk(whole: Whole, event: KeyboardEvent): void {
  const here = (event.target as HTMLElement).closest<HTMLTableCellElement>("td[data-at]");
  if (here === null) return;
  const row = here.parentElement as HTMLTableRowElement;
  const above_ = row.previousElementSibling as HTMLTableRowElement | null;
  const below_ = row.nextElementSibling as HTMLTableRowElement | null;
  const next = { ArrowLeft: here.previousElementSibling, ArrowRight: here.nextElementSibling, ArrowUp: above_?.cells[here.cellIndex], ArrowDown: below_?.cells[here.cellIndex], Home: row.querySelector("td[data-at]"), End: row.lastElementChild }[event.key];
  if (event.key === "Enter") {
    whole.chosen = (here.dataset["at"] as string).split(" ")[0] as string;
    tell(whole, "chosen");
  } else if (next === undefined) return;
  else if (next instanceof HTMLElement && next.dataset["at"] !== undefined) next.focus();
  event.preventDefault();
}

/** What the colours mean. */
function key(): HTMLElement {
  const classes = COLOURS.map((_, at) => el("li", {}, el("span", { class: `patch severity-${at}`, "aria-hidden": "true" }), `${number(at * CLASS)} – ${number((at + 1) * CLASS)}`));
  return el("ul", { class: "keys" }, ...classes, el("li", {}, el("span", { class: "patch hatch", "aria-hidden": "true" }), say("report.shown.unknown")));
}
