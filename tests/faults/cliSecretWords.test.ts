// SPDX-License-Identifier: Apache-2.0
import { commandTable } from "../../cli/commandTable.ts";
import { runClaws, type CliRun } from "../support/cliHarness.ts";

/** As the providers make them. */
const KEYS = [
  `sk-ant-api03-${"Canary0_x".repeat(10)}abcAA`,
  `sk-or-v1-${"c0ffee99".repeat(8)}`,
  `AIza${"Canary4".repeat(5)}`,
  `AGE-SECRET-KEY-1${"CANARY56".repeat(7)}QQ`,
] as const;

/** What every command's words may end in. */
const pasted: readonly ((key: string) => readonly string[])[] = [
  (key) => [key],
  (key) => ["--key", key],
  (key) => [`--key=${key}`],
  (key) => [`--token=${key}`],
  (key) => ["--password", key],
  (key) => ["-k", key],
  (key) => [`--${key}`],
  (key) => [`-${key}`],
  (key) => [`--json=${key}`],
  (key) => [`--agent=${key}`],
  (key) => ["one", key],
];

function shownOf(key: string, { stdout, stderr }: CliRun): readonly string[] {
  return [key.slice(0, 16), key.slice(-16), key.slice(8, 24)].filter((part) => (stdout + stderr).includes(part));
}

describe("a secret in the words of a command", () => {
  it.each(commandTable.map(({ name }) => [name]))("25 claws %s shows nothing of it, and does nothing", async (name) => {
    for (const key of KEYS)
      for (const end of pasted) {
        const words = [...name.split(" "), ...end(key)];
        // No effect is given, so a command that went on would show as a fault of its own.
        const run = await runClaws(words);
        expect({ words, exitCode: run.exitCode, stdout: run.stdout }).toEqual({ words, exitCode: 2, stdout: "" });
        expect({ words, shown: shownOf(key, run) }).toEqual({ words, shown: [] });
      }
  });

  it("25 in place of a command is not shown either", async () => {
    for (const key of KEYS)
      for (const words of [[key], ["keys", key], ["keys", "set", key], [`--${key}`], ["help", key], ["--help", key]]) {
        const run = await runClaws(words);
        expect({ words, shown: shownOf(key, run) }).toEqual({ words, shown: [] });
      }
  });

  it.each([
    ["keys set", ["keys", "set", "anthropic", "--agent", "a1"]],
    ["keys rotate", ["keys", "rotate", "anthropic", "--agent", "a1"]],
    ["vault credentials set", ["vault", "credentials", "set", "DIGITALOCEAN_TOKEN"]],
  ])("25 claws %s says why it refuses it and what to do instead", async (_, words) => {
    for (const key of KEYS) {
      const { exitCode, stderr } = await runClaws([...words, key]);
      expect(exitCode).toBe(2);
      expect(stderr).toContain(
        "must not be given as an argument: every user of this machine can read the process list",
      );
      expect(stderr).toContain("claws: hint: pipe it instead");
    }
  });
});
