import { describe, expect, it } from "vitest";
import { parts, pixels } from "../src/map/cells";
import { added, closed, closedEdges, kindOf, removed } from "../src/map/changes";
import { APART, COLOURS, MISSING, apart, bounds, classOf, colourApart, colours, quantile, rounded } from "../src/map/classes";
import { className, interval, shown, signed } from "../src/map/format";
import { begin, push, redo, undo } from "../src/map/history";
import { linkOf, readLink } from "../src/map/link";
import { gains, unitsOf, type Answer, type Change, type Page } from "../src/map/model";

describe("classes", () => {
  it("go in even steps from the floor to the goal", () => {
    expect(bounds([5, 95], [0, 100])).toEqual([20, 40, 60, 80]);
    expect(bounds([5, 95], [100, 0])).toEqual([20, 40, 60, 80]);
  });
  it("are fifths where the goal tells no place from another", () => {
    expect(bounds([91, 92, 93, 94, 95, 96], [0, 100])).toEqual([92, 93, 94, 95]);
  });
  it("leave out what is missing, and bounds that repeat", () => {
    expect(bounds([Number.NaN, 3, 3, 3])).toEqual([]);
    expect(bounds([])).toEqual([]);
  });
  it("hold a value on a bound above it, and nothing for what is missing", () => {
    expect([19.9, 20, 80, 300].map((value) => classOf(value, [20, 40, 60, 80]))).toEqual([0, 1, 4, 4]);
    expect(classOf(null, [20])).toBeNull();
    expect(classOf(Number.NaN, [20])).toBeNull();
  });
  it("are coloured from light to dark", () => {
    expect(colours(5)).toEqual([...COLOURS]);
    expect(colours(2)).toEqual([COLOURS[0], COLOURS[4]]);
    expect(colours(1)).toHaveLength(1);
  });
  it("have quantiles between neighbours and two leading digits", () => {
    expect(quantile([0, 10], 0.25)).toBe(2.5);
    expect([1234, 0.0567, 0, -86.4].map(rounded)).toEqual([1200, 0.057, 0, -86]);
  });
});

describe("differences", () => {
  const inner = apart([8, -2, 0]);
  it("are halved on both sides", () => expect([inner[0], inner[3]]).toEqual([-4, 4]));
  it("are brown where worse, blue where better, whichever way is better", () => {
    expect([-8, -2, 0, 2, 8].map((value) => colourApart(value, inner, "higher"))).toEqual([...APART]);
    expect([-8, -2, 0, 2, 8].map((value) => colourApart(value, inner, "lower"))).toEqual([...APART].reverse());
  });
  it("are of no colour of theirs where unknown, and even where nothing differs", () => {
    expect(colourApart(null, inner, "higher")).toBe(MISSING);
    expect(colourApart(0, apart([0, 0]), "higher")).toBe(APART[2]);
  });
});

describe("cells", () => {
  it("become one pixel each; missing ones none", () => {
    const made = pixels(new Float32Array([10, Number.NaN, 90]), [50]);
    expect([...made.slice(0, 4)]).toEqual([...parts(COLOURS[0]), 225]);
    expect([...made.slice(4, 8)]).toEqual([0, 0, 0, 0]);
    expect([...made.slice(8, 11)]).toEqual(parts(COLOURS[4]));
  });
  it("a hundred thousand of them are painted before the eye sees it", () => {
    const made = pixels(new Float32Array(100_000).fill(55), [20, 40, 60, 80]);
    expect(made).toHaveLength(400_000);
    expect([...made.slice(-4, -1)]).toEqual(parts(COLOURS[2]));
  });
});

describe("what was done", () => {
  it("is undone and done again; a new step forgets what was undone", () => {
    let all = push(push(begin(0), 1), 2);
    all = undo(all);
    expect([all.now, all.past, all.future]).toEqual([1, [0], [2]]);
    expect(redo(all).now).toBe(2);
    expect(push(all, 7).future).toEqual([]);
    expect(undo(begin(5)).now).toBe(5);
    expect(redo(begin(5)).now).toBe(5);
  });
  it("is named as the server names it", () => {
    expect(added("market", 103.51234567, 12.6)).toEqual({ do: "add_facility", kind: "market", lon: 103.512346, lat: 12.6 });
    expect(added("bus_stop", 1, 2)).toMatchObject({ do: "add_stop", mode: "bus" });
    expect(added("park", 1, 2)).toMatchObject({ do: "add_open_space", area_m2: 2500 });
    expect(["market", "bus_stop", "park"].map((kind) => kindOf(added(kind, 1, 2)))).toEqual(["market", "bus_stop", "park"]);
  });
  it("closes a street once, opens it again, and removes a facility once", () => {
    const one = closed([], 7);
    expect(closedEdges(closed(one, 9))).toEqual([7, 9]);
    expect(closed(one, 7)).toEqual([]);
    expect(removed(removed([], "osm:1"), "osm:1")).toHaveLength(1);
  });
});

describe("numbers", () => {
  const share = { unit: "%", decimals: 1 };
  it("have their unit and decimals", () => {
    expect(shown(83.56, share)).toBe("83.6%");
    expect(shown(12345, { unit: "persons", decimals: 0 })).toBe("12,345");
    expect(shown(null, share)).toBe("report.shown.unknown");
  });
  it("have an interval where both ends are known", () => {
    expect(interval({ low: 1, high: 2 }, share)).toBe("1.0 – 2.0%");
    expect(interval({ low: null, high: 2 }, share)).toBe("");
  });
  it("say which way they differ, and none where rounding hides it", () => {
    expect([5.25, -5.25, 0.01, 1234.5].map((value) => signed(value, 1))).toEqual(["+5.3", "−5.3", "0.0", "+1,234.5"]);
  });
  it("name classes by their bounds", () => {
    expect(className(1, [20, 40], 1)).toBe("20 – 40");
    expect(className(0, [20], 1)).toBe("web.map.below");
  });
});

describe("an answer", () => {
  const answer: Answer = {
    columns: {
      place: ["KH99", "KH99", "KH9901", "KH99"], group: ["all", "all", "all", "women"], indicator: ["market_access", "walk", "market_access", "market_access"],
      before: [1, 1, 1, 1], after: [2, 2, 2, 2], difference: [1, 1, 1, 1], status: ["ok", "ok", "ok", "ok"], num_before: [100, 1, 50, 10], num: [180.4, 2, 80, 15],
    },
    counts_people: ["market_access"], milliseconds: 3,
  };
  it("counts people of the whole city, all of them, for indicators that count people", () => {
    expect(gains(answer, "KH99")).toEqual([{ indicator: "market_access", people: expect.closeTo(80.4) }]);
    expect(gains(answer, "KH99", "women")).toEqual([{ indicator: "market_access", people: 5 }]);
  });
});

it("places no other lies in are the units", () => {
  const feature = (place: string, parent: string | null) => ({ type: "Feature" as const, geometry: { type: "Point" as const, coordinates: [0, 0] }, properties: { place, parent } });
  const all = { type: "FeatureCollection" as const, features: [feature("A", null), feature("B", "A"), feature("C", "B"), feature("D", "A")] };
  expect(unitsOf(all).map((one) => one.place)).toEqual(["C", "D"]);
});

it("an address says what is shown, and is read again", () => {
  const page = { city: { code: "KH99" }, indicator: { id: "market_access" }, group: "women", mode: "cells", chosen: "KH9901" } as unknown as Page;
  expect(readLink(linkOf(page, "K7QD-3M9P"))).toEqual({ city: "KH99", indicator: "market_access", group: "women", mode: "cells", place: "KH9901", scenario: "K7QD-3M9P" });
  expect(readLink("").mode).toBe("places");
});

it("changes are never changed in place", () => {
  const all: Change[] = Object.freeze([]) as unknown as Change[];
  expect(closed(all, 1)).not.toBe(all);
});
