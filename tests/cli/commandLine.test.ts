// SPDX-License-Identifier: Apache-2.0
import fc from "fast-check";
import type { Command } from "../../cli/command.ts";
import { grouped } from "../../cli/commandGroups.ts";
import { commandTable, findCommand } from "../../cli/commandTable.ts";
import { UserError } from "../../cli/errors.ts";
import { renderCommandHelp, renderCommandList } from "../../cli/help.ts";
import { nearest } from "../../cli/nearest.ts";
import { readPlainLine } from "../../cli/plainLine.ts";
import { readStrictLine } from "../../cli/strictLine.ts";
import { unknownCommand } from "../../cli/unknownCommand.ts";

const command: Command = {
  summary: "does something",
  argument: { name: "name", summary: "a name" },
  options: {
    agent: { kind: "text", summary: "an agent", required: true },
    provider: { kind: "text", summary: "a provider" },
    recipient: { kind: "list", summary: "recipients" },
    json: { kind: "flag", summary: "JSON" },
    "dry-run": { kind: "flag", summary: "do nothing" },
  },
  examples: ["claws test x --agent a1"],
  handler: () => Promise.resolve(undefined),
};

/** A command of the other kinds of words. */
const runner: Command = {
  ...command,
  argument: { name: "name", summary: "a name", optional: true },
  rest: { name: "program", summary: "a program and its words" },
};

async function complaintAbout(words: readonly string[], about = command): Promise<UserError> {
  const error = await readStrictLine("test", about, words).catch((thrown: unknown) => thrown);
  if (error instanceof UserError) return error;
  throw new Error("expected a complaint", { cause: error });
}

describe("a command's words", () => {
  it("are read in the plain form without yargs", () => {
    const words = ["anthropic", "--agent", "a1", "--recipient=age1x", "--recipient", "age1y", "--json"];
    expect(readPlainLine(command, words)).toEqual({
      name: "anthropic",
      agent: "a1",
      recipient: ["age1x", "age1y"],
      json: true,
    });
  });

  it("may leave out an optional argument, and go on after -- as they are", async () => {
    const words = ["--agent", "a1", "--", "ls", "--agent", "", "--", "-la"];
    const values = { agent: "a1", program: ["ls", "--agent", "", "--", "-la"] };
    expect(readPlainLine(runner, words)).toEqual(values);
    expect(await readStrictLine("test", runner, words)).toEqual(values);
    const optional = { ...runner, rest: { name: "program", summary: "", optional: true } } satisfies Command;
    for (const given of [
      ["x", "--agent=a1"],
      ["x", "--agent=a1", "--"],
    ])
      expect(await readStrictLine("test", optional, given)).toEqual({ name: "x", agent: "a1" });
    expect(readPlainLine(optional, ["x", "--agent=a1"])).toEqual({ name: "x", agent: "a1" });
  });

  it.each([
    [["--agent", "a1"], "missing PROGRAM after --", "claws test --help"],
    [["--agent", "a1", "--"], "missing PROGRAM after --", "claws test --help"],
    [["--agent", "a1", "x", "ls", "--", "y"], '"claws test" takes one argument, but got 2', "PROGRAM comes after --"],
    [["--agent", "a1", "", "--", "y"], "missing argument NAME", "claws test --help"],
    [["--agent", "--", "y"], "option --agent needs a value", "claws test --help"],
  ])("for another program: %j are refused: %s", async (words, message, hint) => {
    expect(readPlainLine(runner, words)).toBeUndefined();
    const error = await complaintAbout(words, runner);
    expect([error.message, error.hints[0], error.exitCode]).toEqual([message, hint, 2]);
  });

  it.each([
    ["a command with an argument", command, []],
    ["a command with an optional argument and words after --", runner, ["--agent=a1", "--", "x"]],
  ])(
    "mean the same to the plain reader and to yargs, whenever the plain reader takes them: %s",
    async (_, command, more) => {
      const word = fc.oneof(
        fc.constantFrom(
          "--agent",
          "--provider",
          "--recipient",
          "--json",
          "--dry-run",
          "--agent=a1",
          "--provider=p=q",
          "--recipient=x",
          "--json=true",
          "--no-json",
          "--",
          "-a",
          "--agnet",
          "--agent=",
          "--agent=-x",
          "--dryRun",
        ),
        fc.constantFrom("a1", "true", "false", "1", "007", "1e3", "-5", "", " ", "x.y", "ü", "a=b", "null", "[object]"),
        fc.string({ maxLength: 6 }),
      );
      const same = fc.asyncProperty(fc.array(word, { maxLength: 7 }), async (given) => {
        const words = [...given, ...more];
        const plain = readPlainLine(command, words);
        fc.pre(plain !== undefined);
        expect(await readStrictLine("test", command, words)).toEqual(plain);
      });
      await fc.assert(same, { numRuns: 600, maxSkipsPerRun: 1000 });
    },
    60_000,
  );

  it.each([
    [["x", "--agent", "a1", "--agnet", "a2"], "unknown option --agnet", "did you mean --agent?"],
    [["x", "--agent", "a1", "--jsn"], "unknown option --jsn", "did you mean --json?"],
    [["x", "--agent", "a1", "--quite"], "unknown option --quite", "did you mean --quiet?"],
    [["x", "--agent", "a1", "-quiet"], "unknown option --quiet", "did you mean --quiet?"],
    [["x", "--agent", "a1", "--hlep"], "unknown option --hlep", "did you mean --help?"],
    [["x", "--agent", "a1", "--quiet=true"], "option --quiet takes no value", undefined],
    [["x", "--agent", "a1", "--zzzzzz"], "unknown option --zzzzzz", "claws test --help"],
    [["x"], "missing option --agent", "claws test --help"],
    [["--agent", "a1"], "missing argument NAME", "claws test --help"],
    [["x", "y", "--agent", "a1"], '"claws test" takes one argument, but got 2', "claws test --help"],
    [["x", "--agent"], "option --agent needs a value", "claws test --help"],
    [["x", "--agent", "a1", "--json=true"], "option --json takes no value", undefined],
    [["x", "--agent", "a1", "-json=x"], "option --json takes no value", undefined],
    [["x", "--agent", "a1", "--agent", "a2"], "option --agent is given more than once", undefined],
    [["x", "--agent="], "option --agent needs a value", undefined],
  ])("%j are refused: %s", async (words, message, hint) => {
    const error = await complaintAbout(words);
    expect(error.message).toBe(message);
    expect(error.hints[0]).toBe(hint);
    expect(error.exitCode).toBe(2);
  });

  it("that may be a pasted secret are not shown in the complaint", async () => {
    const secret = "sk-ant-api03-AAAABBBBCCCCDDDD";
    for (const words of [
      ["x", `--${secret}`],
      ["x", "y", secret],
      ["x", "--agent", "a1", `-${secret}`],
    ]) {
      const error = await complaintAbout(words);
      expect(error.message + error.hints.join()).not.toContain(secret);
    }
  });
});

/** All beginnings of names under which there are commands. */
function nouns(): readonly string[] {
  return [
    ...new Set(commandTable.flatMap(({ name }) => name.split(" ").map((_, at, all) => all.slice(0, at).join(" ")))),
  ].slice(1);
}

/** The words of the command in a line for a shell, which may pipe into it and redirect. */
function wordsAfter(name: string, example: string): readonly string[] {
  const [, line = ""] = new RegExp(`(?:^|\\| )claws ${name}(?: ([^<>|]*))?`).exec(example) ?? [];
  return line.split(" ").filter((word) => word !== "");
}

describe("the list of commands", () => {
  it("names each command once, and each in a group", () => {
    const names = commandTable.map(({ name }) => name);
    expect([...new Set(names)]).toEqual(names);
    expect([...grouped(commandTable).keys()]).toEqual([
      "stack",
      "agents",
      "keys of the agents",
      "vault",
      "tailnet and images",
      "this machine",
    ]);
    const all = renderCommandList();
    for (const name of names) expect(all).toContain(`\n  ${name.split(" ").slice(0, 2).join(" ")} `);
  });

  it("puts what no group names at the end, and commands of three words together", () => {
    const rows = grouped(["zoo feed", "up", "vault a b", "vault a c", "zoo"].map((name) => ({ name, summary: "s" })));
    expect([...rows]).toEqual([
      ["stack", [["up", "s"]]],
      ["vault", [["vault a ...", "b, c"]]],
      [
        "others",
        [
          ["zoo feed", "s"],
          ["zoo", "s"],
        ],
      ],
    ]);
  });

  it.each(commandTable.map(({ name }) => [name]))("has for %s a suggestion for every slip of one letter", (name) => {
    const slips = [...Array(name.length).keys()].filter((index) => name[index] !== " ");
    for (const index of slips)
      for (const slip of [
        `${name.slice(0, index)}q${name.slice(index + 1)}`,
        name.slice(0, index) + name.slice(index + 1),
      ]) {
        if (findCommand(slip.split(" ")) !== undefined) continue;
        expect([slip, ...unknownCommand(slip.split(" ")).hints]).toEqual([slip, `did you mean "claws ${name}"?`]);
      }
  });

  it("fits 80 columns, as a whole and for each noun", () => {
    for (const prefix of ["", ...nouns()]) {
      for (const line of renderCommandList(prefix).split("\n")) expect(line.length).toBeLessThanOrEqual(80);
    }
    expect(renderCommandList("keys")).toContain("keys push");
    expect(renderCommandList("keys")).not.toContain("destroy");
  });

  it.each(commandTable.map(({ name }) => [name]))(
    "has for %s help of 80 columns with an example that the command accepts",
    async (name) => {
      const entry = findCommand(name.split(" "))?.entry;
      const loaded = await entry?.load();
      if (loaded === undefined) throw new Error("not found");
      const help = renderCommandHelp(name, loaded);
      for (const line of help.split("\n")) expect(line.length).toBeLessThanOrEqual(80);
      expect(help).toContain(`usage: claws ${name}`);
      for (const option of Object.keys(loaded.options)) expect(help).toContain(`--${option}`);
      for (const example of loaded.examples) {
        expect(help).toContain(`  ${example}`);
        const words = wordsAfter(name, example);
        expect(await readStrictLine(name, loaded, words)).toEqual(readPlainLine(loaded, words));
      }
    },
  );
});

describe("the nearest name", () => {
  it.each([
    ["statsu", "status"],
    ["lst", "list"],
    ["lsit", "list"],
    ["ilst", "list"],
    ["stauts", "status"],
    ["zzz", undefined],
    ["", undefined],
  ])("to %j is %j", (word, expected) => {
    expect(nearest(word, ["status", "list", "destroy"])).toBe(expected);
  });
});
