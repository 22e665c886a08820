import { beforeEach, describe, expect, test } from "vitest";
import { KeptTexts } from "../reply/keptText";
import { KeptMail } from "./keptMail";
import type { Draft } from "./mail";

const draft: Draft = { mailbox: "box", to: ["lena@partner.example"], cc: [], bcc: [], subject: "", text: "Ten lids", language: "en-US", files: [], original: [] };

describe("mail kept on this device", () => {
  beforeEach(() => localStorage.clear());

  test("comes back after a reload, to the person who wrote it", () => {
    new KeptMail(localStorage, "mei@example.com", "new").write(draft, 1);
    expect(new KeptMail(localStorage, "mei@example.com", "new").read()).toEqual(draft);
    expect(new KeptMail(localStorage, "sam@example.com", "new").read()).toBeUndefined();
    expect(new KeptMail(localStorage, "mei@example.com", "m1").read()).toBeUndefined();
  });

  test("leaves nothing behind once it is empty or sent", () => {
    const kept = new KeptMail(localStorage, "mei@example.com", "new");
    kept.write(draft, 1);
    kept.write({ ...draft, to: [], text: " " }, 2);
    expect(localStorage.length).toBe(0);
    kept.write(draft, 3);
    kept.forget();
    expect(kept.read()).toBeUndefined();
  });

  test("is forgotten with the texts nobody came back to, and rubbish is no mail", () => {
    const kept = new KeptMail(localStorage, "mei@example.com", "new");
    kept.write(draft, 0);
    new KeptTexts(localStorage, "mei@example.com").sweep(100 * 24 * 3_600_000);
    expect(kept.read()).toBeUndefined();
    localStorage.setItem("quilldesk.reply.mei@example.com.mail.new", '{"draft":{"text":1}}');
    expect(kept.read()).toBeUndefined();
  });
});
