// SPDX-License-Identifier: Apache-2.0
// Makes the cache entry argv[3] in argv[2] like a long build, and stops for ever at the point argv[4]:
// "start" (nothing written), "half" (a program half written), "filled" (all written, not yet an entry), "never".
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { ensureEntry } from "../../toolchain/cacheEntry.ts";

const [, , root = "", key = "", stop = ""] = process.argv;
const still = setInterval(() => undefined, 60_000);
const point = async (name: string): Promise<void> => {
  process.stdout.write(`${name}\n`);
  if (name === stop) await new Promise(() => undefined);
};
const silent = { step: () => undefined, update: () => undefined };
await ensureEntry(
  root,
  {
    key,
    async fill({ bin, scratch }) {
      await point("start");
      await writeFile(join(scratch, "download"), "x".repeat(1000));
      await writeFile(join(bin, "tool"), "half");
      await point("half");
      await writeFile(join(bin, "tool"), "whole program", { mode: 0o755 });
      await point("filled");
    },
  },
  silent,
);
clearInterval(still);
process.stdout.write("made\n");
