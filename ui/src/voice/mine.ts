/** What this phone has sent, what waits, and what became of it. */

import { el, fill } from "../map/dom";
import { say } from "../words";
import { lines, told } from "./frame";
import { type Followed, follow } from "./post";
import type { Sent, Store, Waiting } from "./queue";

/** Draws what waits and what was sent. */
export async function drawMine(at: HTMLElement, store: Store, again: () => void): Promise<void> {
  const [waiting, sent] = [await store.waiting(), await store.sent()];
  if (waiting.length + sent.length === 0) return fill(at);
  const clear = el("button", { type: "button", class: "quiet", onclick: () => void store.forget().then(again) }, say("web.citizen.forget"));
  fill(
    at,
    el("h2", {}, say("web.citizen.mine")),
    ...waiting.map((one) => waits(one, store, again)),
    ...sent.sort((a, b) => b.said_at.localeCompare(a.said_at)).map(gone),
    sent.length > 0 ? el("p", {}, clear, el("br"), el("small", {}, say("web.citizen.forget_note"))) : null,
  );
}

function waits(one: Waiting, store: Store, again: () => void): HTMLElement {
  const drop = el("button", { type: "button", class: "quiet", onclick: () => void store.drop(one.key).then(again) }, say("web.citizen.drop"));
  const state = one.faults === undefined ? el("p", { class: "care" }, say("web.citizen.waits")) : el("p", { class: "fault" }, say("web.citizen.refused_by_server", { why: one.faults.join(" ") }));
  return el("article", { class: "card waiting", "data-key": one.key }, el("p", { class: "said" }, one.voice.text), state, drop);
}

function gone(one: Sent): HTMLElement {
  const became = el("div", { class: "became" });
  const button = el("button", { type: "button", onclick: () => void show(one.id, became) }, say("web.citizen.look"));
  return el("article", { class: "card sent" }, el("p", { class: "said" }, one.text), el("p", {}, say("web.citizen.reference"), " ", el("strong", { class: "reference" }, one.id)), button, became);
}

/** Draws the field to follow a voice by its reference. */
export function drawFollow(): HTMLElement {
  const input = el("input", { id: "reference", autocomplete: "off", autocapitalize: "characters", spellcheck: "false", maxlength: 12 });
  const became = el("div", { class: "became" });
  const form = el("form", { class: "card" }, el("h2", {}, say("web.citizen.follow")), el("div", { class: "field" }, el("label", { for: "reference" }, say("web.citizen.follow_label")), input), el("button", { type: "submit" }, say("web.citizen.look")), became);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const asked = spelt(input.value);
    if (asked !== "") void show(asked, became);
  });
  return form;
}

/** A reference as it is kept: large letters, a hyphen in the middle. */
export function spelt(text: string): string {
  const plain = text.toUpperCase().replace(/[^A-Z0-9]/g, "");
  return plain.length > 4 ? `${plain.slice(0, 4)}-${plain.slice(4, 8)}` : plain;
}

async function show(reference: string, at: HTMLElement): Promise<void> {
  const message = told();
  fill(at, message.at);
  try {
    fill(at, ...answer(await follow(reference)));
  } catch (error) {
    const unknown = (error as { status?: number }).status;
    message.say(unknown === 404 || unknown === 422 ? say("web.citizen.unknown_reference") : lines(error).join(" "), "fault");
  }
}

function answer(one: Followed): HTMLElement[] {
  const rows: [string, string | null][] = [
    ["status", say(`web.citizen.status_${one.status}`)],
    ["office", one.office],
    ["answer", one.answer],
  ];
  return [el("div", { role: "status" }, el("dl", { class: "answer" }, ...rows.filter(([, value]) => value !== null).flatMap(([name, value]) => [el("dt", {}, say(`web.citizen.${name}`)), el("dd", {}, value)])))];
}
