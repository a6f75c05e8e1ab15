/* Packs every built file once, so that no server packs it again for each browser: .gz for all, .br where a browser takes it. */
import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

const WORTH_PACKING = /\.(js|mjs|css|html|json|svg)$/;
const WORTH_BYTES = 1000;

function pack(folder) {
  for (const name of readdirSync(folder).sort()) {
    const path = join(folder, name);
    const { size, isDirectory } = { size: statSync(path).size, isDirectory: statSync(path).isDirectory() };
    if (isDirectory) pack(path);
    else if (WORTH_PACKING.test(name) && size > WORTH_BYTES) {
      const whole = readFileSync(path);
      writeFileSync(`${path}.gz`, gzipSync(whole, { level: 9 }));
      writeFileSync(`${path}.br`, brotliCompressSync(whole, { params: { [constants.BROTLI_PARAM_SIZE_HINT]: size } }));
    }
  }
}

pack(process.argv[2] ?? new URL("../src/citiesforall/web/static", import.meta.url).pathname);
