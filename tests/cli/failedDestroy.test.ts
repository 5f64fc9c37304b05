// SPDX-License-Identifier: Apache-2.0
// A destroy that the engine could not finish: its error and what is left are shown, whatever the services say.
import type { Effects } from "../../cli/effects.ts";
import { failure, Interrupted, UserError } from "../../cli/errors.ts";
import { emptyCloud, emptyTailscale, fakeStack, healthyCloud } from "../support/agentWorld.ts";
import { makeProject, runClaws, type CliRun } from "../support/cliHarness.ts";
import { scratchFolder } from "../support/scratchFolder.ts";

const folder = scratchFolder();
const agentUrn = "urn:pulumi:dev::office-claws::office-claws:index:Agent::a1";
const exported = {
  version: 3,
  deployment: {
    resources: [
      { urn: agentUrn, type: "office-claws:index:Agent" },
      {
        urn: "urn:pulumi:dev::office-claws::office-claws:index:Agent$digitalocean:index/droplet:Droplet::a1",
        type: "digitalocean:index/droplet:Droplet",
        id: "101",
        parent: agentUrn,
      },
    ],
  },
};
const engineError = failure("cannot destroy the stack: a1: DELETE answered 500", "run the command again");

async function destroy(error: Error, given: Partial<Effects> = {}, ...words: readonly string[]): Promise<CliRun> {
  const { root, environment } = await makeProject(folder());
  return await runClaws(["destroy", "--yes", ...words], {
    environment: { ...environment, PULUMI_CONFIG_PASSPHRASE: "p", DIGITALOCEAN_TOKEN: "t", TAILSCALE_API_KEY: "k" },
    workingDirectory: root,
    openStack: () =>
      Promise.resolve(
        fakeStack({ exportState: () => Promise.resolve(exported), destroy: () => Promise.reject(error) }),
      ),
    digitalOcean: () => Promise.resolve(healthyCloud()),
    tailscaleApi: () => Promise.resolve(emptyTailscale()),
    ...given,
  });
}

const allGone: Partial<Effects> = {
  digitalOcean: () => Promise.resolve(emptyCloud({ account: () => healthyCloud().account() })),
};

describe("a destroy that failed on the way", () => {
  it("shows the engine's error, then the receipt, then what is left, and exits 1", async () => {
    const { exitCode, stdout, stderr } = await destroy(engineError);
    expect(exitCode).toBe(1);
    expect(stdout).toMatch(/^AGENT +WHAT +ID +NOW\n/);
    expect(stdout).toMatch(/^a1 +droplet +101 +STILL THERE$/m);
    const lines = stderr.split("\n");
    const engine = lines.indexOf("claws: error: cannot destroy the stack: a1: DELETE answered 500");
    expect(lines[engine + 1]).toBe("claws: hint: run the command again");
    expect(lines.findIndex((line) => line.startsWith("claws: error: still there: droplet 101"))).toBeGreaterThan(
      engine,
    );
  });

  it("exits 1 even when the services know nothing any more", async () => {
    const { exitCode, stdout, stderr } = await destroy(engineError, allGone);
    expect(exitCode).toBe(1);
    expect(stdout).toMatch(/^a1 +droplet +101 +gone$/m);
    expect(stderr).toContain("claws: error: cannot destroy the stack: a1: DELETE answered 500\n");
    expect(stderr).toContain("claws: nothing of stack dev is left");
  });

  it("has its error in the JSON", async () => {
    const { exitCode, stdout } = await destroy(engineError, {}, "--json");
    expect(exitCode).toBe(1);
    const { error, receipt } = JSON.parse(stdout) as { error: string; receipt: readonly unknown[] };
    expect(error).toBe("cannot destroy the stack: a1: DELETE answered 500");
    expect(receipt).toContainEqual({ agent: "a1", plane: "droplet", id: "101", left: true });
  });

  it("shows the engine's error also when the services cannot be asked any more", async () => {
    let asked = 0;
    const { exitCode, stdout, stderr } = await destroy(engineError, {
      digitalOcean: () =>
        asked++ === 0 ? Promise.resolve(healthyCloud()) : Promise.reject(failure("cannot reach DigitalOcean")),
    });
    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: "" });
    expect(stderr).toMatch(/error: cannot destroy the stack[^]*error: cannot reach DigitalOcean/);
  });
});

describe("a destroy that did not begin, or that the user stopped", () => {
  it.each([
    ["wrong use", new UserError("the passphrase is not the one of this stack"), 2],
    ["an interrupt", new Interrupted("the engine stopped the destroy"), 130],
  ])("prints no receipt: %s", async (_, error, code) => {
    const { exitCode, stdout, stderr } = await destroy(error, {
      digitalOcean: () => Promise.resolve(healthyCloud({ dropletStatus: () => Promise.reject(new Error("asked")) })),
    });
    expect({ exitCode, stdout }).toEqual({ exitCode: code, stdout: "" });
    expect(stderr).toContain("claws: error: ");
  });
});
