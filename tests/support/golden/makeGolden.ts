// SPDX-License-Identifier: Apache-2.0
// Makes the golden vaults of the release in package.json: node tests/support/golden/makeGolden.ts
//
// Run it once, when a release is cut, and commit the folder. Never run it again for a release that is out, and never remove a
// folder: each is a vault that somebody may still have. Its identities and passphrase open nothing else.
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { generateIdentity } from "../../../cli/ageFile.ts";
import { operatorKeyOf } from "../../../cli/operatorKey.ts";
import { createVault } from "../../../cli/vault.ts";
import { renderVaultDocument, type VaultDocument } from "../../../cli/vaultDocument.ts";
import { keysOf } from "../../../cli/vaultPassphrase.ts";
import { Sensitive } from "../../../protocol/sensitive.ts";

const PASSPHRASE = "golden vaults open for every release";

const { version } = JSON.parse(await readFile(join(import.meta.dirname, "..", "..", "..", "package.json"), "utf8")) as {
  readonly version: string;
};
const folder = join(import.meta.dirname, version);
await mkdir(folder);

const created = "2026-11-23T12:00:00.000Z";
const content: Omit<VaultDocument, "recipients"> = {
  keys: [
    {
      name: "anthropic",
      provider: "anthropic",
      agent: "ada",
      value: Sensitive.from("sk-ant-golden-1"),
      version: 1,
      created,
      notAfter: null,
    },
    {
      name: "anthropic",
      provider: "anthropic",
      agent: "ada",
      value: Sensitive.from("sk-ant-golden-2"),
      version: 2,
      created,
      notAfter: "2030-01-31T00:00:00.000Z",
      limits: { requestsPerDay: 500, tokensPerDay: 1_000_000 },
    },
  ],
  credentials: [{ name: "DIGITALOCEAN_TOKEN", value: Sensitive.from("dop_v1_golden"), updated: created }],
  operator: operatorKeyOf(Buffer.alloc(32, 7)),
};

for (const postQuantum of [false, true]) {
  const name = postQuantum ? "post-quantum" : "classic";
  const { identity, recipient } = await generateIdentity({ postQuantum });
  const document = { ...content, recipients: [recipient] };
  await createVault(join(folder, `${name}.age`), document, { identities: [identity], source: "golden" });
  await writeFile(join(folder, `${name}.identity.txt`), `# for tests only\n${identity.reveal()}\n`);
  await writeFile(join(folder, `${name}.json`), `${renderVaultDocument(document)}\n`);
}
const document = { ...content, recipients: [] };
await createVault(join(folder, "passphrase.age"), document, keysOf(Sensitive.from(PASSPHRASE), "golden"));
await writeFile(join(folder, "passphrase.txt"), `${PASSPHRASE}\n`);
await writeFile(join(folder, "passphrase.json"), `${renderVaultDocument(document)}\n`);
