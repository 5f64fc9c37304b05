// SPDX-License-Identifier: Apache-2.0
// Writes the providers of the broker's table into docs/providers.md.
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { PROVIDERS } from "../broker/providerTable.ts";
import { renderDocument } from "./providerDocument.ts";

const path = join(import.meta.dirname, "../docs/providers.md");
await writeFile(path, renderDocument(await readFile(path, "utf8"), PROVIDERS));
