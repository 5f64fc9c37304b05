// SPDX-License-Identifier: Apache-2.0
import fc from "fast-check";
import { readYamlPlaces, YamlProblem } from "../../cli/yamlPlaces.ts";

const text = [
  "# comment",
  "config:",
  "  office-claws:agents:",
  "    - name: ada",
  "      tags: [a, b]",
  "    - { name: grace,",
  "        size: big }",
  "    -",
  "encryptionsalt: v1",
  "",
].join("\n");
const AGENTS = ["config", "office-claws:agents"] as const;

describe("the places in a YAML document", () => {
  it.each([
    [["config"], { line: 2, column: 1 }],
    [AGENTS, { line: 3, column: 3 }],
    [[...AGENTS, 0], { line: 4, column: 7 }],
    [[...AGENTS, 0, "name"], { line: 4, column: 7 }],
    [[...AGENTS, 0, "tags", 1], { line: 5, column: 17 }],
    [[...AGENTS, 1, "size"], { line: 7, column: 9 }],
    [["encryptionsalt"], { line: 9, column: 1 }],
  ])("are found by path: %j", (path, place) => {
    expect(readYamlPlaces(text).placeOf(path)).toEqual(place);
  });

  it.each([
    ["a field that is missing, its map", [...AGENTS, 0, "image"], { line: 4, column: 7 }],
    ["an element that is missing, its list", [...AGENTS, 9, "name"], { line: 3, column: 3 }],
    ["a step into a value, the value's name", [...AGENTS, 0, "name", "x"], { line: 4, column: 7 }],
    ["a name where there is a list, the list", [...AGENTS, "name"], { line: 3, column: 3 }],
    ["nothing of it, none", ["nothing", 1], undefined],
    ["no path, none", [], undefined],
  ])("are, for %s", (_, path, place) => {
    expect(readYamlPlaces(text).placeOf(path)).toEqual(place);
  });

  it("are not moved by line ends of Windows", () => {
    const path = [...AGENTS, 1, "size"];
    expect(readYamlPlaces(text.replaceAll("\n", "\r\n")).placeOf(path)).toEqual({ line: 7, column: 9 });
  });

  it("are known of what stands behind an alias where the alias is", () => {
    const places = readYamlPlaces("a: &x [1, 2]\nb:\n  c: *x\n");
    expect(places.placeOf(["b", "c", 1])).toEqual({ line: 3, column: 3 });
  });
});

/** What is wrong with the text, if anything. @throws what is no such problem */
function problemOf(document: string): YamlProblem | undefined {
  try {
    readYamlPlaces(document).placeOf(["config", 0, "x"]);
    return undefined;
  } catch (error) {
    if (error instanceof YamlProblem) return error;
    throw error;
  }
}

function isPlaced(problem: YamlProblem | undefined, document: string): boolean {
  if (problem === undefined) return true;
  const { line, column } = problem.place;
  const isInside = line >= 1 && column >= 1 && line <= document.split("\n").length;
  return isInside && !problem.message.includes("canary");
}

describe("any text", () => {
  it("is read or refused with a place in it, quickly, and nothing else", () => {
    const pieces = [
      "config:",
      "\n",
      " ",
      "  ",
      "- ",
      "[",
      "]",
      "{",
      "}",
      "&a ",
      "*a",
      "*b",
      "\t",
      '"',
      "'",
      "|",
      ">",
      "!x ",
      "%YAML",
      "---",
      "...",
      "? ",
      ": ",
      "#",
      "__proto__",
      "canary",
      "\u00e4",
      "\r",
    ];
    const words = fc.array(fc.constantFrom(...pieces), { maxLength: 40 }).map((parts) => parts.join(""));
    const property = fc.property(words, (document) => isPlaced(problemOf(document), document));
    fc.assert(property, { numRuns: 3000 });
  });

  it.each([["["], ["- "], ["? "], ["{a: "], ["a:\n "], ["!x &a "]])(
    "as deep as %j can make it is no danger",
    (piece) => {
      const deep = `a: ${piece.repeat(50_000)}`;
      const read = (): unknown => readYamlPlaces(deep);
      expect(read).toThrow(YamlProblem);
    },
  );

  it("of 1 MiB is read", () => {
    const lines = Array.from({ length: 40_000 }, (_, index) => `  key${index}: "some value"\n`);
    expect(readYamlPlaces(`config:\n${lines.join("")}`).placeOf(["config", "key39999"])?.line).toBe(40_001);
  });
});
