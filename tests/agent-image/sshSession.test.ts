// SPDX-License-Identifier: Apache-2.0
// Root's shell on a droplet, run as the plain script that it is: what it refuses, and what it would ask PID 1 for.
import { execFile } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { scratchFolder } from "../support/scratchFolder.ts";

const image = join(import.meta.dirname, "../../agent-image");
const program = "/usr/lib/office-claws/bin/ssh-session";
const folder = scratchFolder();

interface Ended {
  readonly code: number;
  readonly stderr: string;
  /** Words for systemd-run, with each random number as 0. */
  readonly asked: readonly string[] | undefined;
}

/** Runs the script with a systemd-run that only notes its words. */
async function run(words: readonly string[], environment: Readonly<Record<string, string>>): Promise<Ended> {
  const text = await readFile(join(image, "files", program), "utf8");
  const script = join(folder(), "ssh-session");
  await writeFile(script, text.replace("PATH=/usr/sbin:/usr/bin\n", `PATH="${folder()}"\n`));
  await writeFile(join(folder(), "systemd-run"), `#!/bin/sh\nprintf '%s\\n' "$@" >"${folder()}/asked"\n`, {
    mode: 0o755,
  });
  const { code, stderr } = await new Promise<{ code: number; stderr: string }>((resolve) => {
    const child = execFile("/bin/sh", [script, ...words], { env: { ...environment } }, (error, _stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code), stderr });
    });
    child.stdin?.end();
  });
  const asked = await readFile(join(folder(), "asked"), "utf8").catch(() => undefined);
  const lines = asked?.trimEnd().split("\n");
  return { code, stderr, asked: lines?.map((line) => line.replace(/^(--unit=claws-ssh-)[0-9a-f-]{36}$/, "$10")) };
}

const client = { SSH_CLIENT: "100.64.0.1 53242 22" };

describe("root's shell", () => {
  it("asks PID 1 for a unit of its own, and hands a command on untouched", async () => {
    const { code, asked } = await run(["-c", "echo '$HOME' %n; exit 3"], { ...client, TERM: "xterm-256color" });
    expect(code).toBe(0);
    expect(asked?.slice(0, 8)).toEqual([
      ...["--quiet", "--collect", "--wait", "--pipe", "--background=", "--expand-environment=no"],
      ...["--unit=claws-ssh-0", "--description=SSH session of root from 100.64.0.1"],
    ]);
    expect(asked).toEqual(expect.arrayContaining(["--property=LimitCORE=0", "--setenv=TERM=xterm-256color"]));
    expect(asked?.slice(-4)).toEqual(["--", "/bin/bash", "-c", "echo '$HOME' %n; exit 3"]);
  });

  it("starts a login shell on request, also for a caller over IPv6", async () => {
    const { asked } = await run(["-l"], { SSH_CLIENT: "fd7a:115c:a1e0::1 1 22" });
    expect(asked).toContain("--description=SSH session of root from fd7a:115c:a1e0::1");
    expect(asked?.slice(-3)).toEqual(["--", "/bin/bash", "-l"]);
  });

  it.each(["", "x y", "$(id)", "xterm\nroot"])("takes the terminal %j for a simple one", async (TERM) => {
    expect((await run(["-l"], { ...client, TERM })).asked).toContain("--setenv=TERM=dumb");
  });

  it.each([
    ["no words", [], client, "only -l or -c COMMAND"],
    ["a script", ["/etc/shadow"], client, "only -l or -c COMMAND"],
    ["more words", ["-c", "id", "x"], client, "only -l or -c COMMAND"],
    ["nobody's address", ["-l"], {}, "not started by Tailscale SSH"],
    ["an address that is none", ["-l"], { SSH_CLIENT: "100.64.0.1\nforged 1 22" }, "not started by Tailscale SSH"],
  ])("refuses %s", async (_, words, environment, reason) => {
    expect(await run(words, environment)).toEqual({ code: 2, stderr: `ssh-session: ${reason}\n`, asked: undefined });
  });

  it("is the shell that the image gives to root, and the only program beside which tailscaled looks for others", async () => {
    expect(await readFile(join(image, "provision/20-users.sh"), "utf8")).toContain(`usermod --shell ${program} root\n`);
    const unit = await readFile(join(image, "files/etc/systemd/system/tailscaled.service"), "utf8");
    expect(unit).toContain("\nEnvironment=TS_SSH_DISABLE_SFTP=true TS_SSH_DISABLE_FORWARDING=true\n");
    expect(unit).toContain("\nEnvironment=TAILSCALE_SSH_DEFAULT_PATH=/usr/lib/office-claws/bin\n");
    expect(unit).toMatch(/^CapabilityBoundingSet=CAP_NET_ADMIN CAP_NET_RAW CAP_NET_BIND_SERVICE CAP_SETGID$/m);
  });
});
