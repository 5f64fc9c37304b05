// SPDX-License-Identifier: Apache-2.0
// `claws env -- COMMAND` as it is typed: the real program, real children, real signals.
import { spawn, type ChildProcessByStdio } from "node:child_process";
import { once } from "node:events";
import type { Readable } from "node:stream";
import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { makeProject, spawnClaws, type CliRun } from "../support/cliHarness.ts";
import { startAtTerminal } from "../support/pseudoTerminal.ts";
import { scratchFolder } from "../support/scratchFolder.ts";
import { makeTestVault, testCredential, testKey, type TestVault } from "../support/testVault.ts";

const folder = scratchFolder();
const program = join(import.meta.dirname, "..", "..", "cli", "bin.cjs");
/** Prints what it is told and waits for signals, of which it prints the names; SIGTERM and SIGHUP end it. */
const LISTENER = `
  for (const name of ["SIGINT", "SIGTERM", "SIGHUP", "SIGUSR2"]) process.on(name, () => {
    console.log("got " + name);
    if (name === "SIGTERM") process.exit(7);
    if (name === "SIGHUP") { process.removeAllListeners("SIGHUP"); process.kill(process.pid, "SIGHUP"); }
  });
  console.log("ready");
  setInterval(() => {}, 1000);
`;
let root = "";
let vault: TestVault;
let environment: Record<string, string> = {};

beforeEach(async () => {
  const project = await makeProject(folder());
  root = project.root;
  vault = await makeTestVault(root, {
    keys: [testKey({ value: "canary-key" })],
    credentials: [
      testCredential("DIGITALOCEAN_TOKEN", "token-canary"),
      testCredential("PULUMI_CONFIG_PASSPHRASE", "pass phrase 'canary'"),
    ],
  });
  environment = { ...project.environment, CLAWS_AGE_KEY: vault.owner.identity.reveal() };
});

async function env(words: readonly string[], more: Record<string, string> = {}, input = ""): Promise<CliRun> {
  return await spawnClaws(["env", ...words], { environment: { ...environment, ...more }, folder: root, input });
}

function startListener(): {
  readonly child: ChildProcessByStdio<null, Readable, null>;
  readonly says: (line: string) => Promise<void>;
} {
  const words = [program, "env", "--", process.execPath, "--eval", LISTENER];
  const child = spawn(process.execPath, words, { cwd: root, env: environment, stdio: ["ignore", "pipe", "inherit"] });
  let output = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (output += text));
  const says = async (line: string): Promise<void> => {
    while (!output.includes(line)) await once(child.stdout, "data");
  };
  return { child, says };
}

describe("a program that is run with the vault's credentials", () => {
  it("has them in its environment, and none of the keys, and nothing that opens the vault", async () => {
    const { exitCode, stdout, stderr } = await env(["--", "env"], { CLAWS_AGE_KEY_FILE: "/x", CLAWS_AGE_KEY_CMD: "y" });
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
    const variables = stdout.split("\n");
    expect(variables).toContain("DIGITALOCEAN_TOKEN=token-canary");
    expect(variables).toContain("PULUMI_CONFIG_PASSPHRASE=pass phrase 'canary'");
    expect(variables).toContain(`HOME=${environment["HOME"] ?? ""}`);
    expect(stdout).not.toContain("CLAWS_AGE");
    expect(stdout).not.toContain("AGE-SECRET-KEY");
    expect(stdout).not.toContain("canary-key");
  });

  it("has the environment's own where that has one", async () => {
    const { stdout } = await env(["--", "env"], { DIGITALOCEAN_TOKEN: "mine" });
    expect(stdout).toContain("DIGITALOCEAN_TOKEN=mine\n");
    expect(stdout).not.toContain("token-canary");
  });

  it("has only those that are named, when some are", async () => {
    const { stdout } = await env(["--only", "DIGITALOCEAN_TOKEN", "--", "env"]);
    expect(stdout).toContain("DIGITALOCEAN_TOKEN=token-canary\n");
    expect(stdout).not.toContain("PULUMI_CONFIG_PASSPHRASE");
  });

  it("is not run when one that is named is nowhere, or the vault cannot be opened", async () => {
    const absent = await env(["--only", "TAILSCALE_API_KEY", "--", "touch", "ran"]);
    expect(absent).toEqual({
      exitCode: 2,
      stdout: "",
      stderr: [
        "claws: error: neither the environment nor the vault has TAILSCALE_API_KEY to lend",
        "claws: hint: store it: claws vault credentials set TAILSCALE_API_KEY",
        "",
      ].join("\n"),
    });
    await writeFile(vault.path, "no vault");
    const closed = await env(["--", "touch", "ran"]);
    expect([closed.exitCode, closed.stdout]).toEqual([2, ""]);
    await rm(vault.path);
    expect((await env(["--", "touch", "ran"])).stderr).toContain("there is no vault at");
    await expect(rm(join(root, "ran"))).rejects.toThrow("ENOENT");
  });

  it("gets its words as they are, this stdin, and gives its own exit code", async () => {
    const echo = await env(["--", "printf", "%s|", "a b", "$HOME", "--json", "--", "'"]);
    expect(echo.stdout).toBe("a b|$HOME|--json|--|'|");
    expect((await env(["--", "cat"], {}, "from stdin")).stdout).toBe("from stdin");
    expect((await env(["--", "sh", "-c", "exit 42"])).exitCode).toBe(42);
  });

  it("may be missing, or no program", async () => {
    expect(await env(["--", "no-such-program"])).toEqual({
      exitCode: 127,
      stdout: "",
      stderr: 'claws: error: cannot run "no-such-program": it is not on the PATH\n',
    });
    expect(await env(["--", root])).toEqual({
      exitCode: 126,
      stdout: "",
      stderr: `claws: error: cannot run "${root}": EACCES\n`,
    });
  });

  it("must be named", async () => {
    for (const words of [[], ["--"], ["env"]]) expect((await env(words)).exitCode).toBe(2);
  });

  it("hears of a closed pipe, as it would without claws", async () => {
    const sh = spawn(
      "sh",
      ["-c", `"$0" "$1" env -- sh -c 'yes; echo $? > code' | head -1`, process.execPath, program],
      {
        cwd: root,
        env: environment,
      },
    );
    await once(sh, "close");
    // 128 + SIGPIPE; a program that were deaf to it would end with 1.
    expect(await readFile(join(root, "code"), "utf8")).toBe("141\n");
  });
});

describe("a signal for claws while it runs another program", () => {
  it("is passed on, however many come, and the program decides what it does", async () => {
    const { child, says } = startListener();
    const end = once(child, "close");
    await says("ready");
    for (const name of ["SIGINT", "SIGUSR2"] as const) {
      child.kill(name);
      await says(`got ${name}`);
    }
    child.kill("SIGTERM");
    expect(await end).toEqual([7, null]);
  });

  it("ends claws as it ended the program", async () => {
    const { child, says } = startListener();
    const end = once(child, "close");
    await says("ready");
    child.kill("SIGHUP");
    expect(await end).toEqual([null, "SIGHUP"]);
  });

  it("reaches the program once when it comes from the keyboard", async () => {
    const script = `let n = 0; process.on("SIGINT", () => { n += 1; setTimeout(() => { console.log("interrupts: " + n); process.exit(3); }, 500); }); console.log("ready"); setInterval(() => {}, 1000);`;
    await writeFile(join(root, "count.mjs"), script);
    const words = [process.execPath, program, "env", "--", process.execPath, "count.mjs"];
    const terminal = startAtTerminal(words, { folder: root, environment });
    await terminal.shows("ready");
    terminal.type("\u0003");
    await terminal.shows("interrupts: ");
    await terminal.exitCode;
    expect(terminal.screen().match(/interrupts: \d/g)).toEqual(["interrupts: 1"]);
  });
});
