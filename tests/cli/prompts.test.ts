// SPDX-License-Identifier: Apache-2.0
// What a person sees at a terminal: the real program at a real pseudo-terminal.
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { readVault } from "../../cli/vault.ts";
import { makeProject, spawnClaws } from "../support/cliHarness.ts";
import { startAtTerminal, type PseudoTerminal } from "../support/pseudoTerminal.ts";
import { cacheFolder, scratchFolder } from "../support/scratchFolder.ts";

const folder = scratchFolder();
const cache = cacheFolder();
const KEY = "sk-ant-canary-typed-by-hand";
const PROMPT = 'key "anthropic" of agent "a1" (not shown): ';
const program = [process.execPath, join(import.meta.dirname, "..", "..", "cli", "bin.cjs")];
let root = "";
let environment: Record<string, string> = {};

beforeEach(async () => {
  ({ root, environment } = await makeProject(folder()));
  environment["CLAWS_CACHE"] = cache();
  await spawnClaws(["vault", "init"], { environment, folder: root });
});

function atTerminal(words: readonly string[], extra: Record<string, string> = {}): PseudoTerminal {
  return startAtTerminal([...program, ...words], { folder: root, environment: { ...environment, ...extra } });
}

async function storedValues(): Promise<readonly string[]> {
  const { keys } = await readVault({ path: join(root, "vault.age"), environment });
  return keys.map(({ value }) => value.reveal());
}

const set = ["keys", "set", "anthropic", "--agent", "a1"];

describe("a key that is typed at the prompt", () => {
  it("is stored and never shown, not even as dots", async () => {
    const terminal = atTerminal(set);
    await terminal.shows(PROMPT);
    terminal.type(`${KEY}\r`);
    expect(await terminal.exitCode).toBe(0);
    const after = terminal.screen().slice(terminal.screen().indexOf(PROMPT) + PROMPT.length);
    expect(after.split("\r\n")[0]).toBe("");
    expect(terminal.screen()).not.toContain("canary");
    expect(await storedValues()).toEqual([KEY]);
  });

  it("may come key by key, corrected with Backspace and Ctrl-U", async () => {
    const terminal = atTerminal(set);
    await terminal.shows(PROMPT);
    for (const key of ["wrong", "\u0015", "sk-x", "\u007f", "a", "\u0008", "b", "\r"]) terminal.type(key);
    expect(await terminal.exitCode).toBe(0);
    expect(await storedValues()).toEqual(["sk-b"]);
  });

  it("is forgotten at Ctrl-C: exit code 130, the vault as it was", async () => {
    const before = await readFile(join(root, "vault.age"));
    const terminal = atTerminal(set);
    await terminal.shows(PROMPT);
    terminal.type(`${KEY}\u0003`);
    expect(await terminal.exitCode).toBe(130);
    expect(terminal.screen()).toContain("claws: error: interrupted: nothing was changed\r\n");
    expect(terminal.screen()).not.toContain("canary");
    expect((await readFile(join(root, "vault.age"))).equals(before)).toBe(true);
    expect((await readdir(root)).sort()).toEqual(["Pulumi.yaml", "stacks", "vault.age"]);
  });

  it("is refused when nothing is typed, or what cannot be a key; it is not shown then either", async () => {
    for (const typed of ["\r", "two words canary\r", "canar\u00fd\r"]) {
      const terminal = atTerminal(set);
      await terminal.shows(PROMPT);
      terminal.type(typed);
      expect(await terminal.exitCode).toBe(2);
      expect(terminal.screen()).toContain("claws: error: the key ");
      expect(terminal.screen()).not.toContain("canar");
    }
    expect(await storedValues()).toEqual([]);
  });

  it.each([
    ["is stored", "sk-x\r"],
    ["was given up", "\u0003"],
  ])("leaves the terminal with its echo when it %s", async (_, typed) => {
    const shell = `${[...program, ...set].join(" ")}; stty -a`;
    const terminal = startAtTerminal(["sh", "-c", shell], { folder: root, environment });
    await terminal.shows(PROMPT);
    terminal.type(typed);
    expect(await terminal.exitCode).toBe(0);
    expect(terminal.screen()).toMatch(/ icanon /);
    expect(terminal.screen()).toMatch(/ echo /);
  });

  it("is not asked for in a CI job", async () => {
    const terminal = atTerminal(set, { CI: "true" });
    expect(await terminal.exitCode).toBe(2);
    expect(terminal.screen()).toContain("cannot ask for the key: this is no place for a question");
    expect(terminal.screen()).not.toContain("(not shown)");
  });
});

describe("claws destroy at a terminal", () => {
  it("asks for the stack's name and changes nothing for another one", async () => {
    const terminal = atTerminal(["destroy"]);
    await terminal.shows("Type the stack's name to go on: ");
    terminal.type("prod\r");
    expect(await terminal.exitCode).toBe(2);
    expect(terminal.screen()).toContain("that is not the stack's name; nothing was changed");
  });

  it("ends with 130 at Ctrl-C", async () => {
    const terminal = atTerminal(["destroy"]);
    await terminal.shows("Type the stack's name to go on: ");
    terminal.type("\u0003");
    expect(await terminal.exitCode).toBe(130);
  });
});
