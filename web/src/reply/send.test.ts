import { describe, expect, test } from "vitest";
import { obstacleOf, type Finding, type Preview } from "./send";

const preview = (extra: Partial<Preview> = {}): Preview => ({ from: "", to: "", subject: "", text: "Hello", appended: "", language: "de", translated: false, findings: [], amounts: [], problems: [], ...extra });
const finding = (rule: string, severity: Finding["severity"]): Finding => ({ rule, severity, start: 0, end: 1, excerpt: "H", source: "" });

describe("what keeps a reply from being sent", () => {
  test("nothing, when the check is clean", () => expect(obstacleOf(preview(), new Map())).toBeUndefined());
  test("a check that is not done", () => expect(obstacleOf(undefined, new Map())).toBe("check"));
  test("a blocking finding, whatever reasons are given", () => expect(obstacleOf(preview({ findings: [finding("amazon.phone", "block")] }), new Map([["amazon.phone", "because"]]))).toBe("block"));
  test.each(["translation_needs_model", "translation_budget_spent", "translation_failed", "numbers_differ"])("a translation nobody can rely on: %s", (problem) => expect(obstacleOf(preview({ problems: [problem] }), new Map())).toBe("problem"));
  test("a warning without a reason of three characters", () => {
    const warned = preview({ findings: [finding("amazon.emoji", "warn")] });
    expect(obstacleOf(warned, new Map([["amazon.emoji", " ok "]]))).toBe("reason");
    expect(obstacleOf(warned, new Map([["amazon.emoji", "agreed"]]))).toBeUndefined();
  });
  test("not a remark that only asks for a look", () => expect(obstacleOf(preview({ problems: ["worth_a_look"] }), new Map())).toBeUndefined());
});
