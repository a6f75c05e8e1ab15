import { expect, it } from "vitest";
import { type Voice, changed, query } from "../src/office/model";
import { mayAs } from "../src/office/sign_in";

const voice: Voice = {
  id: "AAAA-AAAA", category: "health", text: "Far", lang: "en", lat: null, lon: null, place: null, said_at: "2026-01-01T00:00:00Z", kept_at: "2026-01-01T00:00:00Z", status: "seen",
  office: "Health", answer: null, answered_at: null, duplicate_of: null, channel: "web", is_shown: 0, photo: false, sound: false, next: ["answered"],
};
const same = { status: "seen", office: "Health", answer: "", note: "", is_shown: false, duplicate_of: "" };

it("sends only what changed", () => {
  expect(changed(voice, same)).toEqual({});
  expect(changed(voice, { ...same, answer: " A nurse comes. ", status: "answered" })).toEqual({ status: "answered", answer: "A nurse comes." });
  expect(changed(voice, { ...same, is_shown: true, note: "looked at" })).toEqual({ is_shown: true, note: "looked at" });
  expect(changed(voice, { ...same, status: "duplicate", duplicate_of: "bbbb-bbbb" })).toEqual({ status: "duplicate", duplicate_of: "BBBB-BBBB" });
});

it("asks for what was chosen alone", () => {
  expect(query({ status: "", category: "", skip: 0 })).toBe("skip=0&most=25");
  expect(query({ status: "seen", category: "food", skip: 25 })).toBe("skip=25&most=25&status=seen&category=food");
});

it("lets those above do what those below may", () => {
  expect([mayAs("public", "officer"), mayAs("officer", "officer"), mayAs("administrator", "planner"), mayAs("officer", "planner")]).toEqual([false, true, true, false]);
});
