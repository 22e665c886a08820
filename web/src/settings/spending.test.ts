import { expect, test } from "vitest";
import { recentMonths } from "./spending";

test("months go back over the turn of the year", () => {
  const months = recentMonths(new Date("2026-01-31T23:00:00Z"));
  expect(months.slice(0, 3)).toEqual(["2026-01", "2025-12", "2025-11"]);
  expect(months).toHaveLength(12);
});
