// SPDX-License-Identifier: Apache-2.0
// The scripts of `claws completion` in the real shells.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { existsSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { remembering } from "../../../cli/agentNames.ts";
import { fakeStack, knownAgent } from "../../support/agentWorld.ts";
import { makeProject, spawnClaws } from "../../support/cliHarness.ts";
import { startAtTerminal } from "../../support/pseudoTerminal.ts";
import { scratchFolder } from "../../support/scratchFolder.ts";
import { hasShell, makeClawsProgram, runShell } from "../../support/shellCompletion.ts";

const folder = scratchFolder();
let root = "";
let environment: Record<string, string> = {};
let scripts = "";

const SHELLS = ["bash", "zsh", "fish"] as const;
type Shell = (typeof SHELLS)[number];

beforeAll(async () => {
  scripts = await mkdtemp(join(tmpdir(), "office-claws-completion-"));
  for (const shell of SHELLS) {
    const run = await spawnClaws(["completion", shell], {
      environment: { PATH: process.env["PATH"] ?? "", CLAWS_CACHE: join(scripts, "cache") },
      folder: scripts,
    });
    await writeFile(join(scripts, shell), run.stdout);
  }
});
afterAll(() => rm(scripts, { recursive: true, force: true }));

beforeEach(async () => {
  ({ root, environment } = await makeProject(folder()));
  await writeFile(join(root, "stacks", "Pulumi.prod.yaml"), "config: {}\n");
  await writeFile(join(root, "stacks", "Pulumi.$(touch hacked).yaml"), "config: {}\n");
  await writeFile(join(root, "stacks", "Pulumi.example.yaml"), "config: {}\n");
  environment["CLAWS_CACHE"] = join(scripts, "cache");
  environment["PATH"] = `${await makeClawsProgram(folder())}:${environment["PATH"] ?? ""}`;
  for (const [name, agents] of [
    ["dev", ["ada", "alan"]],
    ["prod", ["grace"]],
  ] as const) {
    const known = new Map(agents.map((agent) => [agent, knownAgent()]));
    const stack = fakeStack({ outputs: () => Promise.resolve(known) });
    await remembering(stack, { root, name }, environment).outputs();
  }
});

/** How each shell is asked what it would offer for a line; the last word is the one that is typed. */
const ASK: Readonly<Record<Shell, (words: readonly string[]) => readonly string[]>> = {
  bash: (words) => [
    "bash",
    "-c",
    `source "$0"; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _claws; printf '%s\\n' "\${COMPREPLY[@]}"`,
    join(scripts, "bash"),
    // bash itself takes words apart at the equals sign.
    ...words.flatMap((word) => (word.startsWith("--") ? word.split(/(=)/) : [word])),
  ],
  // zsh completes nowhere but in its line editor: what its own functions are given is what it would offer.
  zsh: (words) => [
    "zsh",
    "-fc",
    `compdef() { : }
     compadd() { while [[ $1 == -* && $1 != -- ]]; do shift; done; shift; print -rl -- "$@" }
     _describe() { [[ $1 == -o ]] && shift; shift; print -rl -- "\${(@)\${(@P)1}%%:*}" }
     compset() { : }
     _files() { print -r -- "files $*" }
     _normal() { print -r -- "normal $words" }
     source "$0"; words=("$@"); CURRENT=$#; _claws`,
    join(scripts, "zsh"),
    ...words,
  ],
  fish: (words) => [
    "fish",
    "--no-config",
    "-c",
    `source '${join(scripts, "fish")}'; complete -C '${words.join(" ")}' | string replace -r '\\t.*' ''; true`,
  ],
};

/** What a shell offers that begins with the last word. */
function offered(shell: Shell, line: string): readonly string[] {
  const words = line.split(" ");
  const last = (words.at(-1) ?? "").replace(/^--.*=/, "");
  const all = runShell(ASK[shell](words), { folder: root, environment: { ...environment, HOME: folder() } });
  return all
    .map((word) => word.replace(/^--.*=/, ""))
    .filter((word) => word.startsWith(last))
    .sort();
}

// What this machine lacks is listed as skipped.
const [present, absent] = [SHELLS.filter(hasShell), SHELLS.filter((shell) => !hasShell(shell))];
// fish asks the terminal what it can, and waits for the answer.
const typed = present.filter((shell) => shell !== "fish");

for (const shell of absent) it.todo(`${shell} is not on this machine: install its package of the same name`);

describe.each(present)("%s", (shell) => {
  it.each([
    ["claws pre", ["preview"]],
    ["claws tailnet policy sh", ["show"]],
    ["claws keys r", ["remove", "revoke", "rotate"]],
    ["claws refresh --p", ["--preview-only"]],
    ["claws refresh --preview-only --no", ["--no-color"]],
    ["claws up --stack p", ["prod"]],
    ["claws up --stack=p", ["prod"]],
    ["claws open ", ["ada", "alan"]],
    ["claws open al", ["alan"]],
    ["claws open --stack prod ", ["grace"]],
    ["claws open --stack=prod ", ["grace"]],
    ["claws keys set anthropic --agent a", ["ada", "alan"]],
    ["claws nothing x", []],
  ])("offers for %j %j", (line, words) => {
    expect(offered(shell, line)).toEqual(words);
  });

  it("never runs what stands in a file's name", () => {
    expect(offered(shell, "claws up --stack ")).toEqual(["dev", "prod"]);
    expect(existsSync(join(root, "hacked"))).toBe(false);
  });

  it("offers files where a file is meant", () => {
    const line = `claws keys list --vault ${root}/Pul`;
    const files = shell === "zsh" ? [] : [`${root}/Pulumi.yaml`];
    expect(offered(shell, line)).toEqual(files);
  });
});

// bash 3.2, which macOS has, has no compopt and quotes nothing by itself; and no bash quotes the names of programs.
it.each(present.includes("bash") ? ["claws keys list --vault xyz", "claws env -- xyz"] : [])(
  "bash quotes for %j what it would else run as it stands in a name",
  async (line) => {
    const name = "xyz$(touch hacked)";
    await writeFile(join(folder(), "bin", name), "", { mode: 0o755 });
    await writeFile(join(root, name), "");
    const ask = ASK.bash(line.split(" ")).map((word) => word.replace(/^source/, "enable -n compopt; source"));
    const words = runShell(ask, { folder: root, environment: { ...environment, HOME: folder() } });
    expect(words).toEqual(["xyz\\$\\(touch\\ hacked\\)"]);
  },
);

describe.each(typed)("%s at a terminal", (shell) => {
  it("completes what a person types at a terminal", async () => {
    const argv = { bash: ["bash", "--norc", "--noprofile"], zsh: ["zsh", "-f"], fish: [] }[shell];
    const terminal = startAtTerminal(argv, { folder: root, environment: { ...environment, HOME: folder() } });
    const prepare = shell === "zsh" ? "autoload -U compinit; compinit -u -D; " : "";
    terminal.type(`${prepare}eval "$(claws completion ${shell})" && echo rea""dy\r`);
    await terminal.shows("ready");
    terminal.type("claws tailn\tpol\tsh\t--he\t\r");
    await terminal.shows("usage: claws tailnet policy show");
    terminal.type("exit\r");
    expect(await terminal.exitCode).toBe(0);
  });
});
