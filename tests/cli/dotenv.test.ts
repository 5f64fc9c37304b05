// SPDX-License-Identifier: Apache-2.0
import fc from "fast-check";
import { parseDotenv } from "../../cli/dotenv.ts";
import { UserError } from "../../cli/errors.ts";

function pairsIn(text: string): readonly (readonly [string, string])[] {
  return parseDotenv(text).map(({ name, value }) => [name, value]);
}

function complaintAbout(text: string): UserError {
  try {
    parseDotenv(text);
  } catch (error) {
    if (error instanceof UserError) return error;
  }
  throw new Error("expected the text to be refused");
}

describe("a file of assignments", () => {
  it.each([
    ["A=1", "1"],
    ["A=1\n", "1"],
    ["A=1\r\n", "1"],
    ["\uFEFFA=1", "1"],
    ["export A=1", "1"],
    ["  export\tA = 1  ", "1"],
    ["A=", ""],
    ["A=''", ""],
    ['A=""', ""],
    ["A='1'", "1"],
    ['A="1"', "1"],
    ["A=1 # a comment", "1"],
    ["A=1\t# a comment", "1"],
    ["A=# a comment", ""],
    ["A=1#no-comment", "1#no-comment"],
    ["A='1 # no comment'", "1 # no comment"],
    ["A='1' # a comment", "1"],
    ["A='x\"y'", 'x"y'],
    ['A="x\'y"', "x'y"],
    ['A="x\\"y\\\\z"', 'x"y\\z'],
    ["A='x\\ny'", "x\\ny"],
    ['A="x\\ny\\tz"', "x\ny\tz"],
    ['A="x\ny"', "x\ny"],
    ["A=x=y==", "x=y=="],
    ["A=a b", "a b"],
  ])("%j gives %j", (text, value) => expect(pairsIn(text)).toEqual([["A", value]]));

  it("may hold comments and empty lines, with any line breaks", () => {
    const text = "# first\r\n\r\nA=1\r\n  # more\r\nexport B=\"2\"\n\nC='3\nthree'\nD=4";
    expect(parseDotenv(text)).toEqual([
      { name: "A", value: "1", line: 3, refers: false },
      { name: "B", value: "2", line: 5, refers: false },
      { name: "C", value: "3\nthree", line: 7, refers: false },
      { name: "D", value: "4", line: 9, refers: false },
    ]);
    expect(parseDotenv("")).toEqual([]);
  });

  it.each([
    ["A=$B", true],
    ['A="x${B}"', true],
    ["A=$(cat key)", true],
    ["A=`cat key`", true],
    ['A="x`cat key`"', true],
    ["A='$B'", false],
    ["A='`B`'", false],
    ['A="\\`B\\`"', false],
    ['A="\\$B"', false],
    ["A=pa$5word", false],
    ["A=x$", false],
  ])("%j refers to something else: %j", (text, refers) => {
    expect(parseDotenv(text)[0]?.refers).toBe(refers);
  });

  it.each([
    ["canary", 1, "it is not NAME=value"],
    ["A=1\ncanary secret", 2, "it is not NAME=value"],
    ["A=1\n\n1A=canary", 3, "it is not NAME=value"],
    ['A="canary', 1, "its quote is not closed"],
    ["A=1\nB='canary\nmore", 2, "its quote is not closed"],
    ["A='canary'x", 1, "something follows its closing quote"],
  ])("%j is refused by its line %i, which is not shown", (text, line, cause) => {
    const { message, hints } = complaintAbout(text);
    expect(message).toBe(`cannot read line ${line}: ${cause}`);
    expect(message + hints.join()).not.toContain("canary");
  });

  it("gives back any value that was written in quotes", () => {
    const value = fc.string({ unit: "binary" }).filter((text) => !text.includes("\r"));
    fc.assert(
      fc.property(fc.array(value, { maxLength: 5 }), (values) => {
        const lines = values.map((one, index) => `V${index}="${one.replace(/[\\"]/g, "\\$&")}"`);
        expect(pairsIn(lines.join("\n"))).toEqual(values.map((one, index) => [`V${index}`, one]));
      }),
    );
  });
});
