// Headless Chromium as Debian packages it.
import { chromium } from "playwright-core";

export function startBrowser() {
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: [
      "--headless",
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });
}

// openPage is a page that collects every error a person would not see.
export async function openPage(browser, options = {}) {
  const context = await browser.newContext({ viewport: { width: 1600, height: 950 }, locale: "en-US", ...options });
  const page = await context.newPage();
  page.setDefaultTimeout(30_000);
  const errors = [];
  page.on("pageerror", (error) => errors.push(String(error)));
  page.on("console", (message) => {
    if (message.type() === "error") errors.push(message.text());
  });
  return { page, errors };
}

export async function signIn(page, address, person) {
  await page.goto(address);
  await page.getByTestId("sign-in").click();
  await page.getByText(person).first().click();
  await page.getByTestId("row").first().waitFor();
}
