import { expect, it } from "vitest";
import { POINTS, agreement, give, left, spread } from "../src/workshop/points";

const TABLE = ["debt", "heat", "work"];

it("gives no more points than there are and takes no more than were given", () => {
  let points = give({}, "debt", 60);
  points = give(points, "heat", 60);
  expect(points).toEqual({ debt: 60, heat: 40 });
  expect(left(points)).toBe(0);
  expect(give(points, "work", 5)).toEqual({ debt: 60, heat: 40, work: 0 });
  expect(give(points, "debt", -500)).toEqual({ debt: 0, heat: 40 });
});

it("spreads the rest over the table in whole points", () => {
  expect(spread({}, TABLE)).toEqual({ debt: 34, heat: 33, work: 33 });
  expect(spread({ debt: 90 }, TABLE)).toEqual({ debt: 94, heat: 3, work: 3 });
});

it("keeps every sum right, whatever buttons are pressed", () => {
  let points = {};
  let seed = 7;
  for (let step = 0; step < 2000; step += 1) {
    seed = (seed * 1103515245 + 12345) % 2147483648;
    points = give(points, TABLE[seed % 3] as string, (seed % 41) - 20);
    const values = Object.values<number>(points);
    expect(values.every((one) => one >= 0 && Number.isInteger(one))).toBe(true);
    expect(left(points)).toBeGreaterThanOrEqual(0);
    expect(left(spread(points, TABLE))).toBe(0);
  }
  expect(POINTS).toBe(100);
});

it("says agreement in words", () => {
  expect([null, 0, 0.29, 0.3, 0.5, 0.69, 0.7, 1].map(agreement)).toEqual(["unknown", "little", "little", "some", "much", "much", "strong", "strong"]);
});
