import { expect, test } from "vitest";
import { fill, type Key } from "../i18n/catalogue";
import * as en from "../i18n/en";
import { ApiError, explain } from "./problem";

const t = (key: Key, values = {}) => fill(en.text[key], values, "en");
const i18n = { t, maybe: (key: string) => (Object.hasOwn(en.text, key) ? t(key as Key) : undefined) };
const error = (code: string, detail?: string) => new ApiError(400, { code, message: "the server's own words", ...(detail ? { detail } : {}) });

test.each([
  ["a known code has its sentence", error("too_late"), "Too late: it is being sent already."],
  ["a connection's code has its remedy", error("dns_failed"), "There is no server of this name. Check the spelling of the server."],
  ["an unknown code is told in the server's words", error("brand_new"), "the server's own words"],
  ["an invalid input says what is wrong", error("invalid", "name too long"), "Something in the input is not right. (name too long)"],
  ["anything else is an error of ours", new RangeError("x"), "An error on our side. Try again; nothing you typed is lost."],
] as const)("%s", (_name, failure, expected) => {
  expect(explain(failure, i18n)).toBe(expected);
});
