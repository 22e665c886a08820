import { expect, test } from "vitest";
import { isAddress, recipientOf } from "./recipients";

test.each([
  ["lena@partner.example", { address: "lena@partner.example" }],
  [" lena@partner.example ", { address: "lena@partner.example" }],
  ["Lena Olsen <lena@partner.example>", { name: "Lena Olsen", address: "lena@partner.example" }],
  ['"Olsen, Lena" <lena@partner.example>', { name: "Olsen, Lena", address: "lena@partner.example" }],
  ["<lena@partner.example>", { address: "lena@partner.example" }],
])("%s is read as a recipient", (typed, want) => {
  expect(recipientOf(typed)).toEqual(want);
});

test.each([
  ["lena@partner.example", true],
  ["Lena <lena@partner.example>", true],
  ["abc123+def@marketplace.amazon.com", true],
  ["lena", false],
  ["lena@partner", false],
  ["lena@partner.example, eve@elsewhere.example", false],
  ["lena@partner.example\r\nBcc: eve@elsewhere.example", false],
  ["лена@partner.example", false],
  ["", false],
])("whether %s is an address", (typed, want) => {
  expect(isAddress(typed)).toBe(want);
});
