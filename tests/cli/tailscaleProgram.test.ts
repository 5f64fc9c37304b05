// SPDX-License-Identifier: Apache-2.0
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { QuestionBounds } from "../../cli/askTailscaled.ts";
import { fetchTailnetStatus } from "../../cli/tailnet.ts";
import { askTailscaleProgram } from "../../cli/tailscaleProgram.ts";
import { makeProject, spawnClaws } from "../support/cliHarness.ts";
import { statusDocument } from "../support/fakeLocalApi.ts";
import { scratchFolder } from "../support/scratchFolder.ts";

const folder = scratchFolder();
const status = JSON.stringify(
  statusDocument({ Peer: { x: { ID: "nAGENT", HostName: "a1", TailscaleIPs: ["100.64.0.7"], Tags: ["tag:agent"] } } }),
);

/** Puts a `tailscale` there that is this shell script, and gives questions to it. */
async function standIn(script: string, bounds?: QuestionBounds) {
  const file = join(folder(), "tailscale");
  await writeFile(file, `#!/bin/sh\necho "$*" >>"${folder()}/calls"\nenv >"${folder()}/env"\n${script}\n`, {
    mode: 0o755,
  });
  await writeFile(join(folder(), "status.json"), status);
  const program = { kind: "program", file, environment: { TAILSCALE_BE_CLI: "1" } } as const;
  return {
    file,
    ask: askTailscaleProgram(
      program,
      { PATH: "/usr/bin:/bin", CLAWS_AGE_KEY: "CANARY", TAILSCALE_API_KEY: "CANARY" },
      bounds,
    ),
  };
}
const calls = (): Promise<string> => readFile(join(folder(), "calls"), "utf8");

describe("Tailscale's CLI", () => {
  it("answers for the status with the same document as the socket", async () => {
    const { ask } = await standIn(`cat "${folder()}/status.json"`);
    expect(await fetchTailnetStatus(ask)).toEqual({
      backendState: "Running",
      tun: true,
      peers: [{ nodeId: "nAGENT", hostName: "a1", addresses: ["100.64.0.7"], tags: ["tag:agent"], online: false }],
    });
    await ask("status?peers=false");
    expect(await calls()).toBe("status --json\nstatus --json --peers=false\n");
    const environment = await readFile(join(folder(), "env"), "utf8");
    expect(environment).toContain("TAILSCALE_BE_CLI=1");
    expect(environment).not.toContain("CANARY");
  });

  it("answers who somebody is, and that it knows nobody there", async () => {
    const { ask } = await standIn('case $3 in *.9:*) echo "peer not found" >&2; exit 1;; esac; echo "{}"');
    expect((await ask("whois?addr=100.64.0.7%3A443")).status).toBe(200);
    expect((await ask("whois?addr=%5Bfd7a%3A%3A1%5D%3A443")).status).toBe(200);
    expect((await ask("whois?addr=100.64.0.9%3A443")).status).toBe(404);
    expect(await calls()).toBe(
      "whois --json 100.64.0.7:443\nwhois --json [fd7a::1]:443\nwhois --json 100.64.0.9:443\n",
    );
  });

  it("is asked nothing else, and no address that is an option", async () => {
    const { ask } = await standIn("echo {}");
    await expect(ask("whois?addr=--help")).rejects.toThrow(TypeError);
    await expect(ask("logout")).rejects.toThrow(TypeError);
    await expect(calls()).rejects.toThrow("ENOENT");
  });

  it("may fail while it is stopped, as long as it says so in its document", async () => {
    const { ask } = await standIn(`echo '{"BackendState":"Stopped"}'; echo "Tailscale is stopped." >&2; exit 1`);
    expect((await fetchTailnetStatus(ask)).backendState).toBe("Stopped");
  });

  it.each([
    ["says why it cannot", 'printf "is Tailscale \\033[31mrunning?" >&2; exit 1', "is Tailscale \ufffd[31mrunning?"],
    ["just ends", "exit 3", "it ended with code 3"],
    ["says too much", "head -c 5000 /dev/zero", "its answer is too long"],
  ])("gives a clear error when it %s", async (_, script, cause) => {
    const { file, ask } = await standIn(script, { limit: 1000 });
    await expect(ask("status")).rejects.toMatchObject({
      message: `cannot ask tailscaled with "${file} status": ${cause}`,
      hints: ["start Tailscale on this machine, or name its CLI with CLAWS_TAILSCALE_PROGRAM"],
      exitCode: 1,
    });
  });

  it("that does not end is ended", async () => {
    const { ask } = await standIn("exec sleep 1000", { programTimeout: 300 });
    await expect(ask("status")).rejects.toThrow("it did not answer in time");
  });

  it("that is not there gives a clear error", async () => {
    const ask = askTailscaleProgram({ kind: "program", file: "/nonexistent/tailscale", environment: {} }, {});
    await expect(ask("status")).rejects.toThrow('"/nonexistent/tailscale status": there is no such program');
  });

  it("serves the real program where the environment names it", async () => {
    const { file } = await standIn(`echo '{"BackendState":"NeedsLogin"}'`);
    const { root, environment } = await makeProject(folder());
    const ended = await spawnClaws(["doctor", "--json"], {
      environment: { ...environment, CLAWS_TAILSCALE_PROGRAM: file },
      folder: root,
    });
    expect(`${ended.stdout}${ended.stderr}`).toContain("NeedsLogin");
    expect(await calls()).toMatch(/^status --json/);
  });
});
