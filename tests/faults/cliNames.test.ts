// SPDX-License-Identifier: Apache-2.0
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { commandTable } from "../../cli/commandTable.ts";
import { parseStackOutputs } from "../../cli/stackOutputs.ts";
import { parseVaultDocument } from "../../cli/vaultDocument.ts";
import { ConfigurationError, parseConfiguration } from "../../stacks/configuration.ts";
import { knownAgent } from "../support/agentWorld.ts";
import { runClaws } from "../support/cliHarness.ts";
import { scratchFolder } from "../support/scratchFolder.ts";
import { createVaultWorld, CREATED, type VaultWorld } from "./support/vaultWorld.ts";

const folder = scratchFolder();
let shared = "";
let world: VaultWorld;
beforeAll(async () => {
  shared = await mkdtemp(join(tmpdir(), "office-claws-names-"));
});
afterAll(() => rm(shared, { recursive: true, force: true }));
beforeEach(async () => {
  world = await createVaultWorld(folder(), join(shared, "cache"));
});

const hostile: readonly (readonly [string, string])[] = [
  ["a Cyrillic look-alike", "\u0430da"],
  ["a Greek look-alike", "ad\u03b1"],
  ["full-width letters", "\uff41\uff44\uff41"],
  ["a composed letter", "ad\u00e1"],
  ["a decomposed letter", "ada\u0301"],
  ["a zero-width space", "a\u200bda"],
  ["a right-to-left mark", "ada\u202e"],
  ["the Kelvin sign, which lower-cases to a k", "\u212aate"],
  ["upper case", "Ada"],
  ["64 letters", "a".repeat(64)],
  ["a leading dash", "-ada"],
  ["a leading digit", "1ada"],
  ["a dash at the end", "ada-"],
  ["a dot", "ada.b"],
  ["an underscore", "ada_b"],
  ["nothing but a space", " "],
  ["a space at the end", "ada "],
  ["a line break at the end", "ada\n"],
  ["a tab", "a\tda"],
  ["an escape sequence", "ada\u001b[2J"],
  ["a command", "ada;id"],
  ["a substitution", "$(id)"],
  ["backticks", "`id`"],
  ["a pipe", "ada|id"],
  ["a redirection", "ada>x"],
  ["a glob", "a*"],
  ["quotes", "a'\"a"],
  ["a backslash", "a\\da"],
  ["a path", "../ada"],
  ["a URL's parts", "ada@b:1/c?d#e"],
  ["an entity", "a%00a"],
  ["a name of the prototype", "__proto__"],
];
const longest = `a${"b".repeat(62)}`;

/** A line for every command that takes an agent, with all that the command insists on. */
const takers: readonly ((name: string) => readonly string[])[] = (
  await Promise.all(
    commandTable.map(async (entry) => {
      const { options, argument } = await entry.load();
      const needed = Object.keys(options).filter((name) => name !== "agent" && options[name]?.required === true);
      const words = [...entry.name.split(" "), ...needed.flatMap((name) => [`--${name}`, "1"])];
      if (argument?.name === "agent") return [(name: string) => [...words, name]];
      const given = argument === undefined || argument.optional === true ? [] : ["anthropic"];
      return Object.hasOwn(options, "agent") ? [(name: string) => [...words, ...given, `--agent=${name}`]] : [];
    }),
  )
).flat();
const refused =
  /^claws: error: (?:(?:--agent|AGENT) must (?:be a DNS label in lower case that starts with a letter|not be longer than 63 characters)|unknown option .*)$/;

describe("a name that cannot be an agent's", () => {
  it("23 is tried on many commands", () => {
    expect(takers.length).toBeGreaterThan(8);
  });

  it.each(hostile)(
    "23 such as %s is refused by every command, which shows nothing of it and touches nothing",
    async (_, name) => {
      for (const line of takers) {
        const words = line(name);
        // No effect is given: a command that went on would fail as a fault of its own.
        const { exitCode, stdout, stderr } = await runClaws(words);
        expect({ words, exitCode, stdout }).toEqual({ words, exitCode: 2, stdout: "" });
        expect({ words, error: stderr.split("\n")[0] }).toEqual({ words, error: expect.stringMatching(refused) });
      }
    },
  );

  it("23 is refused by the real program too, in front of a vault that stays as it was", async () => {
    const before = await world.bytes();
    for (const [, name] of hostile) {
      const { exitCode, stderr } = await world.claws(["keys", "set", "anthropic", `--agent=${name}`], {
        input: "sk-x",
      });
      expect({ name, exitCode, error: stderr.split("\n")[0] }).toEqual({
        name,
        exitCode: 2,
        error: expect.stringMatching(refused),
      });
    }
    expect((await world.bytes()).equals(before)).toBe(true);
  });

  it.each(hostile)("23 such as %s is refused by the program that makes the agents", (_, name) => {
    const configure = (): unknown => parseConfiguration({ agents: [{ name, image: "1" }] });
    expect(configure).toThrow(ConfigurationError);
    expect(configure).toThrow(/agents\[0\]\.name: must be a DNS label/);
  });

  it.each(hostile)("23 such as %s is refused in a vault and in a stack's outputs", (_, name) => {
    const key = { name: "anthropic", provider: "anthropic", agent: name, value: "v", version: 1, created: CREATED };
    const document = { officeClaws: 1, recipients: [], keys: [{ ...key, notAfter: null }] };
    expect(() => parseVaultDocument(Buffer.from(JSON.stringify(document)))).toThrow("its content is not a vault");
    expect(() => parseStackOutputs({ agents: Object.fromEntries([[name, knownAgent()]]) })).toThrow(
      "cannot read the stack's outputs",
    );
  });
});

describe("the longest name and the shortest", () => {
  it.each([
    ["63 characters", longest],
    ["1 character", "a"],
    ["dashes within", "a--b"],
  ])("23 are taken: %s", async (_, name) => {
    const run = await world.claws(["keys", "set", "anthropic", "--agent", name], { input: "sk-ant-x" });
    expect(run).toMatchObject({ exitCode: 0, stdout: `stored anthropic for ${name}, version 1\n` });
    expect(parseConfiguration({ agents: [{ name, image: "1" }] })).toMatchObject([{ name }]);
  });
});
