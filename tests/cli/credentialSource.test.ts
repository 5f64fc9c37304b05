// SPDX-License-Identifier: Apache-2.0
import { rm, writeFile } from "node:fs/promises";
import { createCredentialSource, type CredentialSource } from "../../cli/credentialSource.ts";
import type { Environment } from "../../cli/environment.ts";
import { Interrupted } from "../../cli/errors.ts";
import { scratchFolder } from "../support/scratchFolder.ts";
import { makeTestVault, testCredential, type TestVault } from "../support/testVault.ts";

const folder = scratchFolder();
let vault: TestVault;
let notices: string[] = [];

beforeEach(async () => {
  notices = [];
  vault = await makeTestVault(folder(), {
    credentials: [
      testCredential("DIGITALOCEAN_TOKEN", "token-canary"),
      testCredential("TAILSCALE_OAUTH_CLIENT_ID", "id-canary"),
      testCredential("TAILSCALE_OAUTH_CLIENT_SECRET", "secret-canary"),
      testCredential("AWS_ACCESS_KEY_ID", "aws-id-canary"),
      testCredential("AWS_SECRET_ACCESS_KEY", "aws-canary"),
    ],
  });
});

function sourceFor(more: Environment = {}): CredentialSource {
  const environment = { ...vault.access.environment, ...more };
  const source = createCredentialSource(environment, folder(), { notice: (line) => notices.push(line) });
  source.useVault({ vault: vault.path });
  return source;
}

describe("the cloud credentials of a run", () => {
  it("come from the vault when the environment has none", async () => {
    expect(await sourceFor().environment()).toEqual({
      ...vault.access.environment,
      DIGITALOCEAN_TOKEN: "token-canary",
      TAILSCALE_OAUTH_CLIENT_ID: "id-canary",
      TAILSCALE_OAUTH_CLIENT_SECRET: "secret-canary",
      AWS_ACCESS_KEY_ID: "aws-id-canary",
      AWS_SECRET_ACCESS_KEY: "aws-canary",
    });
    expect(notices).toEqual([]);
  });

  it("are never written into the environment of this process", async () => {
    const before = JSON.stringify(process.env);
    await sourceFor().environment();
    expect(JSON.stringify(process.env)).toBe(before);
  });

  it("are the environment's own where it has them", async () => {
    const filled = await sourceFor({ DIGITALOCEAN_TOKEN: "mine", TAILSCALE_API_KEY: "mine too" }).environment();
    expect(filled).toMatchObject({ DIGITALOCEAN_TOKEN: "mine", TAILSCALE_API_KEY: "mine too" });
    expect(filled["TAILSCALE_OAUTH_CLIENT_ID"]).toBeUndefined();
  });

  it("cost no look at the vault when the environment has what is needed", async () => {
    const has = { DIGITALOCEAN_TOKEN: "x", TAILSCALE_API_KEY: "x", PULUMI_CONFIG_PASSPHRASE: "x" };
    await rm(vault.path);
    await writeFile(vault.path, "no vault at all", { mode: 0o600 });
    expect(await sourceFor(has).environment()).toEqual({ ...vault.access.environment, ...has });
    expect(await sourceFor({ DIGITALOCEAN_TOKEN: "x" }).environment(["DIGITALOCEAN_TOKEN"])).not.toHaveProperty(
      "TAILSCALE_OAUTH_CLIENT_ID",
    );
    expect(notices).toEqual([]);
  });

  it("look for object storage's only when the state is there", async () => {
    const has = { DIGITALOCEAN_TOKEN: "x", TAILSCALE_API_KEY: "x", PULUMI_CONFIG_PASSPHRASE: "x" };
    expect(await sourceFor({ ...has, PULUMI_BACKEND_URL: "s3://bucket" }).environment()).toMatchObject({
      AWS_SECRET_ACCESS_KEY: "aws-canary",
    });
    expect(await sourceFor({ ...has, PULUMI_BACKEND_URL: "file:///x" }).environment()).not.toHaveProperty(
      "AWS_SECRET_ACCESS_KEY",
    );
  });

  it("are read once, however often they are asked for", async () => {
    const source = sourceFor();
    const [first, second] = await Promise.all([source.environment(), source.environment(["DIGITALOCEAN_TOKEN"])]);
    await rm(vault.path);
    expect(second).toBe(first);
    expect(await source.environment()).toBe(first);
  });

  it("are the environment's alone without a vault or a project", async () => {
    await rm(vault.path);
    expect(await sourceFor().environment()).toEqual(vault.access.environment);
    const nowhere = createCredentialSource({}, "/", { notice: (line) => notices.push(line) });
    expect(await nowhere.environment()).toEqual({});
    expect(notices).toEqual([]);
  });

  it("are the environment's alone, with a notice, when the vault cannot be opened", async () => {
    await writeFile(vault.path, "no vault at all", { mode: 0o600 });
    const source = sourceFor();
    expect(await source.environment()).toEqual(vault.access.environment);
    await source.environment();
    expect(notices).toEqual([
      `no credential was read from the vault: cannot open the vault "${vault.path}": it is not an age file`,
    ]);
  });

  it("are given up when the person who is asked for the passphrase stops the command", async () => {
    const { Encrypter } = await import("age-encryption");
    const encrypter = new Encrypter();
    encrypter.setScryptWorkFactor(2);
    encrypter.setPassphrase("p");
    await writeFile(vault.path, await encrypter.encrypt("{}"), { mode: 0o600 });
    const source = createCredentialSource({}, folder(), { notice: (line) => notices.push(line) }, () =>
      Promise.reject(new Interrupted("nothing was changed")),
    );
    source.useVault({ vault: vault.path });
    await expect(source.environment()).rejects.toThrow(Interrupted);
  });
});
