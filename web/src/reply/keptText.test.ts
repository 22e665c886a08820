import { beforeEach, describe, expect, test } from "vitest";
import { KeptTexts } from "./keptText";

const day = 24 * 3_600_000;

describe("texts kept on this device", () => {
  beforeEach(() => localStorage.clear());

  test("come back after a reload", () => {
    new KeptTexts(localStorage, "mei@example.com").write("c1", { text: "Dear Kim", at: 1 });
    expect(new KeptTexts(localStorage, "mei@example.com").read("c1")?.text).toBe("Dear Kim");
  });

  test("are not those of another conversation or another person", () => {
    new KeptTexts(localStorage, "mei@example.com").write("c1", { text: "Dear Kim", at: 1 });
    expect(new KeptTexts(localStorage, "mei@example.com").read("c2")).toBeUndefined();
    expect(new KeptTexts(localStorage, "sam@example.com").read("c1")).toBeUndefined();
  });

  test("leave nothing behind once empty, but remember what was sent", () => {
    const texts = new KeptTexts(localStorage, "mei@example.com");
    texts.write("c1", { text: "", at: 1 });
    expect(localStorage.length).toBe(0);
    texts.write("c1", { text: "", at: 1, sent: { message: "m1", text: "Dear Kim" } });
    expect(texts.read("c1")?.sent?.text).toBe("Dear Kim");
  });

  test("keep the copies and files beside them, also without a text", () => {
    const texts = new KeptTexts(localStorage, "mei@example.com");
    const beside = { cc: ["lena@partner.example"], bcc: [], files: [{ id: "u1", name: "a.pdf", type: "application/pdf", size: 3 }] };
    texts.write("c1", { text: "", at: 1, beside });
    expect(texts.read("c1")?.beside).toEqual(beside);
  });

  test("are forgotten after 90 days, and so is rubbish", () => {
    const texts = new KeptTexts(localStorage, "mei@example.com");
    texts.write("old", { text: "a", at: 0 });
    texts.write("new", { text: "b", at: 50 * day });
    localStorage.setItem("quilldesk.reply.mei@example.com.odd", '{"text":1}');
    localStorage.setItem("other", "stays");
    texts.sweep(91 * day);
    expect(Object.keys(localStorage).sort()).toEqual(["other", "quilldesk.reply.mei@example.com.new"]);
  });

  test("a storage that fails is no failure of the editor", () => {
    const broken = { getItem: () => { throw new Error("denied"); }, setItem: () => { throw new Error("full"); }, removeItem: () => undefined } as unknown as Storage;
    const texts = new KeptTexts(broken, "mei@example.com");
    expect(() => texts.write("c1", { text: "x", at: 1 })).not.toThrow();
    expect(texts.read("c1")).toBeUndefined();
  });
});
