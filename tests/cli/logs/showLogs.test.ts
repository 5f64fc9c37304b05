// SPDX-License-Identifier: Apache-2.0
import type { SshRun } from "../../../cli/ssh/runSsh.ts";
import { fakeStack, knownAgent, tailnetWith } from "../../support/agentWorld.ts";
import { makeProject, runClaws } from "../../support/cliHarness.ts";
import { scratchFolder } from "../../support/scratchFolder.ts";

const folder = scratchFolder();
const line = (unit: string, MESSAGE: string): string =>
  JSON.stringify({ __REALTIME_TIMESTAMP: "1795428000123456", _SYSTEMD_UNIT: unit, MESSAGE });

/** Runs `claws logs` with a droplet that answers these lines. */
async function logs(words: readonly string[], answer: { lines?: readonly string[]; code?: number } = {}) {
  const { root, environment } = await makeProject(folder());
  const runs: SshRun[] = [];
  const tailnet = tailnetWith({ nAGENT: "100.64.0.7" });
  const sshHostKeys = [`ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI${"A".repeat(43)}`];
  const ended = await runClaws(["logs", ...words], {
    environment,
    workingDirectory: root,
    openStack: () => Promise.resolve(fakeStack({ outputs: () => Promise.resolve(new Map([["a1", knownAgent()]])) })),
    tailnetStatus: () =>
      Promise.resolve({ ...tailnet, peers: tailnet.peers.map((peer) => ({ ...peer, sshHostKeys })) }),
    runSsh: (run) => {
      runs.push(run);
      for (const one of answer.lines ?? []) run.onLine?.(one);
      return Promise.resolve(answer.code ?? 0);
    },
  });
  return { ...ended, command: runs[0]?.words.slice(runs[0].words.indexOf("journalctl")) };
}

describe("claws logs", () => {
  it("prints the lines that the droplet picked, for people", async () => {
    const lines = [line("clawsd.service", "listening"), "garbage", line("tailscaled.service", "up")];
    const { exitCode, stdout, command } = await logs(["a1", "--unit", "system", "--unit", "daemon"], { lines });
    expect({ exitCode, stdout }).toEqual({
      exitCode: 0,
      stdout: "2026-11-23T10:00:00.123Z  daemon    listening\n2026-11-23T10:00:00.123Z  tailscaled  up\n",
    });
    expect(command?.slice(0, 3)).toEqual(["journalctl", "--no-pager", "--quiet"]);
    expect(command).toContain("_SYSTEMD_UNIT=tailscaled.service");
  });

  it("prints the lines for programs on request", async () => {
    const { stdout } = await logs(["a1", "--json"], { lines: [line("clawsd.service", "a\u0007")] });
    expect(JSON.parse(stdout)).toEqual({ time: "2026-11-23T10:00:00.123Z", source: "daemon", message: "a\ufffd" });
  });

  it("asks for daemon and workload unless told otherwise", async () => {
    const { command } = await logs(["a1"]);
    expect(command).toContain("UNIT=claws-workload.service");
    expect(command).not.toContain("_SYSTEMD_UNIT=tailscaled.service");
  });

  it.each([
    [["a1", "--unit", "sshd"], 2, '--unit must be one of daemon, workload, system, not "sshd"'],
    [
      ["a1", "--since", "soon"],
      2,
      '--since must be a span such as 15m, 2h or 3d, or a time such as 2026-11-23T10:00Z, not "soon"',
    ],
    [["a2"], 2, 'the stack "dev" has no agent "a2"'],
  ])("refuses %j", async (words, exitCode, message) => {
    const ended = await logs(words);
    expect(ended.exitCode).toBe(exitCode);
    expect(ended.stderr).toContain(`claws: error: ${message}\n`);
    expect(ended.command).toBeUndefined();
  });

  it("fails when the journal cannot be read", async () => {
    const { exitCode, stderr } = await logs(["a1"], { code: 127 });
    expect(exitCode).toBe(1);
    expect(stderr).toContain("claws: error: cannot read the journal of a1: ssh ended with code 127\n");
  });
});
