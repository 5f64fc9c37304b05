// SPDX-License-Identifier: Apache-2.0
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { commandTable } from "../../cli/commandTable.ts";
import { makeProject, spawnClaws, type CliRun } from "../support/cliHarness.ts";
import { scratchFolder } from "../support/scratchFolder.ts";

const folder = scratchFolder();
let cache = "";

beforeAll(async () => {
  cache = await mkdtemp(join(tmpdir(), "office-claws-line-"));
});
afterAll(() => rm(cache, { recursive: true, force: true }));

async function claws(words: readonly string[]): Promise<CliRun> {
  const { root, environment } = await makeProject(folder());
  return await spawnClaws(words, { environment: { ...environment, CLAWS_CACHE: cache }, folder: root });
}

function refusal(message: string, hint?: string): CliRun {
  const hints = hint === undefined ? "" : `claws: hint: ${hint}\n`;
  return { exitCode: 2, stdout: "", stderr: `claws: error: ${message}\n${hints}` };
}

describe("a command that does not exist", () => {
  it.each([
    [["statsu"], 'unknown command "statsu"', 'did you mean "claws status"?'],
    [["keys", "lst"], 'unknown command "keys lst"', 'did you mean "claws keys list"?'],
    [["kyes", "list", "--json"], 'unknown command "kyes"', 'did you mean "claws keys list"?'],
    [["tailnet", "polciy", "show"], 'unknown command "tailnet polciy"', 'did you mean "claws tailnet policy show"?'],
    [["vualt"], 'unknown command "vualt"', 'did you mean "claws vault"?'],
    [["--quiet", "destory", "--yes"], 'unknown command "destory"', 'did you mean "claws destroy"?'],
    [["nonsense"], 'unknown command "nonsense"', "claws --help"],
    [["nonsense", "--help"], 'unknown command "nonsense"', "claws --help"],
    [["help", "nonsense"], 'unknown command "nonsense"', "claws --help"],
    [["--jsn"], 'unknown option "--jsn"', "claws --help"],
    [["--versoin"], 'unknown option "--versoin"', 'did you mean "claws --version"?'],
    [["-v"], 'unknown option "-v"', 'did you mean "claws --version"?'],
    [
      ["--json", "keys", "list"],
      'the option "--json" stands before the command',
      "options come after it: claws keys list ...",
    ],
    [
      ["--stack", "prod", "status"],
      'the option "--stack" stands before the command',
      "options come after it: claws status ...",
    ],
    [["keys", "nonsense"], 'unknown command "keys nonsense"', "claws keys --help"],
  ])("19 %j is refused with the nearest one, on stderr only", async (words, message, hint) => {
    expect(await claws(words)).toEqual(refusal(message, hint));
  });

  it("19 is not shown when it might be a pasted secret", async () => {
    const run = await claws(["sk-ant-api03-AAAABBBBCCCCDDDDEEEE"]);
    expect(run).toEqual(refusal("unknown command (not shown: it is no plain word)", "claws --help"));
  });
});

describe("an option that does not exist, or is used wrongly", () => {
  it.each([
    [["status", "--jsn"], "unknown option --jsn", "did you mean --json?"],
    [["up", "--stak", "dev"], "unknown option --stak", "did you mean --stack?"],
    [["destroy", "--force"], "unknown option --force", "claws destroy --help"],
    [["status", "--quite"], "unknown option --quite", "did you mean --quiet?"],
    [["status", "--no-colour"], "unknown option --no-colour", "did you mean --no-color?"],
    [["up", "--stack"], "option --stack needs a value", "claws up --help"],
    [["up", "--stack", "--quiet"], "option --stack needs a value", "claws up --help"],
    [["up", "--stack="], "option --stack needs a value", undefined],
    [["up", "--stack", "a", "--stack", "b"], "option --stack is given more than once", undefined],
    [["up", "--json=yes"], "option --json takes no value", undefined],
    [["up", "--quiet=yes"], "option --quiet takes no value", undefined],
    [["up", "now"], '"claws up" takes no argument, but got 1', "claws up --help"],
    [["open"], "missing argument AGENT", "claws open --help"],
    [["env"], "missing COMMAND after --", "claws env --help"],
    [["env", "ls"], '"claws env" takes no argument, but got 1', "COMMAND comes after --"],
    [["completion", "bsh"], "SHELL must be bash, zsh or fish", 'did you mean "claws completion bash"?'],
  ])("19 %j is refused with what was probably meant, on stderr only", async (words, message, hint) => {
    expect(await claws(words)).toEqual(refusal(message, hint));
  });

  it.each(commandTable.map(({ name }) => [name]))("19 is refused by %s before it does anything", async (name) => {
    const { exitCode, stdout, stderr } = await claws([...name.split(" "), "--no-such-option"]);
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: "" });
    expect(stderr).toMatch(/^claws: error: unknown option --no-such-option\nclaws: hint: .*\n$/);
  });
});
