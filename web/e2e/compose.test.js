// What answers nothing: a new mail with a file, and a forward that takes the
// original's file along. Both are read where they arrive.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { openPage, signIn, startBrowser } from "./browser.js";
import { deliver, received } from "./mail.js";
import { startProduct } from "./product.js";

let product, services, browser;

before(async () => {
  [product, browser] = await Promise.all([startProduct(), startBrowser()]);
  services = product.services();
});
after(async () => {
  await browser?.close();
  await product?.stop();
});

const photo = Buffer.concat([Buffer.from("\x89PNG\r\n\x1a\n", "latin1"), Buffer.alloc(3000, 7)]);
const buyer = "q8w7e6r5t4y3u2@marketplace.amazon.com";
const mail = `From: "Greta Sommer - Amazon Marketplace" <${buyer}>
To: support@lumenhaus.example
Subject: Product inquiry from Amazon customer Greta Sommer (Order: 114-5550123-7770456)
Message-ID: <e2e-photo-1@mail.example>
Date: ${new Date().toUTCString()}
X-Space-Notification-Type: BBC_MESSAGE_SENT_TO_MERCHANT
X-Marketplace-ID: ATVPDKIKX0DER
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary=b1

--b1
Content-Type: text/plain; charset=utf-8

------------- Begin message -------------

The lid of my lamp is cracked, see the photo.

------------- End message -------------
--b1
Content-Type: image/png
Content-Disposition: attachment; filename=lid.png
Content-Transfer-Encoding: base64

${photo.toString("base64").replaceAll(/(.{76})/g, "$1\n")}
--b1--
`;

async function eventually(what, look, seconds = 60) {
  const deadline = Date.now() + seconds * 1000;
  for (;;) {
    const found = await look();
    if (found) return found;
    assert.ok(Date.now() < deadline, `${what} within ${seconds} s`);
    await new Promise((done) => setTimeout(done, 250));
  }
}

// filesOf reads the attachments of a raw mail that this product wrote.
function filesOf(raw) {
  const boundary = /boundary="?([^"\r\n;]+)"?/i.exec(raw)[1];
  return raw.split(`--${boundary}`).flatMap((part) => {
    const [head, ...rest] = part.split(/\r?\n\r?\n/);
    const name = /filename\*?=(?:utf-8'')?"?([^"\r\n;]+)"?/i.exec(head.replaceAll(/\r?\n[ \t]+/g, " "))?.[1];
    return name ? [{ name: decodeURIComponent(name), data: Buffer.from(rest.join(""), "base64") }] : [];
  });
}

const arrived = (subject) =>
  eventually(`"${subject}" arrives`, async () => (await received(services, "buyers")).find((raw) => raw.includes(`Subject: ${subject}`)));

test("a new mail with a file reaches a buyer, intact and once", async () => {
  const { page, errors } = await openPage(browser);
  await signIn(page, services.endpoints.api, "Olivia");
  const invoice = Buffer.concat([Buffer.from("%PDF-1.7\n"), Buffer.alloc(3_500_000, 65)]); // two pieces
  await page.keyboard.press("c");
  await page.getByTestId("compose-to").fill(buyer);
  await page.keyboard.press("Enter");
  await page.getByTestId("compose-subject").fill("Your invoice for order 114-5550123-7770456");
  await page.getByTestId("compose-text").fill("Hello Greta, here is the invoice you asked for, for order 114-5550123-7770456.");
  await page.getByTestId("attach-input").last().setInputFiles({ name: "Rechnung März.pdf", mimeType: "application/pdf", buffer: invoice });
  await page.locator("[data-testid=attached][data-state=there]").waitFor();

  // Nothing typed is lost: neither by closing the dialog nor by a reload.
  await page.keyboard.press("Escape");
  await page.reload();
  await page.getByTestId("compose-new").click();
  await page.locator("[data-testid=attached][data-state=there]").waitFor();
  assert.match(await page.getByTestId("compose-text").inputValue(), /here is the invoice/);

  await page.getByTestId("compose-preview").click();
  await page.getByTestId("preview-files").filter({ hasText: "Rechnung März.pdf" }).waitFor();
  const reasons = page.getByRole("textbox", { name: /Why is this right/ });
  for (const field of await reasons.all()) await field.fill("asked for on the phone");
  await page.getByTestId("send").click();

  const raw = await arrived("Your invoice for order 114-5550123-7770456");
  assert.match(raw, new RegExp(`^To: .*${buyer}`, "m"));
  const [file] = filesOf(raw);
  assert.equal(file.name, "Rechnung März.pdf");
  assert.ok(file.data.equals(invoice), "the file arrives as it was");
  await eventually("one copy is in Sent", async () => (await received(services, "seller", "Sent")).filter((sent) => sent.includes("Subject: Your invoice for order")).length === 1);
  await page.getByTestId("tab-replied").click();
  await page.getByTestId("row").filter({ hasText: "Your invoice" }).click();
  const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name: /Rechnung März\.pdf/ }).click()]);
  assert.equal(download.suggestedFilename(), "Rechnung März.pdf");
  assert.deepEqual(errors, []);
});

test("a forward takes the original and its file along, and asks before it goes outside", async () => {
  const { page, errors } = await openPage(browser);
  await signIn(page, services.endpoints.api, "Agnes");
  await deliver(services, "seller", mail);
  await page.getByTestId("row").filter({ hasText: "Greta Sommer" }).first().click();
  await page.getByTestId("message").filter({ hasText: "cracked" }).waitFor();
  await page.keyboard.press("f");
  await page.getByTestId("compose-to").fill("workshop@repairs.example");
  await page.keyboard.press("Enter");
  await page.getByTestId("compose-text").fill("Can you make such a lid?");
  await page.getByTestId("compose-preview").click();
  await page.getByTestId("preview-files").filter({ hasText: "lid.png" }).waitFor();
  assert.ok(await page.getByTestId("send").isDisabled(), "it waits for a reason");
  await page.getByRole("textbox", { name: /Why is this right/ }).fill("the workshop makes the lids");
  await page.getByTestId("send").click();

  const raw = await arrived("Fwd: Product inquiry from Amazon customer Greta Sommer");
  const text = raw.replaceAll(/=\r?\n/g, "");
  assert.match(text, /---------- Forwarded message ----------/);
  assert.match(text, /The lid of my lamp is cracked/);
  const [file] = filesOf(raw);
  assert.equal(file.name, "lid.png");
  assert.ok(file.data.equals(photo), "the photo arrives as it was");
  assert.deepEqual(errors, []);
});
