/** The form: what troubles you, where, photo, voice note, consent. */

import type { Lang } from "../api";
import { el, fill } from "../map/dom";
import { digits, say } from "../words";
import { coarse } from "./coarse";
import { field, told } from "./frame";
import { LONGEST_S, canRecord, record, smaller } from "./media";
import { type Waiting, newKey } from "./queue";
import { sign } from "./signs";

export type Form = {
  consent: string;
  consent_text: string;
  categories: { id: string; title: string }[];
  cities: { city: string; places: { id: string; name: string }[] }[];
};
type Chosen = { at?: [number, number]; photo?: Blob; sound?: Blob };
const SHORTEST = 3;
const LONGEST = 2000;

/** Draws the form; `send` takes what was said and resolves when the phone has kept it. */
export function drawForm(form: Form, lang: Lang, send: (one: Waiting) => Promise<void>): HTMLFormElement {
  const chosen: Chosen = {};
  const text = el("textarea", { id: "text", name: "text", required: true, minlength: SHORTEST, maxlength: LONGEST, rows: 5 });
  const place = el("select", { id: "place", name: "place" }, el("option", { value: "" }, say("web.citizen.no_place")), ...form.cities.map(group));
  const agree = el("input", { type: "checkbox", id: "agree", required: true });
  const message = told();
  const button = el("button", { type: "submit", class: "first wide" }, say("web.citizen.send"));
  const made = el(
    "form",
    { novalidate: true, "aria-label": say("web.citizen.title") },
    categories(form),
    part("what", field(say("web.citizen.what_note"), text)),
    part("where", where(place, chosen)),
    part("more", photo(chosen), sound(chosen)),
    part("agree", el("p", { class: "consent", id: "consent" }, form.consent_text), el("p", { class: "row" }, agree, el("label", { for: "agree" }, say("web.citizen.agree_box")))),
    message.at,
    button,
  );
  made.addEventListener("submit", (event) => {
    event.preventDefault();
    const missing = firstMissing(made, text, agree);
    if (missing !== null) {
      message.say(say(`web.citizen.missing_${missing[0]}`), "fault");
      missing[1].focus();
      return;
    }
    button.disabled = true;
    const category = new FormData(made).get("category") as string;
    void send(put(form, lang, { category, text: text.value.trim(), place: place.value }, chosen)).catch((error: unknown) => {
      button.disabled = false;
      message.say(say("web.citizen.not_kept", { why: String(error) }), "fault");
    });
  });
  return made;
}

/** What is sent; only what was chosen stands in it. */
export function put(form: Form, lang: Lang, said: { category: string; text: string; place: string }, chosen: Chosen): Waiting {
  const key = newKey();
  const voice: Waiting["voice"] = { key, category: said.category, text: said.text, lang: /[\u1780-\u17ff]/.test(said.text) ? "km" : lang === "km" && !/[a-z]/i.test(said.text) ? "km" : "en", consent: form.consent, said_at: new Date().toISOString() };
  if (chosen.at !== undefined) [voice.lat, voice.lon] = chosen.at;
  else if (said.place !== "") voice.place = said.place;
  const one: Waiting = { key, voice };
  if (chosen.photo !== undefined) one.photo = chosen.photo;
  if (chosen.sound !== undefined) one.sound = chosen.sound;
  return one;
}

function firstMissing(made: HTMLFormElement, text: HTMLTextAreaElement, agree: HTMLInputElement): [string, HTMLElement] | null {
  if (new FormData(made).get("category") === null) return ["category", made.querySelector("input[name=category]") as HTMLElement];
  if (text.value.trim().length < SHORTEST) return ["text", text];
  return agree.checked ? null : ["agree", agree];
}

function part(name: string, ...inside: HTMLElement[]): HTMLElement {
  return el("section", { class: "part", "aria-labelledby": `part-${name}` }, el("h2", { id: `part-${name}` }, say(`web.citizen.${name}`)), ...inside);
}

function categories(form: Form): HTMLElement {
  const cards = form.categories.map(({ id }) => {
    const label = el("label", { class: "kind" }, el("input", { type: "radio", name: "category", value: id }), el("span", {}, el("b", {}, say(`web.citizen.kind_${id}`)), el("small", {}, say(`web.citizen.for_${id}`))));
    label.insertBefore(sign(id), label.lastElementChild);
    return label;
  });
  return el("fieldset", { class: "kinds part" }, el("legend", {}, el("h2", {}, say("web.citizen.kind"))), ...cards);
}

function group(one: Form["cities"][number]): HTMLElement {
  return el("optgroup", { label: one.city }, ...one.places.map(({ id, name }) => el("option", { value: id }, name)));
}

function where(place: HTMLSelectElement, chosen: Chosen): HTMLElement {
  const message = told();
  const clear = el("button", { type: "button", class: "quiet", hidden: true, onclick: () => forget() }, say("web.citizen.without_here"));
  const here = el("button", { type: "button", onclick: () => ask() }, say("web.citizen.here"));
  const forget = (): void => {
    delete chosen.at;
    clear.hidden = true;
    place.disabled = false;
    message.say("");
    here.focus();
  };
  const ask = (): void => {
    message.say(say("web.citizen.looking"));
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => {
        chosen.at = coarse(coords.latitude, coords.longitude);
        clear.hidden = false;
        place.disabled = true;
        message.say(say("web.citizen.here_kept"));
      },
      () => message.say(say("web.citizen.here_failed"), "care"),
      { maximumAge: 60_000, timeout: 20_000 },
    );
  };
  const can = window.isSecureContext && "geolocation" in navigator;
  return el("div", {}, el("p", { class: "note" }, say("web.citizen.where_note")), can ? el("p", { class: "row" }, here, clear) : null, message.at, field(say("web.citizen.place"), place));
}

function photo(chosen: Chosen): HTMLElement {
  const input = el("input", { type: "file", id: "photo", accept: "image/jpeg,image/png,image/webp", capture: "environment" });
  const shown = el("div", { class: "shown" });
  input.addEventListener("change", () => {
    const file = input.files?.[0];
    if (file === undefined) return;
    void smaller(file).then((small) => {
      chosen.photo = small;
      const address = URL.createObjectURL(small);
      const drop = el("button", { type: "button", class: "quiet", onclick: () => (delete chosen.photo, (input.value = ""), URL.revokeObjectURL(address), fill(shown), input.focus()) }, say("web.citizen.drop_photo"));
      fill(shown, el("img", { src: address, alt: say("web.citizen.photo_alt") }), drop);
    });
  });
  return el("div", {}, field(say("web.citizen.photo"), input, say("web.citizen.photo_note")), shown);
}

function sound(chosen: Chosen): HTMLElement {
  const shown = el("div", { class: "shown" });
  const message = told();
  const keep = (heard: Blob): void => {
    chosen.sound = heard;
    const drop = el("button", { type: "button", class: "quiet", onclick: () => (delete chosen.sound, fill(shown)) }, say("web.citizen.drop_sound"));
    fill(shown, el("audio", { controls: true, src: URL.createObjectURL(heard), "aria-label": say("web.citizen.sound") }), drop);
  };
  if (!canRecord()) {
    const input = el("input", { type: "file", id: "sound", accept: "audio/ogg,audio/webm,audio/mp4", capture: true });
    input.addEventListener("change", () => input.files?.[0] !== undefined && keep(input.files[0]));
    return el("div", {}, field(say("web.citizen.sound"), input), shown);
  }
  let stop: (() => void) | undefined;
  const button = el("button", { type: "button", "aria-pressed": "false" }, say("web.citizen.record"));
  const rest = (): void => {
    stop = undefined;
    button.textContent = say("web.citizen.record");
    button.setAttribute("aria-pressed", "false");
    message.say("");
  };
  button.addEventListener("click", () => {
    if (stop !== undefined) return stop();
    void record().then(
      (running) => {
        stop = running.stop;
        button.textContent = say("web.citizen.stop");
        button.setAttribute("aria-pressed", "true");
        message.say(say("web.citizen.recording", { seconds: digits(String(LONGEST_S)) }));
        void running.done.then((heard) => (rest(), keep(heard)));
      },
      () => message.say(say("web.citizen.no_microphone"), "care"),
    );
  });
  return el("div", {}, el("span", { class: "label" }, say("web.citizen.sound")), el("p", { class: "row" }, button), message.at, shown);
}
