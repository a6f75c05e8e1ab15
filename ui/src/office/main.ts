/** The page of the office: voices in a list, handled one by one; what came from elsewhere; counts. */

import "../voice/voice.css";
import "./office.css";
import { type Lang, get } from "../api";
import { el, fill } from "../map/dom";
import type { Form } from "../voice/form";
import { field, frame, lines, told } from "../voice/frame";
import { digits, say } from "../words";
import { type Asked, CATEGORIES, type Counts, MOST, STATUSES, type Voice, counts, list, takeIn } from "./model";
import { day, drawOne } from "./one";
import { asRole, whoIsHere } from "./sign_in";

async function draw(main: HTMLElement, lang: Lang): Promise<void> {
  await asRole(main, "officer", async (who) => {
    const form = await get<Form>(`api/form?lang=${lang}`);
    const places = new Map(form.cities.flatMap((one) => one.places.map(({ id, name }) => [id, name] as [string, string])));
    const [figures, rows, one] = [el("section", {}), el("div", {}), el("section", { class: "one", "aria-live": "polite" })];
    const message = told();
    const asked: Asked = { status: "", category: "", skip: 0 };
    const renew = async (): Promise<void> => {
      const [said, counted] = await Promise.all([list(asked), counts()]);
      drawFigures(figures, counted, places);
      drawRows(rows, said, asked, places, renew, (voice) => {
        const opened = (each: Voice): void =>
          drawOne(one, each, places, (now) => {
            message.say(say("web.office.saved", { reference: now.id }));
            void renew();
            opened(now);
          });
        opened(voice);
        one.scrollIntoView({ block: innerWidth < 960 ? "start" : "nearest" });
      });
    };
    fill(main, whoIsHere(who), message.at, figures, tools(asked, renew, message.say), el("div", { class: "split" }, rows, one));
    await renew().catch((error: unknown) => message.say(lines(error).join(" "), "fault"));
  });
}

function tools(asked: Asked, renew: () => Promise<void>, tell: ReturnType<typeof told>["say"]): HTMLElement {
  const choose = (name: "status" | "category", words: string[], key: string): HTMLElement => {
    const made = el("select", { id: `by-${name}` }, el("option", { value: "" }, say("web.office.all")), ...words.map((one) => el("option", { value: one }, say(`web.citizen.${key}_${one}`))));
    made.addEventListener("change", () => {
      asked[name] = made.value;
      asked.skip = 0;
      void renew();
    });
    return field(say(name === "status" ? "web.citizen.status" : "web.office.category"), made);
  };
  const file = el("input", { type: "file", id: "file", accept: ".csv,text/csv" });
  file.addEventListener("change", () => {
    const one = file.files?.[0];
    if (one === undefined) return;
    void takeIn(one).then(
      ({ kept, known, without_consent }) => {
        tell(say("web.office.taken_in", { kept: digits(String(kept)), known: digits(String(known)), without: digits(String(without_consent)) }));
        file.value = "";
        void renew();
      },
      (error: unknown) => tell(lines(error).join(" "), "fault"),
    );
  });
  return el("div", { class: "tools filters" }, choose("status", STATUSES, "status"), choose("category", CATEGORIES, "kind"), field(say("web.office.import"), file), el("a", { class: "button", href: "api/office/voices.csv", download: "voices.csv" }, say("web.office.export")));
}

function drawRows(at: HTMLElement, said: { n: number; voices: Voice[] }, asked: Asked, places: Map<string, string>, renew: () => Promise<void>, open: (voice: Voice) => void): void {
  const row = (voice: Voice): HTMLElement => {
    const marks = [voice.photo ? say("web.office.photo") : "", voice.sound ? say("web.office.sound") : ""].filter((one) => one !== "").join(", ");
    const made: HTMLElement = el(
      "tr",
      {},
      el("th", { scope: "row" }, el("button", { type: "button", class: "open", onclick: () => (choose(made), open(voice)) }, voice.id)),
      el("td", {}, el("span", { class: "short", lang: voice.lang }, voice.text), marks === "" ? null : el("small", {}, marks)),
      el("td", {}, say(`web.citizen.kind_${voice.category}`)),
      el("td", {}, voice.place === null ? "" : (places.get(voice.place) ?? voice.place)),
      el("td", {}, day(voice.kept_at)),
      el("td", {}, el("span", { class: `chip ${voice.status}` }, say(`web.citizen.status_${voice.status}`))),
    );
    return made;
  };
  const choose = (made: HTMLElement): void => {
    for (const one of at.querySelectorAll("tr.chosen")) one.classList.remove("chosen");
    made.classList.add("chosen");
  };
  const page = (by: number): void => {
    asked.skip = Math.max(0, asked.skip + by * MOST);
    void renew();
  };
  const heads = ["reference", "what", "category", "where", "kept_at", "status"].map((one) => el("th", { scope: "col" }, say(one === "status" ? "web.citizen.status" : `web.office.${one}`)));
  const to = Math.min(asked.skip + said.voices.length, said.n);
  fill(
    at,
    said.n === 0 ? el("p", {}, say("web.office.none")) : el("div", { class: "scroll", role: "region", tabindex: "0", "aria-label": say("web.office.list") }, el("table", {}, el("caption", {}, say("web.office.list_of", { from: digits(String(asked.skip + 1)), to: digits(String(to)), all: digits(String(said.n)) })), el("thead", {}, el("tr", {}, ...heads)), el("tbody", {}, ...said.voices.map(row)))),
    el("p", { class: "row" }, el("button", { type: "button", disabled: asked.skip === 0, onclick: () => page(-1) }, say("web.office.newer")), el("button", { type: "button", disabled: to >= said.n, onclick: () => page(1) }, say("web.office.older"))),
  );
}

function drawFigures(at: HTMLElement, said: Counts, places: Map<string, string>): void {
  const { n, n_open, n_answered, median_days } = said.answering;
  const figure = (name: string, value: string): HTMLElement => el("div", {}, el("dt", {}, say(`web.office.${name}`)), el("dd", {}, value));
  const shown = (one: { n: number | null } | undefined): string => (one === undefined || one.n === 0 ? digits("0") : one.n === null ? say("web.office.few") : digits(String(one.n)));
  const of = (place: string, category: string): string => shown(said.counts.find((one) => one.place === place && one.category === category));
  const named = [...new Set(said.counts.map((one) => one.place))];
  const table = el(
    "table",
    {},
    el("caption", {}, say("web.office.counts_note")),
    el("thead", {}, el("tr", {}, el("th", { scope: "col" }, say("web.office.where")), ...[...CATEGORIES, ""].map((one) => el("th", { scope: "col", class: "number" }, one === "" ? say("web.office.together") : say(`web.citizen.kind_${one}`))))),
    el("tbody", {}, ...named.map((place) => el("tr", {}, el("th", { scope: "row" }, place === "" ? say("web.office.everywhere") : (places.get(place) ?? place)), ...[...CATEGORIES, ""].map((one) => el("td", { class: "number" }, of(place, one)))))),
  );
  fill(
    at,
    el("dl", { class: "figures" }, figure("n", digits(String(n))), figure("n_open", digits(String(n_open))), figure("n_answered", digits(String(n_answered))), figure("median_days", median_days === null ? say("web.office.too_few") : digits(median_days.toFixed(1)))),
    named.length === 0 ? null : el("details", {}, el("summary", {}, say("web.office.counts")), el("div", { class: "scroll", role: "region", tabindex: "0", "aria-label": say("web.office.counts") }, table)),
  );
}

await frame("office", draw);
