// SPDX-License-Identifier: Apache-2.0
// Who gets the vault's cloud credentials: the engine's one process and our own clients, and nobody else. The real program.
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { makeProject, spawnClaws, type CliRun } from "../support/cliHarness.ts";
import { makeFakePulumi, type FakePulumi } from "../support/fakePulumi.ts";
import { scratchFolder } from "../support/scratchFolder.ts";
import { makeTestVault, testCredential } from "../support/testVault.ts";

const folder = scratchFolder();
let cloud: Server;
let asked: string[] = [];
let pulumi: FakePulumi;
let root = "";
let environment: Record<string, string> = {};

beforeEach(async () => {
  asked = [];
  cloud = createServer((request, response) => {
    asked.push(`${request.url ?? ""} ${request.headers.authorization ?? ""}`);
    response.end(JSON.stringify({ account: { status: "active", droplet_limit: 10 }, devices: [] }));
  }).listen(0, "127.0.0.1");
  await once(cloud, "listening");
  const url = `http://127.0.0.1:${(cloud.address() as AddressInfo).port}`;
  const project = await makeProject(folder());
  root = project.root;
  const vault = await makeTestVault(root, {
    credentials: [
      testCredential("DIGITALOCEAN_TOKEN", "canary-token"),
      testCredential("TAILSCALE_API_KEY", "canary-tskey"),
      testCredential("PULUMI_CONFIG_PASSPHRASE", "canary pass phrase"),
    ],
  });
  pulumi = await makeFakePulumi(join(folder(), "bin"), [
    { when: "version", stdout: "v3.259.0\n" },
    { when: "stack output", stdout: "{}" },
  ]);
  environment = {
    ...project.environment,
    PATH: `${pulumi.folder}:${project.environment["PATH"] ?? ""}`,
    CLAWS_AGE_KEY: vault.owner.identity.reveal(),
    DIGITALOCEAN_API_URL: url,
    TAILSCALE_BASE_URL: url,
  };
});
afterEach(() => cloud.close());

async function claws(words: readonly string[], more: Record<string, string> = {}): Promise<CliRun> {
  const run = await spawnClaws(words, { environment: { ...environment, ...more }, folder: root });
  expect(run.stdout + run.stderr).not.toContain("canary");
  return run;
}

async function engineSaw(): Promise<readonly (string | undefined)[]> {
  const calls = await pulumi.calls();
  const { environment: seen = {} } = calls.find(({ words }) => words[0] === "stack") ?? {};
  return [seen["DIGITALOCEAN_TOKEN"], seen["PULUMI_CONFIG_PASSPHRASE"], seen["CLAWS_AGE_KEY"]];
}

describe("the vault's cloud credentials", () => {
  it("are in the environment of the engine, where what opens the vault is not", async () => {
    await claws(["keys", "push"]);
    expect(await engineSaw()).toEqual(["canary-token", "canary pass phrase", undefined]);
  });

  it("are behind those of the environment", async () => {
    await claws(["keys", "push"], { PULUMI_CONFIG_PASSPHRASE: "mine" });
    expect((await engineSaw()).slice(1)).toEqual(["mine", undefined]);
  });

  it("are what our own clients show to the services, and what the check of the passphrase sees", async () => {
    const run = await claws(["doctor", "--json"]);
    expect(asked).toContain("/v2/account Bearer canary-token");
    expect(asked.find((line) => line.startsWith("/api/v2/tailnet/-/devices"))).toContain(
      `Basic ${Buffer.from("canary-tskey:").toString("base64")}`,
    );
    const findings = JSON.parse(run.stdout) as { check: string; ok?: boolean; level?: string }[];
    const passphrase = findings.find(({ check }) => check === "passphrase");
    expect(passphrase?.ok ?? passphrase?.level).not.toBe(false);
  });

  it("are not looked for when the environment has its own: a vault that cannot be opened is no matter then", async () => {
    const own = {
      DIGITALOCEAN_TOKEN: "own",
      TAILSCALE_API_KEY: "own",
      PULUMI_CONFIG_PASSPHRASE: "own",
      CLAWS_AGE_KEY: "AGE-SECRET-KEY-1WRONG",
    };
    const run = await claws(["status"], own);
    expect(run.stderr).not.toContain("no credential was read from the vault");
    const without = await claws(["status"], { CLAWS_AGE_KEY: "AGE-SECRET-KEY-1WRONG" });
    expect(without.stderr).toContain("claws: no credential was read from the vault: ");
  });
});
