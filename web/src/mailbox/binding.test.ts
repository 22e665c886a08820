import { describe, expect, test } from "vitest";
import { bindingOf, emptyForm, isReady, recognised } from "./binding";

const gmail = {
  provider: "gmail", name: "Gmail", how: "domain", secret: "app_password", steps: ["steps.gmail"], appendSent: false,
  imap: { host: "imap.gmail.com", port: 993, security: "tls" }, smtp: { host: "smtp.gmail.com", port: 465, security: "tls" },
} as const;

describe("binding a mailbox", () => {
  const form = { ...recognised({ ...emptyForm, address: " shop@gmail.com " }, { ...gmail, steps: [...gmail.steps] }), password: "abcd efgh ijkl mnop" };

  test("takes over what is known of the address", () => {
    expect(form).toMatchObject({ user: "shop@gmail.com", imap: gmail.imap, smtp: gmail.smtp, appendSent: false });
    expect(isReady(form)).toBe(true);
  });

  test("sends the password as it was typed, and nothing for what was left open", () => {
    const binding = bindingOf(form, "gmail");
    expect(binding).toEqual({ address: "shop@gmail.com", user: "shop@gmail.com", password: "abcd efgh ijkl mnop", provider: "gmail", imap: gmail.imap, smtp: gmail.smtp, importDays: 30, appendSent: false });
  });

  test("forgets folders of another address", () => expect(recognised({ ...form, folders: ["Promotions"] }, { ...gmail, steps: [] }).folders).toEqual([]));

  test.each([["no password", { password: "" }], ["no server", { imap: { ...gmail.imap, host: " " } }], ["no address", { address: "shop" }]])("waits while there is %s", (_name, part) => {
    expect(isReady({ ...form, ...part })).toBe(false);
  });
});
