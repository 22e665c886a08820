import { expect, it } from "vitest";
import { personalData } from "./personal";

it("points out whose data a reply holds", () => {
  expect(personalData("Hello Dana, order 114-5550123-7770456 goes to 12 Elm Street.", ["Dana Whitfield"])).toEqual(["Dana", "114-5550123-7770456", "12 Elm Street"]);
  expect(personalData("Write to dana@example.com, tracking 1Z999AA10123456784", [])).toEqual(["dana@example.com", "1Z999AA10123456784"]);
  expect(personalData("Hello Marta, thank you", [])).toEqual(["Marta"]);
  expect(personalData("寄到中山路12號", [])).toEqual(["寄到中山路12號"]);
});

it("leaves an answer alone that names nobody", () => {
  expect(personalData("Returns are free within 30 days; refunds take 3-5 business days. The lamp has 40 W and 2,000 lumens.", ["Dana"])).toEqual([]);
});
