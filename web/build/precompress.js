import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { brotliCompress, constants, gzip } from "node:zlib";

const compressible = /\.(js|css|html|svg|json|txt|webmanifest)$/;

/**
 * Writes a .br and a .gz beside every text file of the build, so that the web
 * function serves them without compressing at each request.
 * @returns {import("vite").Plugin}
 */
export function precompress() {
  let dir = "";
  return {
    name: "precompress",
    apply: "build",
    configResolved(config) {
      dir = config.build.outDir;
    },
    async closeBundle() {
      const files = await readdir(dir, { recursive: true });
      await Promise.all(files.filter((name) => compressible.test(name)).map((name) => compress(join(dir, name))));
    },
  };
}

/** @param {string} file */
async function compress(file) {
  const bytes = await readFile(file);
  const [br, gz] = await Promise.all([
    promisify(brotliCompress)(bytes, { params: { [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length } }),
    promisify(gzip)(bytes, { level: 9 }),
  ]);
  await Promise.all([writeFile(`${file}.br`, br), writeFile(`${file}.gz`, gz)]);
}
