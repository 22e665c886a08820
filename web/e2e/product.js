// Starts the built product on a fresh data folder and ends it again.
import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

const root = resolve(import.meta.dirname, "../..");

function freePort() {
  return new Promise((done) => {
    const server = createServer();
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address();
      server.close(() => done(port));
    });
  });
}

export async function startProduct(environment = {}) {
  const data = mkdtempSync(join(tmpdir(), "quilldesk-e2e-"));
  const env = { ...process.env, QUILLDESK_DATA: data, QUILLDESK_ADDR: `127.0.0.1:${await freePort()}`, ...environment };
  const program = join(root, "bin/quilldesk");
  const child = spawn(program, { cwd: root, env, stdio: ["ignore", "pipe", "inherit"] });
  const ended = new Promise((done) => child.once("exit", done));
  await new Promise((ready, failed) => {
    let said = "";
    child.stdout.on("data", (text) => {
      said += text;
      if (said.includes("ready")) ready();
    });
    ended.then((code) => failed(new Error(`the product ended with ${code} before it was ready`)));
  });
  return {
    data,
    services: () => JSON.parse(execFileSync(program, ["services"], { cwd: root, env, encoding: "utf8" })),
    async stop() {
      child.kill("SIGINT");
      await ended;
      rmSync(data, { recursive: true, force: true });
    },
  };
}
