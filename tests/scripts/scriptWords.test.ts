// SPDX-License-Identifier: Apache-2.0
import { spawnSync } from "node:child_process";
import { join } from "node:path";

import { scriptWords } from "../../scripts/scriptWords.ts";

const script = {
  name: "thing",
  usage: "[-- --rows LIST]\n  --rows  which rows",
  options: { rows: { type: "string" }, short: { type: "boolean" } },
} as const;
const usage = "usage: npm run thing [-- --rows LIST]\n  --rows  which rows";
const root = join(import.meta.dirname, "../..");

describe("the words of a script", () => {
  it("are its options' values", () => {
    expect(scriptWords(script, ["--rows", "7,8", "--short"])).toEqual({ values: { rows: "7,8", short: true } });
    expect(scriptWords(script, [])).toEqual({ values: {} });
  });

  it("are answered with how it is used when they ask for that", () => {
    expect(scriptWords(script, ["--short", "--help"])).toEqual({ text: usage, exitCode: 0 });
  });

  it.each([
    ["an unknown option", ["--long"], "unknown option '--long'"],
    ["a word", ["seven"], "unexpected argument 'seven'"],
    ["an option without its value", ["--rows"], "option '--rows <value>' argument missing"],
  ])("are refused in a line for %s", (_what, words, problem) => {
    expect(scriptWords(script, words)).toEqual({ text: `thing: error: ${problem}\n${usage}`, exitCode: 2 });
  });

  it.each([
    ["bench/main.ts", "bench", "[-- OPTIONS]"],
    ["scripts/demo/main.ts", "demo", "[-- --log FILE]"],
    ["scripts/session/main.ts", "session", "[-- --cast FILE]"],
  ])("are taken by %s, which starts nothing for a wrong one or for --help", (file, name, words) => {
    const run = (option: string) => spawnSync(process.execPath, [join(root, file), option], { encoding: "utf8" });
    const [helped, refused] = [run("--help"), run("--nonsense")];
    expect([helped.status, helped.stderr]).toEqual([0, ""]);
    expect(helped.stdout.split("\n")[0]).toBe(`usage: npm run ${name} ${words}`);
    expect([refused.status, refused.stdout]).toEqual([2, ""]);
    expect(refused.stderr).toBe(`${name}: error: unknown option '--nonsense'\n${helped.stdout}`);
  });

  it("name only rows that the benchmark has", () => {
    const { status, stdout, stderr } = spawnSync(process.execPath, [join(root, "bench/main.ts"), "--rows", "7,99"], {
      encoding: "utf8",
    });
    expect([status, stdout]).toEqual([2, ""]);
    expect(stderr).toBe("bench: error: there is no row 99; the rows are 7, 8, 9, 10, 11, 17, 18\n");
  });
});
