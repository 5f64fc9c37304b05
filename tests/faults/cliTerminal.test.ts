// SPDX-License-Identifier: Apache-2.0
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { makeProject, spawnClaws, type CliRun } from "../support/cliHarness.ts";
import { DROPLET, engineEvent, TAG } from "../support/engineEvents.ts";
import { eventually } from "../support/eventually.ts";
import { startFakeCloud, type FakeCloud } from "../support/fakeCloud.ts";
import { makeFakePulumi, type FakeAnswer, type FakePulumi } from "../support/fakePulumi.ts";
import { startAtTerminal, type PseudoTerminal } from "../support/pseudoTerminal.ts";
import { scratchFolder } from "../support/scratchFolder.ts";
import { makeScreen } from "../support/screen.ts";

const folder = scratchFolder();
const program = [process.execPath, join(import.meta.dirname, "..", "..", "cli", "bin.cjs")];
let cache = "";
let root = "";
let environment: Record<string, string> = {};
let cloud: FakeCloud;
let pulumi: FakePulumi;

beforeAll(async () => {
  cache = await mkdtemp(join(tmpdir(), "office-claws-terminal-"));
  cloud = await startFakeCloud({
    "GET /v2/account": { json: { account: { status: "active", droplet_limit: 10 } } },
  });
});
afterAll(async () => {
  await cloud.close();
  await rm(cache, { recursive: true, force: true });
});
beforeEach(async () => {
  ({ root, environment } = await makeProject(folder()));
  environment = {
    ...environment,
    CLAWS_CACHE: cache,
    DIGITALOCEAN_API_URL: cloud.url,
    DIGITALOCEAN_TOKEN: "t",
    TAILSCALE_API_KEY: "k",
    PULUMI_CONFIG_PASSPHRASE: "p",
  };
});

function atTerminal(words: readonly string[], extra: readonly string[] = []): PseudoTerminal {
  return startAtTerminal(["env", ...extra, ...program, ...words], { folder: root, environment });
}

async function claws(words: readonly string[], extra: Record<string, string> = {}): Promise<CliRun> {
  return await spawnClaws(words, { environment: { ...environment, ...extra }, folder: root });
}

/** How fast the machine is does not matter. */
function withoutSeconds(text: string): string {
  return text.replace(/\b\d+ s\b/g, "N s");
}

/** An engine that reports a tag as made and a droplet as begun. */
async function engine(answer: Partial<FakeAnswer> = {}): Promise<void> {
  const events = [engineEvent("start", TAG), engineEvent("done", TAG), engineEvent("start", DROPLET)];
  pulumi = await makeFakePulumi(join(folder(), "bin"), [
    { when: "stack select" },
    { when: "refresh", events, ...answer },
  ]);
  environment["PATH"] = `${pulumi.folder}:${process.env["PATH"] ?? ""}`;
}

async function isRunning(): Promise<void> {
  await eventually(pulumi.notes, (notes) => notes.some((note) => note.startsWith("running")));
}

describe("a reader that goes away", () => {
  it.each([
    ["stdout", ["--help"]],
    ["stdout", ["completion", "zsh"]],
    ["stdout", ["version", "--json"]],
    ["stderr", ["nonsense"]],
    ["stderr", []],
  ] as const)("20 from %s of %j is no error and no crash", async (stream, words) => {
    const child = spawn(program[0] ?? "", [...program.slice(1), ...words], { cwd: root, env: environment });
    child[stream].destroy();
    let other = "";
    child[stream === "stdout" ? "stderr" : "stdout"].on("data", (chunk: Buffer) => (other += chunk.toString()));
    const [code] = (await once(child, "close")) as [number];
    expect({ code, other }).toEqual({ code: stream === "stdout" ? 0 : 2, other: "" });
  });
});

describe("an output that cannot be written", () => {
  const lost =
    "claws: error: cannot write the output: no space is left (ENOSPC)\nclaws: hint: what the command did is done all the same\n";

  it.each([[["--help"]], [["completion", "zsh"]], [["version", "--json"]], [["version", "--quiet"]]])(
    "20 of %j, for a full disk, is told in words and exits 1",
    async (words) => {
      const child = spawn("sh", ["-c", 'exec "$@" > /dev/full', "sh", ...program, ...words], {
        cwd: root,
        env: environment,
      });
      let said = "";
      child.stderr.on("data", (chunk: Buffer) => (said += chunk.toString()));
      const [code] = (await once(child, "close")) as [number];
      expect({ code, said }).toEqual({ code: 1, said: lost });
    },
  );

  it("20 keeps the exit code of what was wrong anyhow, and talk that is lost changes none", async () => {
    const line = 'C="$1"; shift; "$C" "$@" --json > /dev/full 2>/dev/null; echo $?; "$C" "$@" 2>/dev/full; echo $?';
    const words = [...program, "keys", "list"];
    const child = spawn("sh", ["-c", line, "sh", ...words], { cwd: root, env: environment });
    let codes = "";
    child.stdout.on("data", (chunk: Buffer) => (codes += chunk.toString()));
    await once(child, "close");
    expect(codes).toBe("2\n2\n");
  });
});

describe("a question where nobody can answer", () => {
  const questions: readonly (readonly [readonly string[], string])[] = [
    [["destroy"], "say it with --yes"],
    [["refresh"], "say it with --yes, or only look with --preview-only"],
  ];

  it.each(questions)("20 is an error of %j that names the option, without a terminal", async (words, hint) => {
    const { exitCode, stdout, stderr } = await claws(words);
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: "" });
    expect(stderr).toContain(`claws: hint: ${hint}\n`);
  });

  it.each(questions)("20 is the same error of %j in a CI job that has a terminal", async (words, hint) => {
    const terminal = atTerminal(words, ["CI=true"]);
    expect(await terminal.exitCode).toBe(2);
    expect(terminal.screen()).toContain(`claws: hint: ${hint}\r\n`);
  });

  it("20 does not wait for a key in a CI job that has a terminal", async () => {
    await claws(["vault", "init"]);
    const terminal = atTerminal(["keys", "set", "anthropic", "--agent", "a1"], ["CI=1"]);
    expect(await terminal.exitCode).toBe(2);
    expect(terminal.screen()).toContain("cannot ask for the key");
  });
});

describe("the live tree", () => {
  it("20 is drawn at a terminal, in colour, and leaves the last state behind", async () => {
    await engine({ code: 255, stderr: "error: it broke" });
    const terminal = atTerminal(["refresh", "--yes"], ["LANG=C.UTF-8"]);
    expect(await terminal.exitCode).toBe(1);
    const screen = makeScreen();
    await screen.write(terminal.screen());
    expect(screen.lines().slice(1, 5).map(withoutSeconds)).toEqual([
      "refresh dev, not finished: N s",
      "? a1  creating droplet (N s)",
      "  ✓ tag      created (N s)",
      "  ? droplet  creating N s",
    ]);
    expect(terminal.screen()).toContain("\u001b[32m✓\u001b[0m");
  });

  it.each([
    ["NO_COLOR=1", [], true],
    ["LANG=C", ["--no-color"], true],
    ["TERM=dumb", [], false],
    ["CI=true", [], false],
  ] as const)("20 is without colour with %s %j; it is redrawn: %j", async (variable, options, isRedrawn) => {
    await engine({ code: 255, stderr: "error: it broke" });
    const terminal = atTerminal(["refresh", "--yes", ...options], [variable]);
    expect(await terminal.exitCode).toBe(1);
    expect(terminal.screen().includes("\u001b[32m")).toBe(false);
    expect(terminal.screen().includes("\u001b[")).toBe(isRedrawn);
    expect(terminal.screen()).toContain(isRedrawn ? "tag      created" : "a1: tag created");
  });

  it("20 is a line for each change where there is no terminal, and nothing with --quiet", async () => {
    await engine();
    const { exitCode: code, stdout, stderr: said } = await claws(["refresh", "--yes"]);
    expect({ code, stdout, said: withoutSeconds(said) }).toEqual({
      code: 0,
      stdout: "",
      said:
        "claws: stack dev: checking credentials and services\n" +
        "a1: creating tag\na1: tag created (N s)\na1: creating droplet\nclaws: nothing has drifted\n",
    });
    for (const words of [
      ["--quiet", "refresh", "--yes"],
      ["refresh", "--yes", "--quiet"],
    ])
      expect(await claws(words)).toEqual({ exitCode: 0, stdout: "", stderr: "" });
    await engine({ code: 255, stderr: "error: it broke" });
    const { exitCode, stderr } = await claws(["refresh", "--yes", "--quiet"]);
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/^claws: error: cannot refresh the stack: [^]*it broke\n(claws: hint: .*\n)+$/);
  });
});

describe("Ctrl-C while an operation is shown", () => {
  it("20 typed once stops the engine cleanly and says what is done, unknown and not done", async () => {
    await engine({ waits: { interrupts: 1 }, code: 255 });
    const terminal = atTerminal(["refresh", "--yes"]);
    await isRunning();
    await terminal.shows("droplet");
    terminal.type("\u0003");
    expect(await terminal.exitCode).toBe(130);
    expect(terminal.screen()).toContain("stopping cleanly; Ctrl-C again stops at once");
    expect(terminal.screen()).toContain(
      "claws: error: interrupted: the engine was asked to stop\r\n" +
        "  done: a1: tag created\r\n  unknown: a1: creating droplet\r\n  not done: nothing\r\n",
    );
    expect((await pulumi.notes()).filter((note) => note === "interrupted")).toHaveLength(1);
  });

  it("20 typed twice leaves at once, and the terminal as it was", async () => {
    await engine({ waits: { interrupts: 3 }, code: 255 });
    const terminal = startAtTerminal(
      ["sh", "-c", `trap : INT; ${program.join(" ")} refresh --yes; echo "code $?"; stty -a`],
      {
        folder: root,
        environment,
      },
    );
    await isRunning();
    await terminal.shows("droplet");
    terminal.type("\u0003");
    await terminal.shows("stopping cleanly");
    // A second signal before the engine has taken the first one would be one with it.
    await eventually(pulumi.notes, (notes) => notes.includes("interrupted"));
    terminal.type("\u0003");
    // The shells around it see the same Ctrl-C.
    await terminal.exitCode;
    expect(terminal.screen()).toContain(
      "claws: error: left at once: what was under way may be done, or half done\r\nclaws: hint: claws status\r\n",
    );
    expect(terminal.screen()).toContain("code 130\r\n");
    expect(terminal.screen()).toMatch(/ icanon /);
    expect(terminal.screen()).toMatch(/ echo /);
    const [running = ""] = await pulumi.notes();
    await eventually(pulumi.notes, (notes) => notes.filter((note) => note === "interrupted").length === 2);
    process.kill(Number(running.split(" ")[1]), "SIGINT");
    await eventually(pulumi.notes, (notes) => notes.filter((note) => note === "interrupted").length === 3);
  });
});
