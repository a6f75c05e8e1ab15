/** The facilitator's desk: what is on the table, who is invited, open; or come in with a code. */

import { el, fill } from "../map/dom";
import { asRole, whoIsHere } from "../office/sign_in";
import { field, lines, told } from "../voice/frame";
import { spelt } from "../voice/mine";
import { say } from "../words";
import { type Words, open } from "./model";

/** Draws the way in with a code, and below it the desk for whoever may open a workshop. */
export async function drawBegin(at: HTMLElement, known: Words): Promise<void> {
  const desk = el("section", { class: "desk" });
  fill(at, codeForm(), desk);
  await asRole(desk, "planner", async (who) => fill(desk, whoIsHere(who), openForm(known)));
}

function codeForm(): HTMLElement {
  const input = el("input", { id: "code", autocomplete: "off", autocapitalize: "characters", spellcheck: "false", maxlength: 12, required: true });
  const made = el("form", { class: "card" }, field(say("web.workshop.have_code"), input), el("button", { type: "submit" }, say("web.workshop.join")));
  made.addEventListener("submit", (event) => {
    event.preventDefault();
    location.hash = spelt(input.value);
  });
  return made;
}

function openForm(known: Words): HTMLElement {
  const title = el("input", { id: "title", required: true, minlength: 3, maxlength: 200 });
  const message = told();
  const box = (name: string, id: string, text: string, checked: boolean): HTMLElement => el("label", { class: "row box" }, el("input", { type: "checkbox", name, value: id, checked }), el("span", {}, text));
  const dimensions = [...new Set(known.challenges.map((one) => one.dimension))];
  const table = dimensions.map((dimension) =>
    el("fieldset", {}, el("legend", {}, say(`word.dimension.${dimension}`)), ...known.challenges.filter((one) => one.dimension === dimension).map((one) => box("challenge", one.id, one.title, false))),
  );
  const made = el(
    "form",
    { class: "card open-form" },
    el("h2", {}, say("web.workshop.open_one")),
    field(say("web.workshop.name"), title),
    el("h3", {}, say("web.workshop.on_the_table")),
    el("p", { class: "note" }, say("web.workshop.table_note")),
    el("div", { class: "boxes" }, ...table),
    el("fieldset", {}, el("legend", {}, say("web.workshop.invited")), el("div", { class: "boxes" }, ...known.groups.map((one) => box("group", one.id, one.title, true)))),
    message.at,
    el("button", { type: "submit", class: "first" }, say("web.workshop.open")),
  );
  made.addEventListener("submit", (event) => {
    event.preventDefault();
    const said = new FormData(made);
    const [challenges, groups] = [said.getAll("challenge").map(String), said.getAll("group").map(String)];
    if (challenges.length < 2) return message.say(say("web.workshop.two_at_least"), "fault");
    if (groups.length === 0) return message.say(say("web.workshop.choose_group"), "fault");
    void open(title.value, challenges, groups).then(
      (code) => (location.hash = `${code}/screen`),
      (error: unknown) => message.say(lines(error).join(" "), "fault"),
    );
  });
  return made;
}
