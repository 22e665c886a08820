import { describe, expect, test } from "vitest";
import { bindingOf, emptyForm, isReady, recognised } from "./binding";

const gmail = {
  provider: "gmail", name: "Gmail", how: "domain", secret: "app_password", steps: ["steps.gmail"], appendSent: false, oauth: "google", choices: [],
  imap: { host: "imap.gmail.com", port: 993, security: "tls" }, smtp: { host: "smtp.gmail.com", port: 465, security: "tls" },
} as const;

describe("binding a mailbox", () => {
  const form = { ...recognised({ ...emptyForm, address: " shop@gmail.com " }, { ...gmail, steps: [...gmail.steps], choices: [] }), password: "abcd efgh ijkl mnop" };

  test("takes over what is known of the address", () => {
    expect(form).toMatchObject({ user: "shop@gmail.com", imap: gmail.imap, smtp: gmail.smtp, appendSent: false });
    expect(isReady(form)).toBe(true);
  });

  test("sends the password as it was typed, and nothing for what was left open", () => {
    const binding = bindingOf(form, "gmail");
    expect(binding).toEqual({ address: "shop@gmail.com", user: "shop@gmail.com", password: "abcd efgh ijkl mnop", provider: "gmail", imap: gmail.imap, smtp: gmail.smtp, importDays: 30, appendSent: false });
  });

  test("sends a sign-in in place of a password, and keeps it for its own address only", () => {
    const signedIn = { provider: "google", address: "Shop@gmail.com", grant: "g" } as const;
    const ready = recognised({ ...form, password: "", signedIn }, { ...gmail, steps: [], choices: [] });
    expect(isReady(ready)).toBe(true);
    expect(bindingOf(ready, "gmail")).toMatchObject({ grant: "g" });
    expect(bindingOf(ready, "gmail")).not.toHaveProperty("password");
    expect(recognised({ ...ready, address: "other@gmail.com" }, { ...gmail, steps: [], choices: [] }).signedIn).toBeUndefined();
  });

  test("forgets folders of another address", () => expect(recognised({ ...form, folders: ["Promotions"] }, { ...gmail, steps: [], choices: [] }).folders).toEqual([]));

  test.each([["no password", { password: "" }], ["no server", { imap: { ...gmail.imap, host: " " } }], ["no address", { address: "shop" }]])("waits while there is %s", (_name, part) => {
    expect(isReady({ ...form, ...part })).toBe(false);
  });
});
