/** One voice: what was said, photo and sound, look-alikes, and what the office does with it. */

import { el, fill } from "../map/dom";
import { field, lines, told } from "../voice/frame";
import { digits, say } from "../words";
import { type Alike, type Voice, alike, changed, handle } from "./model";

/** Draws a voice; `done` is told when something was done with it. */
export function drawOne(at: HTMLElement, voice: Voice, places: Map<string, string>, done: (now: Voice) => void): void {
  const likes = el("section", { class: "likes", "aria-label": say("web.office.alike") });
  const repeats = el("input", { id: "duplicate_of", maxlength: 9, autocomplete: "off", value: voice.duplicate_of ?? "" });
  const heading = el("h2", { tabindex: "-1" }, voice.id);
  fill(
    at,
    heading,
    el("p", { class: "said", lang: voice.lang }, voice.text),
    facts(voice, places),
    voice.photo ? el("img", { class: "photo", src: `api/office/voices/${voice.id}/photo`, alt: say("web.office.photo") }) : null,
    voice.sound ? el("audio", { controls: true, preload: "none", src: `api/office/voices/${voice.id}/sound`, "aria-label": say("web.office.sound") }) : null,
    form(voice, repeats, done),
    likes,
  );
  heading.focus({ preventScroll: true });
  void alike(voice.id).then(
    (found) => fill(likes, el("h3", {}, say("web.office.alike")), found.length === 0 ? el("p", { class: "note" }, say("web.office.no_alike")) : el("ul", {}, ...found.map((one) => like(one, repeats, at)))),
    (error: unknown) => fill(likes, el("p", { class: "fault" }, ...lines(error))),
  );
}

function like(one: Alike, repeats: HTMLInputElement, at: HTMLElement): HTMLElement {
  const far = one.distance_m === null || one.distance_m < 50 ? say("web.office.same_place") : say("web.office.far", { metres: digits(String(Math.round(one.distance_m / 100) * 100)) });
  const mark = (): void => {
    const status = at.querySelector<HTMLSelectElement>("#status");
    if (status === null) return;
    repeats.value = one.id;
    status.value = "duplicate";
    status.dispatchEvent(new Event("change"));
    repeats.focus();
  };
  return el("li", {}, el("strong", {}, one.id), ` · ${say("web.office.alike_share", { share: digits(String(Math.round(100 * one.alike))) })} · ${far}`, el("p", { class: "said" }, one.text), el("button", { type: "button", onclick: mark }, say("web.office.is_repeat", { reference: one.id })));
}

function facts(voice: Voice, places: Map<string, string>): HTMLElement {
  const where = voice.place !== null ? (places.get(voice.place) ?? voice.place) : voice.lat === null ? say("web.office.nowhere") : say("web.office.outside");
  const point = voice.lat === null || voice.lon === null ? "" : ` (${voice.lat.toFixed(3)}, ${voice.lon.toFixed(3)}; ${say("web.office.coarse")})`;
  const rows: [string, string][] = [
    ["category", say(`web.citizen.kind_${voice.category}`)],
    ["where", where + point],
    ["said_at", day(voice.said_at)],
    ["channel", say(`web.office.channel_${voice.channel}`)],
  ];
  return el("dl", { class: "facts" }, ...rows.flatMap(([name, value]) => [el("dt", {}, say(`web.office.${name}`)), el("dd", {}, value)]));
}

/** A time to the minute, as the clock of this computer has it. */
export function day(time: string): string {
  const at = new Date(time);
  const two = (n: number): string => String(n).padStart(2, "0");
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())} ${two(at.getHours())}:${two(at.getMinutes())}`;
}

function form(voice: Voice, repeats: HTMLInputElement, done: (now: Voice) => void): HTMLFormElement {
  const message = told();
  const status = el("select", { id: "status" }, ...[voice.status, ...voice.next].map((one) => el("option", { value: one, selected: one === voice.status }, say(`web.citizen.status_${one}`))));
  const office = el("input", { id: "responsible", maxlength: 200, value: voice.office ?? "" });
  const answer = el("textarea", { id: "answer", maxlength: 2000, rows: 4 }, voice.answer ?? "");
  const note = el("textarea", { id: "note", maxlength: 2000, rows: 2 });
  const shown = el("input", { type: "checkbox", id: "shown", checked: voice.is_shown === 1 });
  const repeatField = field(say("web.office.repeats"), repeats);
  const follow = (): void => {
    repeatField.hidden = status.value !== "duplicate";
  };
  status.addEventListener("change", follow);
  follow();
  const made = el(
    "form",
    { class: "card handle", "aria-label": say("web.office.handle") },
    field(say("web.citizen.status"), status), repeatField, field(say("web.citizen.office"), office), field(say("web.office.answer"), answer, say("web.office.answer_note")), field(say("web.office.note"), note, say("web.office.note_note")),
    el("p", { class: "row" }, shown, el("label", { for: "shown" }, say("web.office.shown"))),
    message.at,
    el("button", { type: "submit", class: "first" }, say("web.office.save")),
  );
  made.addEventListener("submit", (event) => {
    event.preventDefault();
    const what = changed(voice, { status: status.value, office: office.value, answer: answer.value, note: note.value, is_shown: shown.checked, duplicate_of: repeats.value });
    if (Object.keys(what).length === 0) return message.say(say("web.office.nothing_changed"), "care");
    void handle(voice.id, what).then(
      (now) => done({ ...now, photo: voice.photo, sound: voice.sound }),
      (error: unknown) => message.say(lines(error).join(" "), "fault"),
    );
  });
  return made;
}
