// SPDX-License-Identifier: Apache-2.0
// Attacks on the promise that no key shows: on the command line, in data for programs, in errors, by what others answer.
import fc from "fast-check";
import { createServer, type Server } from "node:http";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { generateIdentity } from "../../cli/ageFile.ts";
import type { Effects } from "../../cli/effects.ts";
import { withNewVersion } from "../../cli/keyEntry.ts";
import { createVault, updateVault } from "../../cli/vault.ts";
import { Sensitive } from "../../protocol/sensitive.ts";
import { emptyTailscale, fakeStack, healthyCloud, reaching } from "../support/agentWorld.ts";
import { makeProject, runClaws, secretFrom, type CliRun } from "../support/cliHarness.ts";
import { scratchFolder, writeScript } from "../support/scratchFolder.ts";
import { startTestDaemon } from "../support/testDaemon.ts";

const folder = scratchFolder();
const owner = await generateIdentity();
/** As the providers make them. */
const KEYS = {
  anthropic: `sk-ant-api03-${"Canary0_x".repeat(10)}abcAA`,
  openai: `sk-proj-${"Canary1-Y".repeat(6)}T3BlbkFJ${"Canary2_Z".repeat(6)}`,
  openrouter: `sk-or-v1-${"c0ffee99".repeat(8)}`,
  groq: `gsk_${"Canary33".repeat(6)}abcd`,
  google: `AIza${"Canary4".repeat(5)}`,
};
let root = "";
let environment: Record<string, string> = {};

beforeEach(async () => {
  const project = await makeProject(folder());
  root = project.root;
  const pack = await writeScript(join(folder(), "pack"));
  environment = {
    ...project.environment,
    CLAWS_AGE_KEY: owner.identity.reveal(),
    CLAWS_POLICY_PACK: pack,
    DIGITALOCEAN_TOKEN: "dop_v1_canary",
    TAILSCALE_API_KEY: "tskey-api-canary",
    PULUMI_CONFIG_PASSPHRASE: "passphrase-canary",
  };
});

/** The forms in which a value could show: as it is, any long part of it, base64, hexadecimal, percent-encoded. */
function formsOf(secret: string): readonly string[] {
  const bytes = Buffer.from(secret);
  const forms = [bytes.toString("base64").replace(/=+$/, ""), bytes.toString("hex"), encodeURIComponent(secret)];
  return [secret.slice(0, 16), secret.slice(-16), secret.slice(8, 24), ...forms.map((form) => form.slice(4, -4))];
}

function shown({ stdout, stderr }: CliRun, secrets: readonly string[]): readonly string[] {
  return secrets.flatMap(formsOf).filter((form) => (stdout + stderr).includes(form));
}

async function claws(words: readonly string[], given: Partial<Effects> = {}): Promise<CliRun> {
  return await runClaws(words, { environment, workingDirectory: root, ...given });
}

async function storeKey(value: string = KEYS.anthropic): Promise<void> {
  const path = join(root, "vault.age");
  const found = { identities: [owner.identity], source: "test" };
  await createVault(path, { recipients: [owner.recipient], keys: [] }, found);
  const entry = { name: "anthropic", agent: "a1", value: Sensitive.from(value), created: "2026-11-23T12:00:00.000Z" };
  await updateVault({ path, environment }, (document) => withNewVersion(document, entry, "none"));
}

describe("a key on the command line", () => {
  const lines = [
    ["keys", "set", "anthropic", "--agent", "a1"],
    ["keys", "rotate", "anthropic", "--agent", "a1"],
    ["keys", "set", "anthropic", "--agent=a1", "--provider", "anthropic"],
    ["vault", "credentials", "set", "DIGITALOCEAN_TOKEN"],
  ];
  const pasted = (key: string): fc.Arbitrary<readonly string[]> =>
    fc.constantFrom(
      [key],
      ["--key", key],
      [`--key=${key}`],
      ["--value", key],
      [`--value=${key}`],
      [`--token=${key}`],
      ["-k", key],
      [`-v=${key}`],
      [`--${key}`],
      [`-${key}`],
      ["--", key],
      [`--json=${key}`],
      [`--help=${key}`],
    );

  it("is refused at every place and in every form, and not shown", async () => {
    await storeKey();
    const attack = fc
      .tuple(fc.constantFrom(...lines), fc.constantFrom(...Object.values(KEYS)), fc.nat(3))
      .chain(([line, key, at]) => pasted(key).map((words) => ({ line, key, at: at + 2, words })));
    await fc.assert(
      fc.asyncProperty(attack, async ({ line, key, at, words }) => {
        const run = await claws([...line.slice(0, at), ...words, ...line.slice(at)]);
        expect({ exitCode: run.exitCode, stdout: run.stdout }).toEqual({ exitCode: 2, stdout: "" });
        expect(shown(run, [key])).toEqual([]);
      }),
      { numRuns: 300 },
    );
  }, 60_000);

  it("is not shown when it stands where a name belongs", async () => {
    await storeKey();
    for (const key of Object.values(KEYS)) {
      for (const words of [
        ["keys", "set", key, "--agent", "a1"],
        ["keys", "set", "anthropic", "--agent", key],
        ["keys", "set", "anthropic", "--agent", "a1", "--provider", key],
        ["keys", "rotate", key, "--agent", "a1"],
        ["keys", "rotate", "anthropic", "--agent", key],
      ]) {
        const run = await claws(words);
        expect({ exitCode: run.exitCode, stdout: run.stdout }).toEqual({ exitCode: 2, stdout: "" });
        expect(shown(run, [key])).toEqual([]);
      }
    }
  });
});

describe("data for programs", () => {
  it("holds no key, no credential and no identity, whichever command prints it", async () => {
    await storeKey();
    const daemon = await startTestDaemon();
    try {
      const given: Partial<Effects> = {
        openStack: () => Promise.resolve(fakeStack()),
        digitalOcean: () => Promise.resolve(healthyCloud()),
        tailscaleApi: () => Promise.resolve(emptyTailscale()),
        portAnswers: () => Promise.resolve(false),
        serverClock: () => Promise.resolve({ ahead: 0 }),
        readSecret: secretFrom(KEYS.openai),
        readInput: () => Promise.resolve(Buffer.from(`GROQ_API_KEY=${KEYS.groq}\nDIGITALOCEAN_TOKEN=dop_v1_canary`)),
        ...reaching({ nAGENT: daemon.url }),
      };
      const secrets = [...Object.values(KEYS), owner.identity.reveal(), ...Object.values(credentials())];
      for (const line of [
        "keys list --json",
        "preview --json",
        "up --json",
        "keys push --json",
        "keys rotate anthropic --agent a1 --json",
        "status --json",
        "cost --json",
        "watch --once --json",
        "audit --json",
        "doctor --json",
        "destroy --yes --json",
        "vault import --agent a1 --json",
        "vault credentials list --json",
        "vault diff --json -- vault.age vault.age",
        "version --json",
        "vault init --vault other.age --json",
      ]) {
        const run = await claws(line.split(" "), given);
        expect({ line, isJson: typeof JSON.parse(run.stdout) }).toEqual({ line, isJson: "object" });
        expect(shown(run, secrets)).toEqual([]);
      }
    } finally {
      await daemon.stop();
    }
  });

  function credentials(): Record<string, string> {
    const { DIGITALOCEAN_TOKEN = "", TAILSCALE_API_KEY = "", PULUMI_CONFIG_PASSPHRASE = "" } = environment;
    return { DIGITALOCEAN_TOKEN, TAILSCALE_API_KEY, PULUMI_CONFIG_PASSPHRASE };
  }
});

describe("an error", () => {
  it("about a vault through a symbolic link shows the path and leaves the target alone", async () => {
    await storeKey();
    const link = join(folder(), "link.age");
    await symlink(join(root, "vault.age"), link);
    for (const words of [
      ["keys", "list", "--vault", link],
      ["keys", "set", "anthropic", "--agent", "a1", "--vault", link],
    ]) {
      const run = await claws(words);
      expect(run.exitCode).toBe(2);
      expect(run.stderr).toContain(`cannot use vault "${link}": it is a symbolic link`);
      expect(shown(run, [KEYS.anthropic])).toEqual([]);
    }
  });

  it("about a vault with a damaged content shows nothing of it", async () => {
    const { Encrypter } = await import("age-encryption");
    const damaged = [
      `{"officeClaws":1,"recipients":[],"keys":[{"value":"${KEYS.openai}"}]}`,
      `{"officeClaws":1,"keys":"${KEYS.openai}"`,
      KEYS.openai,
      `{"officeClaws":1,"recipients":["${KEYS.openai}"],"keys":[]}`,
      `{"officeClaws":1,"recipients":[],"keys":[],"${KEYS.openai}":1}`,
    ];
    for (const text of damaged) {
      const encrypter = new Encrypter();
      encrypter.addRecipient(owner.recipient);
      await writeFile(join(root, "vault.age"), await encrypter.encrypt(text), { mode: 0o600 });
      const run = await claws(["keys", "list"]);
      expect({ exitCode: run.exitCode, stdout: run.stdout }).toEqual({ exitCode: 2, stdout: "" });
      expect(run.stderr).toContain("its content is not a vault of version 1");
      expect(shown(run, [KEYS.openai])).toEqual([]);
    }
  });
});

describe("a daemon that answers with the key it was sent", () => {
  let server: Server;
  let answer: (body: string) => { status: number; body: object };

  beforeEach(async () => {
    server = createServer((request, response) => {
      let body = "";
      request.on("data", (chunk: Buffer) => (body += chunk.toString()));
      request.on("end", () => {
        const reply =
          request.method === "GET"
            ? { status: 200, body: sealedStatus }
            : answer((JSON.parse(body) as { value: string }).value);
        response.writeHead(reply.status, { "content-type": "application/json" }).end(JSON.stringify(reply.body));
      });
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
  });
  afterEach(() => server.close());

  const sealedStatus = {
    officeClaws: 1,
    version: "0.1.0",
    bootId: "boot-1",
    nodeId: "nAGENT",
    state: "sealed",
    startedAt: "2026-11-23T12:00:00.000Z",
    auditSequence: 0,
    keys: [],
  };

  it.each<[string, (key: string) => { status: number; body: object }]>([
    ["in its error", (key) => ({ status: 400, body: { error: `bad value ${key}`, code: "bad-request" } })],
    ["in its code", (key) => ({ status: 400, body: { error: "bad value", code: key } })],
    ["in a receipt", (key) => ({ status: 200, body: { name: key } })],
    ["as its node ID", (key) => ({ status: 200, body: { nodeId: key, bootId: key, name: "anthropic", version: 1 } })],
  ])("%s does not bring it onto the screen", async (_, reply) => {
    await storeKey();
    answer = reply;
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const given = { openStack: () => Promise.resolve(fakeStack()), ...reaching({ nAGENT: url }) };
    for (const words of [
      ["keys", "push"],
      ["keys", "push", "--json"],
    ]) {
      const run = await claws(words, given);
      expect(run.exitCode).not.toBe(0);
      expect(shown(run, [KEYS.anthropic])).toEqual([]);
    }
  });
});
