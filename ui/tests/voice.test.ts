import { describe, expect, it } from "vitest";
import { Faults } from "../src/api";
import { coarse } from "../src/voice/coarse";
import { put } from "../src/voice/form";
import { spelt } from "../src/voice/mine";
import { type Sent, type Store, type Waiting, flush, newKey } from "../src/voice/queue";

const voice = (key: string, said_at: string): Waiting => ({ key, voice: { key, category: "health", text: "The clinic is far", lang: "en", consent: "2026-1", said_at } });

/** A phone's store in memory. */
function memory(...first: Waiting[]): Store & { kept: Map<string, Waiting>; gone: Sent[] } {
  const kept = new Map(first.map((one) => [one.key, one]));
  const gone: Sent[] = [];
  return {
    kept,
    gone,
    waiting: async () => [...kept.values()],
    keep: async (one) => void kept.set(one.key, one),
    drop: async (key) => void kept.delete(key),
    remember: async (one) => void gone.push(one),
    sent: async () => gone,
    forget: async () => void gone.splice(0),
  };
}

describe("the queue of a phone", () => {
  it("sends the oldest first and remembers references", async () => {
    const store = memory(voice("b", "2026-02-01T00:00:00Z"), voice("a", "2026-01-01T00:00:00Z"));
    const order: string[] = [];
    expect(await flush(store, async ({ key }) => (order.push(key), `REF-${key}`))).toBe(2);
    expect(order).toEqual(["a", "b"]);
    expect(store.gone.map((one) => one.id)).toEqual(["REF-a", "REF-b"]);
    expect(store.kept.size).toBe(0);
  });

  it.each([0, 408, 429, 503, 507])("keeps everything where the server says %i", async (status) => {
    const store = memory(voice("a", "2026-01-01T00:00:00Z"), voice("b", "2026-02-01T00:00:00Z"));
    let asked = 0;
    const away = async (): Promise<string> => {
      asked += 1;
      throw new Faults(status, ["later"]);
    };
    expect(await flush(store, away)).toBe(0);
    expect(asked).toBe(1);
    expect([...store.kept.values()].every((one) => one.faults === undefined)).toBe(true);
  });

  it("says why one was refused, sends the others, and does not send it again by itself", async () => {
    const store = memory(voice("a", "2026-01-01T00:00:00Z"), voice("b", "2026-02-01T00:00:00Z"));
    const picky = async ({ key }: Waiting): Promise<string> => {
      if (key === "a") throw new Faults(422, ["text: too short"]);
      return "REF-b";
    };
    expect(await flush(store, picky)).toBe(1);
    expect(store.kept.get("a")?.faults).toEqual(["text: too short"]);
    expect(await flush(store, picky)).toBe(0);
  });

  it("sends the same key again where the answer was lost on its way", async () => {
    const store = memory(voice("a", "2026-01-01T00:00:00Z"));
    const server = new Map<string, string>();
    let isFirst = true;
    const lossy = async ({ key }: Waiting): Promise<string> => {
      server.set(key, server.get(key) ?? `REF-${server.size}`);
      if (isFirst) {
        isFirst = false;
        throw new Faults(0, []);
      }
      return server.get(key) as string;
    };
    expect(await flush(store, lossy)).toBe(0);
    expect(await flush(store, lossy)).toBe(1);
    expect(server.size).toBe(1);
  });

  it("makes keys the server takes", () => {
    expect(newKey()).toMatch(/^[A-Za-z0-9_.:-]{8,64}$/);
    expect(newKey()).not.toBe(newKey());
  });
});

describe("what is sent", () => {
  const form = { consent: "2026-1", consent_text: "", categories: [], cities: [] };

  it("has the point or the place that was chosen, never both", () => {
    const said = { category: "food", text: "Rice is dear", place: "KH990102" };
    expect(put(form, "en", said, {}).voice.place).toBe("KH990102");
    const here = put(form, "en", said, { at: [12.6, 103.5] }).voice;
    expect([here.lat, here.lon, here.place]).toEqual([12.6, 103.5, undefined]);
    const nowhere = put(form, "en", { ...said, place: "" }, {}).voice;
    expect("place" in nowhere || "lat" in nowhere).toBe(false);
  });

  it("is marked with the language of its letters", () => {
    const said = (text: string): string => put(form, "km", { category: "food", text, place: "" }, {}).voice.lang;
    expect([said("អង្ករថ្លៃណាស់"), said("Rice is dear")]).toEqual(["km", "en"]);
  });

  it("is coarse before it leaves the phone: the same cell as the server's, and coarse stays coarse", () => {
    expect(coarse(12.6412, 103.5321)).toEqual([12.64059, 103.53321]); // as citiesforall.voices.coarse gives
    const once = coarse(-33.4489, -70.6693);
    expect(once).toEqual([-33.44817, -70.67091]);
    expect(coarse(...once)).toEqual(once);
  });
});

it("spells a reference as it is kept", () => {
  expect([spelt("k7qd3m9p"), spelt(" K7QD 3M9P "), spelt("k7qd-3m9p"), spelt("")]).toEqual(["K7QD-3M9P", "K7QD-3M9P", "K7QD-3M9P", ""]);
});
