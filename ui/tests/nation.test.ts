import { describe, expect, it } from "vitest";
import { ordered, severityClass } from "../src/nation/matrix";
import { rowsOf, shownOf, surelyBetter, type Row } from "../src/nation/model";

const row = (over: Partial<Row>): Row => ({ place: "a", value: 10, low: 8, high: 13, n: null, status: "ok", coverage_people: 0.4, coverage_places: 1, basis: "registers", quality: "official", ...over });

describe("columns", () => {
  it("become rows, missing as null", () => {
    expect(rowsOf({ place: ["a", "b"], value: [1, null] })).toEqual([{ place: "a", value: 1 }, { place: "b", value: null }]);
    expect(rowsOf({})).toEqual([]);
  });
});

describe("what colours say", () => {
  it("is the value, its width or its coverage; nothing where there is no value", () => {
    expect(shownOf(row({}), "value")).toBe(10);
    expect(shownOf(row({}), "width")).toBe(5); // 13 less 8
    expect(shownOf(row({}), "coverage")).toBe(40);
    expect(shownOf(row({ value: null }), "coverage")).toBeNull();
    expect(shownOf(undefined, "value")).toBeNull();
  });
  it("marks a place better only where intervals do not meet", () => {
    expect(surelyBetter({ low: 1, high: 2 }, { low: 3, high: 4 }, "lower")).toBe(true);
    expect(surelyBetter({ low: 1, high: 3 }, { low: 3, high: 4 }, "lower")).toBe(false);
    expect(surelyBetter({ low: 5, high: 6 }, { low: 3, high: 4 }, "higher")).toBe(true);
    expect(surelyBetter({ low: 5, high: 6 }, { low: 3, high: 4 }, "context")).toBe(false);
    expect(surelyBetter({ low: null, high: 6 }, { low: 3, high: 4 }, "higher")).toBe(false);
  });
});

describe("the matrix", () => {
  it("has five classes of severity", () => {
    expect([0, 19.9, 20, 99, 100].map(severityClass)).toEqual([0, 0, 1, 4, 4]);
  });
  it("puts what is not known last, whichever way it is sorted", () => {
    const of = (member: string): number => ({ a: 5, b: Number.NaN, c: 7 })[member] as number;
    expect(ordered(["a", "b", "c"], of, true)).toEqual(["c", "a", "b"]);
    expect(ordered(["a", "b", "c"], of, false)).toEqual(["a", "c", "b"]);
  });
});
