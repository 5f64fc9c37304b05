// SPDX-License-Identifier: Apache-2.0
import { chmod, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { runSsh, type SshRun } from "../../../cli/ssh/runSsh.ts";
import { scratchFolder } from "../../support/scratchFolder.ts";

const folder = scratchFolder();
const CLOUD = { DIGITALOCEAN_TOKEN: "CANARY", TAILSCALE_API_KEY: "CANARY", PULUMI_CONFIG_PASSPHRASE: "CANARY" };

/** Runs a stand-in for ssh that is this shell script. */
async function runScript(script: string, run: Partial<SshRun> = {}, signal = new AbortController().signal) {
  const file = join(folder(), "ssh");
  await writeFile(file, `#!/bin/sh\n${script}\n`);
  await chmod(file, 0o755);
  const environment = { PATH: `${folder()}:/usr/bin:/bin`, CLAWS_AGE_KEY: "AGE-SECRET-KEY-1CANARY", ...CLOUD };
  return await runSsh({ words: [], onLine: () => undefined, ...run }, { environment, signal });
}

describe("runSsh", () => {
  it("gives the program's words, its lines and its exit code", async () => {
    const lines: string[] = [];
    const script = 'printf "one\\ntwo %s\\nlast" "$2"; exit 9';
    expect(await runScript(script, { words: ["-x", "a b"], onLine: (line) => lines.push(line) })).toBe(9);
    expect(lines).toEqual(["one", "two a b", "last"]);
  });

  it("passes on neither what opens the vault nor a credential of a service", async () => {
    const lines: string[] = [];
    await runScript("env", { onLine: (line) => lines.push(line) });
    expect(lines.join("\n")).not.toContain("CANARY");
  });

  it("gives the lines on stderr too, so that nothing there reaches the terminal as it is", async () => {
    const talk: string[] = [];
    await runScript("printf 'one\\n\\033]0;owned\\007\\033[2Jtwo' >&2", { onTalk: (line) => talk.push(line) });
    expect(talk).toEqual(["one", "\u001b]0;owned\u0007\u001b[2Jtwo"]);
  });

  it("cuts a line that does not end instead of keeping it in memory", async () => {
    const lines: string[] = [];
    await runScript("head -c 3000000 /dev/zero | tr '\\0' x; echo; echo next", { onLine: (line) => lines.push(line) });
    expect(lines.map((line) => line.length)).toEqual([256 * 1024, 4]);
  });

  it("ends the program when it is interrupted, and says by which signal it ended", async () => {
    const stop = new AbortController();
    const onLine = (): void => stop.abort();
    expect(await runScript("echo ready; exec sleep 1000", { onLine }, stop.signal)).toBe(128 + 15);
  });

  it("ends the program at once when the interruption came before it", async () => {
    expect(await runScript("exec sleep 1000", {}, AbortSignal.abort())).toBe(128 + 15);
  });

  it("says what to install when there is no ssh", async () => {
    const options = { environment: { PATH: folder() }, signal: new AbortController().signal };
    await expect(runSsh({ words: [] }, options)).rejects.toMatchObject({
      message: "cannot run ssh: there is no such program",
      hints: ["install OpenSSH's client: package openssh-client, or a feature of Windows"],
      exitCode: 1,
    });
  });
});
