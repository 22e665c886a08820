// The whole loop, as a seller goes through it: sign in, mail arrives, open it,
// suggestion, draft, preview in German, send, and the buyer has it.
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

const order = "114-5550123-7770456";
const mail = `From: "Greta Sommer - Amazon Marketplace" <q8w7e6r5t4y3u2@marketplace.amazon.com>
To: support@lumenhaus.example
Subject: Shipping inquiry from Amazon customer Greta Sommer (Order: ${order})
Message-ID: <e2e-greta-1@mail.example>
Date: ${new Date().toUTCString()}
X-Space-Notification-Type: BBC_MESSAGE_SENT_TO_MERCHANT
X-Marketplace-ID: ATVPDKIKX0DER
MIME-Version: 1.0
Content-Type: text/plain; charset=utf-8

You have received a message.

------------- Begin message -------------

Hello, my lamp has not arrived yet. Where is my package?

------------- End message -------------

[commMgrTok:ABCDEFGH12345]
`;

async function eventually(what, look, seconds = 40) {
  const deadline = Date.now() + seconds * 1000;
  for (;;) {
    const found = await look();
    if (found) return found;
    assert.ok(Date.now() < deadline, `${what} within ${seconds} s`);
    await new Promise((done) => setTimeout(done, 250));
  }
}

const unfold = (raw) => raw.replaceAll(/\r?\n[ \t]+/g, " ");
const decode = (raw) => Buffer.from(raw.replaceAll(/=\r?\n/g, "").replaceAll(/=([0-9A-F]{2})/g, (_, hex) => String.fromCharCode(parseInt(hex, 16))), "latin1").toString("utf8");

test("a mail comes in, is answered in German and reaches the buyer", async () => {
  const { page, errors } = await openPage(browser);
  await signIn(page, services.endpoints.api, "Olivia");

  await deliver(services, "seller", mail);
  const began = Date.now();
  const row = page.getByTestId("row").filter({ hasText: "Greta Sommer" });
  await row.waitFor();
  console.log(`a new mail was on the page after ${((Date.now() - began) / 1000).toFixed(1)} s, without a reload`);
  await row.click();
  await page.getByTestId("message").filter({ hasText: "my lamp has not arrived yet" }).waitFor();
  await page.getByTestId("label-intent").filter({ hasText: "Where is my order" }).waitFor();

  // The second asks: the first may quote the knowledge base, which only a model can translate.
  await page.getByTestId("suggestion-2").click();
  await page.getByTestId("draft").filter({ hasText: order }).waitFor();
  await page.getByTestId("apply").click();
  await page.getByTestId("preview").click();
  await page.getByTestId("preview-language").click();
  await page.getByRole("option", { name: "German" }).click();
  await page.getByTestId("preview-text").filter({ hasText: "Mit freundlichen Grüßen" }).waitFor();
  assert.match(await page.getByTestId("preview-text").innerText(), new RegExp(order));
  await page.getByTestId("send").click();

  const delivered = await eventually("the buyer has the mail", async () =>
    (await received(services, "buyers")).find((raw) => raw.includes("e2e-greta-1@mail.example")),
  );
  const head = unfold(delivered.split(/\r?\n\r?\n/)[0]);
  assert.match(head, /^In-Reply-To: <e2e-greta-1@mail\.example>/m);
  assert.match(head, /^References: .*<e2e-greta-1@mail\.example>/m);
  assert.match(head, /^To: .*q8w7e6r5t4y3u2@marketplace\.amazon\.com/m);
  assert.match(head, /^From: .*support@lumenhaus\.example/m);
  assert.match(head, /^Content-Type: text\/plain; charset=utf-8/im);
  assert.match(decode(delivered), /Mit freundlichen Grüßen/);
  assert.ok(!decode(delivered).includes("my lamp has not arrived yet"), "no history on marketplace mail");

  await page.getByTestId("send-state").filter({ hasText: /accepted/i }).waitFor();
  await eventually("a copy is in Sent", async () => (await received(services, "seller", "Sent")).filter((raw) => raw.includes(order)).length === 1);
  await page.getByTestId("tab-replied").click();
  await page.getByTestId("row").filter({ hasText: "Greta Sommer" }).waitFor();
  assert.deepEqual(errors, []);
});

test("two agents on one mail see each other, and the second one is asked before sending", async () => {
  const [first, second] = await Promise.all([openPage(browser), openPage(browser)]);
  await signIn(first.page, services.endpoints.api, "Agnes");
  await signIn(second.page, services.endpoints.api, "Adam");
  const who = "Curtis";
  for (const { page } of [first, second]) {
    await page.getByTestId("row").filter({ hasText: who }).first().click();
    await page.getByTestId("suggestion-2").click();
    await page.getByTestId("apply").click();
  }
  await second.page.getByTestId("presence").filter({ hasText: "Agnes" }).waitFor();
  // The second looks at the preview already: what comes after that has not been seen.
  await second.page.getByTestId("preview").click();
  await second.page.getByTestId("preview-text").waitFor();
  await first.page.getByTestId("preview").click();
  await first.page.getByTestId("send").click();
  await first.page.getByTestId("send-state").first().waitFor();
  await second.page.getByTestId("send").click();
  await second.page.getByRole("dialog").filter({ hasText: /answered/i }).waitFor();
  assert.deepEqual(first.errors, []);
});
