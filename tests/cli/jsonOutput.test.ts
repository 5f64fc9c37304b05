// SPDX-License-Identifier: Apache-2.0
// docs/json-output.md is the contract with scripts: what is printed stands there, member by member.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { commandTable } from "../../cli/commandTable.ts";
import type { Effects } from "../../cli/effects.ts";
import {
  emptyTailscale,
  exportedState,
  fakeStack,
  healthyCloud,
  knownAgent,
  tailnetWith,
} from "../support/agentWorld.ts";
import { makeProject, runClaws } from "../support/cliHarness.ts";
import { scratchFolder } from "../support/scratchFolder.ts";

const folder = scratchFolder();
const text = await readFile(join(import.meta.dirname, "..", "..", "docs", "json-output.md"), "utf8");

/** The names that stand in the section of a command, in code marks, alone or in braces. */
function documented(command: string): ReadonlySet<string> {
  const section = text.split("\n## ").find((part) => part.startsWith(`\`claws ${command} --json\``)) ?? "";
  return new Set([...section.matchAll(/`([^`]+)`/g)].flatMap(([, code = ""]) => code.match(/[A-Za-z]+/g) ?? []));
}

/** All names of members in a document, at any depth but below the daemon's own keys. */
function members(value: unknown): readonly string[] {
  if (Array.isArray(value)) return value.flatMap(members);
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([name, inner]) => [name, ...(name === "keys" ? [] : members(inner))]);
}

async function printed(...words: string[]): Promise<unknown> {
  const { root, environment } = await makeProject(folder());
  const outputs = () => Promise.resolve(new Map([["a1", knownAgent({ ttlHours: 48 })]]));
  const given: Partial<Effects> = {
    ...{ environment: { ...environment, PULUMI_CONFIG_PASSPHRASE: "p", TAILSCALE_API_KEY: "k" } },
    workingDirectory: root,
    openStack: () => Promise.resolve(fakeStack({ outputs, exportState: () => Promise.resolve(exportedState()) })),
    digitalOcean: () => Promise.resolve(healthyCloud({ firewalls: () => Promise.resolve([]) })),
    tailscaleApi: () => Promise.resolve(emptyTailscale()),
    tailnetStatus: () => Promise.resolve(tailnetWith({})),
    serverClock: () => Promise.resolve({ ahead: 0 }),
  };
  const { stdout } = await runClaws([...words, "--json"], given);
  return JSON.parse(stdout);
}

describe("what is printed with --json", () => {
  it.each([["status"], ["cost"], ["doctor"]])("by claws %s is what the document says", async (command) => {
    const names = new Set(members(await printed(command)));
    expect(names.size).toBeGreaterThan(4);
    expect([...names].filter((name) => !documented(command).has(name))).toEqual([]);
  });

  it("is told of every command that has the option, and of no other", async () => {
    const commands = await Promise.all(commandTable.map(async ({ name, load }) => ({ name, command: await load() })));
    const printing = commands.filter(({ command }) => Object.hasOwn(command.options, "json")).map(({ name }) => name);
    const told = [...text.matchAll(/^(?:## |\| )`claws ([a-z -]+?)(?: --json)?`/gm)].map(([, name = ""]) => name);
    expect(told.sort()).toEqual([...printing].sort());
  });

  it.each([["audit"], ["preview"], ["version"], ["image list"], ["image verify"]])(
    "by claws %s has the members of its row",
    async (command) => {
      const row = text.split("\n").find((line) => line.startsWith(`| \`claws ${command}\` `)) ?? "";
      const names = new Set(row.match(/[A-Za-z]+/g));
      const given = [...new Set(members(await printed(...command.split(" "))))].filter((name) => !names.has(name));
      expect(given).toEqual([]);
    },
  );

  it("by claws destroy is what the document says", async () => {
    const names = new Set(members(await printed("destroy", "--yes")));
    expect([...names].filter((name) => !documented("destroy").has(name))).toEqual([]);
  });
});
