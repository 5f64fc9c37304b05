// SPDX-License-Identifier: Apache-2.0
import { existsSync } from "node:fs";
import { readFile, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { openSession } from "../../../cli/ssh/openSession.ts";
import type { SshRun } from "../../../cli/ssh/runSsh.ts";
import { knownAgent, tailnetWith } from "../../support/agentWorld.ts";
import { recordTerminal, testEffects } from "../../support/cliHarness.ts";

const key = `ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI${"A".repeat(43)}`;

/** Effects in which ssh ends with this code, after a look at its file of known hosts. */
function world(code: number | Error) {
  const tailnet = tailnetWith({ nAGENT: "100.64.0.7" });
  const peers = tailnet.peers.map((peer) => ({ ...peer, sshHostKeys: [key] }));
  const seen: { run?: SshRun; file?: string; text?: string; modes?: readonly string[] } = {};
  const terminal = recordTerminal();
  const runSsh = async (run: SshRun): Promise<number> => {
    const file = /^UserKnownHostsFile="(.*)"$/.exec(run.words.find((word) => word.startsWith("UserKnown")) ?? "")?.[1];
    const modes = await Promise.all([file ?? "", dirname(file ?? "")].map(async (path) => (await stat(path)).mode));
    Object.assign(seen, { run, file, text: await readFile(file ?? "", "utf8") });
    seen.modes = modes.map((mode) => (mode & 0o777).toString(8));
    if (code instanceof Error) throw code;
    return code;
  };
  const tailnetStatus = () => Promise.resolve({ ...tailnet, peers });
  return { effects: testEffects({ terminal, runSsh, tailnetStatus }), seen, terminal };
}

describe("a session", () => {
  it("trusts a file of its own, for its owner only, that is gone afterwards", async () => {
    const { effects, seen } = world(3);
    expect(await openSession({ name: "a1", agent: knownAgent(), command: ["id"] }, effects)).toBe(3);
    expect(seen.text).toBe(`claws-node-nagent ${key}\n`);
    expect(seen.modes).toEqual(["600", "700"]);
    expect(existsSync(dirname(seen.file ?? ""))).toBe(false);
  });

  it("leaves nothing behind when ssh cannot be run", async () => {
    const { effects, seen } = world(new Error("no ssh"));
    const work = openSession({ name: "a1", agent: knownAgent(), command: [] }, effects);
    await expect(work).rejects.toThrow("no ssh");
    expect(existsSync(dirname(seen.file ?? ""))).toBe(false);
  });

  it("is not opened any more when Ctrl-C came while stack and tailnet were asked", async () => {
    const { effects, seen } = world(0);
    const work = openSession(
      { name: "a1", agent: knownAgent(), command: [] },
      { ...effects, signal: AbortSignal.abort() },
    );
    await expect(work).rejects.toMatchObject({ exitCode: 130, message: "interrupted: nobody logged in" });
    expect(seen.run).toBeUndefined();
  });

  it("that does not come about gives hints, and one that does gives none", async () => {
    const failed = world(255);
    await openSession({ name: "a1", agent: knownAgent(), command: [] }, failed.effects);
    expect(failed.terminal.stderr()).toContain("claws: hint: no session with a1; the tailnet's policy must let you in");
    const fine = world(1);
    await openSession({ name: "a1", agent: knownAgent(), command: [] }, fine.effects);
    expect(fine.terminal.stderr()).toBe("");
  });

  it("shows what a droplet writes to stderr beside its answer, without its control characters", async () => {
    const { effects, seen, terminal } = world(0);
    await openSession({ name: "a1", agent: knownAgent(), command: ["journalctl"], onLine: () => undefined }, effects);
    seen.run?.onTalk?.("# To authenticate, visit: https://login.example/a/1");
    seen.run?.onTalk?.("\u001b]0;owned\u0007\u001b[2J\u009b1A");
    expect(terminal.stderr()).toBe(
      "# To authenticate, visit: https://login.example/a/1\n\ufffd]0;owned\ufffd\ufffd[2J\ufffd1A\n",
    );
  });
});
