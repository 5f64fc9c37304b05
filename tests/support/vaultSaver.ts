// SPDX-License-Identifier: Apache-2.0
// A child process for the kill tests: saves the vault over and over, each time with the next version of the same key, and says after
// each save which one it was and what the file's digest is.
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { withNewVersion } from "../../cli/keyEntry.ts";
import { updateVault } from "../../cli/vault.ts";
import { Sensitive } from "../../protocol/sensitive.ts";

const [path = ""] = process.argv.slice(2);
// Without a home: nothing is remembered beside the vault.
const environment = { CLAWS_AGE_KEY: process.env["CLAWS_AGE_KEY"] };
for (let round = 0; ; round++) {
  const value = Sensitive.from(`value-${round}-${"x".repeat(2000)}`);
  const entry = { name: "anthropic", agent: "a1", value, created: "2026-11-23T12:00:00.000Z" };
  await updateVault({ path, environment }, (document) => withNewVersion(document, entry, "none"));
  process.stdout.write(`${round} ${createHash("sha256").update(readFileSync(path)).digest("hex")}\n`);
}
