import { expect, test } from "vitest";
import { frameDocument } from "./frame";

const mail = '<p>Hi</p><img data-src="https://example.com/a.png"><img data-src="http://example.com/b.png"><img data-src="javascript:alert(1)">';

test("the frame may fetch nothing at first", () => {
  const page = frameDocument(mail, false);
  expect(page).toContain(`content="default-src 'none'; style-src 'unsafe-inline'; img-src data:"`);
  expect(page).not.toMatch(/<img[^>]* src=/);
});

test("asked for, it loads images over https and nothing else", () => {
  const page = frameDocument(mail, true);
  expect(page).toContain("img-src data: https:\"");
  expect(page.match(/ src="[^"]*"/g)).toEqual([' src="https://example.com/a.png"']);
});
