// SPDX-License-Identifier: Apache-2.0
// Case 10: a vault that decrypts, with a content that no vault has. The error names the place and the key, and nothing is pushed.
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Encrypter } from "age-encryption";
import { generateIdentity } from "../../cli/ageFile.ts";
import { makeProject, runClaws, spawnClaws, type CliRun } from "../support/cliHarness.ts";
import { scratchFolder } from "../support/scratchFolder.ts";

const CANARY = "sk-ant-canary-10";
const folder = scratchFolder();
const owner = await generateIdentity();
let root = "";
let environment: Record<string, string> = {};

const key = {
  name: "anthropic",
  provider: "anthropic",
  agent: "a1",
  value: CANARY,
  version: 1,
  created: "2026-11-23T12:00:00.000Z",
  notAfter: null,
};

beforeEach(async () => {
  const project = await makeProject(folder());
  root = project.root;
  environment = { ...project.environment, CLAWS_AGE_KEY: owner.identity.reveal() };
});

function contentWith(changes: object, more: object = {}): string {
  const second = { ...key, agent: "a2", ...changes };
  return JSON.stringify({ officeClaws: 1, recipients: [owner.recipient], keys: [key, second], ...more });
}

async function writeVault(content: string | Uint8Array): Promise<Buffer> {
  const encrypter = new Encrypter();
  encrypter.addRecipient(owner.recipient);
  const path = join(root, "vault.age");
  await writeFile(path, await encrypter.encrypt(content), { mode: 0o600 });
  return await readFile(path);
}

function complaintIn({ exitCode, stdout, stderr }: CliRun): string {
  expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: "" });
  expect(stderr).not.toContain(CANARY);
  return (stderr.split("\n")[0] ?? "").replace(`claws: error: cannot open the vault "${root}/vault.age": `, "");
}

const notVault = "its content is not a vault of version 1: ";
const noKey =
  'cannot read "keys[1].value": it must be 1 to 4096 printable ASCII characters without spaces (key "anthropic" of agent "a2")';

const cases: readonly (readonly [string, () => string | Uint8Array, string | RegExp])[] = [
  ["no JSON", () => `key=${CANARY}`, /^its content is not a vault of version 1: cannot read "byte 0": it must/],
  ["JSON and more", () => `${contentWith({})}\n${CANARY}`, /must end after its value$/],
  [
    "half of it",
    () => contentWith({}).slice(0, 200),
    /^its content is not a vault of version 1: cannot read "byte \d+"/,
  ],
  [
    "bytes that are no text",
    () => Buffer.from([0x7b, 0xff, 0xfe, 0x7d]),
    `${notVault}cannot read the document: it must be UTF-8`,
  ],
  [
    "a byte order mark in front",
    () => `\uFEFF${contentWith({})}`,
    /^its content is not a vault of version 1: cannot read "byte 0"/,
  ],
  ["a member twice", () => contentWith({}).replace('"keys"', '"keys":[],"keys"'), /must not name a member twice$/],
  ["a key twice", () => contentWith({ agent: "a1" }), 'it holds version 1 of key "anthropic" for agent "a1" twice'],
  [
    "a credential twice",
    () =>
      contentWith(
        {},
        { credentials: [0, 1].map(() => ({ name: "DIGITALOCEAN_TOKEN", value: CANARY, updated: key.created })) },
      ),
    "it holds the credential DIGITALOCEAN_TOKEN twice",
  ],
  [
    "a later version",
    () => contentWith({}, { officeClaws: 2 }),
    "it is a vault of version 2, and this release reads version 1",
  ],
  [
    "an unknown version",
    () => contentWith({}, { officeClaws: "1" }),
    `${notVault}cannot read "officeClaws": it must be 1`,
  ],
  ["no version", () => '{"recipients":[],"keys":[]}', `${notVault}cannot read "officeClaws": it must be 1`],
  [
    "an unknown member",
    () => contentWith({}, { extra: CANARY }),
    `${notVault}cannot read the document: it must not have the member extra`,
  ],
  [
    "an unknown member of a key",
    () => contentWith({ note: CANARY }),
    `${notVault}cannot read "keys[1]": it must not have the member note (key "anthropic" of agent "a2")`,
  ],
  ["a key with a NUL", () => contentWith({ value: `${CANARY}\0` }), notVault + noKey],
  ["a key with a line break", () => contentWith({ value: `${CANARY}\n` }), notVault + noKey],
  ["a key with a byte order mark", () => contentWith({ value: `\uFEFF${CANARY}` }), notVault + noKey],
  ["a key with a space in front", () => contentWith({ value: ` ${CANARY}` }), notVault + noKey],
  ["a key with a space behind", () => contentWith({ value: `${CANARY} ` }), notVault + noKey],
  ["a key with a space inside", () => contentWith({ value: `${CANARY} x` }), notVault + noKey],
  ["a key with a letter that is not ASCII", () => contentWith({ value: `${CANARY}é` }), notVault + noKey],
  ["an empty key", () => contentWith({ value: "" }), notVault + noKey],
  ["a key of more than 64 KiB", () => contentWith({ value: CANARY.repeat(5000) }), notVault + noKey],
  ["a key that is a number", () => contentWith({ value: 10 }), notVault + noKey],
  [
    "a version that is no number",
    () => contentWith({ version: "1" }),
    `${notVault}cannot read "keys[1].version": it must be a whole number of at least 1 (key "anthropic" of agent "a2")`,
  ],
  [
    "a key in the place of a name",
    () => contentWith({ name: `${CANARY}X` }),
    /^its content is not a vault of version 1: cannot read "keys\[1\]\.name"/,
  ],
  [
    "a credential with a line break",
    () =>
      contentWith({}, { credentials: [{ name: "DIGITALOCEAN_TOKEN", value: `${CANARY}\n`, updated: key.created }] }),
    `${notVault}cannot read "credentials[0].value": it must be 1 to 4096 bytes on one line (DIGITALOCEAN_TOKEN)`,
  ],
  [
    "an unknown credential",
    () => contentWith({}, { credentials: [{ name: "LD_PRELOAD", value: CANARY, updated: key.created }] }),
    /^its content is not a vault of version 1: cannot read "credentials\[0\]\.name": it must be DIGITALOCEAN_TOKEN or .*\(LD_PRELOAD\)$/,
  ],
  [
    "more than a vault may hold",
    () => contentWith({}, { recipients: ["x".repeat(4 * 1024 * 1024)] }),
    /must not be longer than \d+ bytes$/,
  ],
];

describe("a vault that decrypts to something else than a vault", () => {
  it.each(cases)(
    "10 %s is refused by place and name, never by value, and nothing is pushed",
    async (_, content, message) => {
      const bytes = await writeVault(content());
      const pattern = typeof message === "string" ? new RegExp(`^${message.replace(/[.[\]()]/g, "\\$&")}$`) : message;
      for (const words of ["keys push", "keys set openai --agent a1"]) {
        // Whatever reached for the stack, an agent or a prompt would be an error of its own: the test gives no such effect.
        const run = await runClaws(words.split(" "), { environment, workingDirectory: root });
        expect(complaintIn(run)).toMatch(pattern);
      }
      expect(await readFile(join(root, "vault.age"))).toEqual(bytes);
    },
  );

  it("10 is refused by the real program too, before it looks for the engine", async () => {
    await writeVault(contentWith({ value: `${CANARY}\n` }));
    const run = await spawnClaws(["keys", "push"], { environment: { ...environment, PATH: "/none" }, folder: root });
    expect(complaintIn(run)).toBe(notVault + noKey);
  });
});
