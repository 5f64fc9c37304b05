// SPDX-License-Identifier: Apache-2.0
// Writes a man page for claws and for each of its commands into man/.
import { mkdir, readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { renderManual } from "./manual.ts";

const folder = join(import.meta.dirname, "../man");
await mkdir(folder, { recursive: true });
const pages = await renderManual();
for (const file of await readdir(folder)) if (!pages.has(file)) await rm(join(folder, file));
for (const [file, text] of pages) await writeFile(join(folder, file), text);
