// SPDX-License-Identifier: Apache-2.0
import { UserError } from "../../cli/errors.ts";
import { IMPORT_FORMATS, importFormat, readVariables } from "../../cli/importText.ts";

const CANARY = "sk-canary-5512";

function read(text: string, format?: (typeof IMPORT_FORMATS)[number]): readonly (readonly [string, string, string?])[] {
  return readVariables(Buffer.from(text), format).map(({ name, value, defect }) =>
    defect === undefined ? [name, value.reveal()] : [name, value.reveal(), defect],
  );
}

function complaintAbout(text: string | Buffer, format?: (typeof IMPORT_FORMATS)[number]): UserError {
  try {
    readVariables(Buffer.from(text), format);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    expect(error.message + error.hints.join()).not.toContain(CANARY);
    return error;
  }
  throw new Error("expected the text to be refused");
}

describe("the text of an import", () => {
  it("is dotenv, or JSON when it starts with a brace", () => {
    expect(read("A=1\nB=2")).toEqual([
      ["A", "1"],
      ["B", "2"],
    ]);
    expect(read(' \n{"A": "1", "b.c": "2"}')).toEqual([
      ["A", "1"],
      ["b.c", "2"],
    ]);
  });

  it("may be what sops -d prints as JSON or as dotenv", () => {
    expect(read('{"A":"1"}', "sops")).toEqual([["A", "1"]]);
    expect(read("A=1\n", "sops")).toEqual([["A", "1"]]);
  });

  it("is wiped, whether it could be read or not", () => {
    for (const text of [`A=${CANARY}`, `A='${CANARY}`]) {
      const bytes = Buffer.from(text);
      try {
        readVariables(bytes);
      } catch {
        // Refused is as good.
      }
      expect(bytes.every((byte) => byte === 0)).toBe(true);
    }
  });

  it("keeps what it cannot take for later: it matters only where it is wanted", () => {
    expect(read('{"A":1,"B":{"C":"x"},"D":null}')).toEqual([
      ["A", "", "it is no text"],
      ["B", "", "it is no text"],
      ["D", "", "it is no text"],
    ]);
    expect(read("A=$B\nC=1\nC=2\nD=1\nD=1")).toEqual([
      ["A", "$B", "line 1 refers to another variable or command, which is not expanded"],
      ["C", "2", "it is set twice, to two values"],
      ["D", "1"],
    ]);
  });

  it.each([
    ["nothing", "", "nothing to import: the text is empty"],
    ["blanks", " \n\t", "nothing to import: the text is empty"],
    ["bytes that are no text", Buffer.from([0x41, 0x3d, 0xff]), "cannot import it: it is not UTF-8 text"],
    ["a JSON list", `["${CANARY}"]`, "cannot import it: the JSON must be an object of names and texts"],
    ["half of a JSON object", `{"A":"${CANARY}"`, "cannot import it: it is not JSON: cannot read"],
    ["a member twice", `{"A":"${CANARY}","A":"x"}`, "cannot import it: it is not JSON: cannot read"],
    ["YAML", `openai: ${CANARY}\n`, "cannot import it: it looks like YAML"],
    ["YAML of several documents", `---\na: ${CANARY}\n`, "cannot import it: it looks like YAML"],
    ["a lone key", `${CANARY}\n`, "cannot read line 1: it is not NAME=value"],
  ])("is refused when it is %s, and not shown", (_, text, message) => {
    expect(complaintAbout(text).message).toContain(message);
  });

  it("is refused when SOPS has it still encrypted, with the line to type", () => {
    const { message, hints } = complaintAbout('{"A":"ENC[AES256_GCM]","sops":{"mac":"x"}}', "sops");
    expect(message).toBe("cannot import it: this file of SOPS is still encrypted");
    expect(hints).toEqual([
      "print what it holds as JSON: sops -d --output-type json FILE | claws vault import --format sops",
    ]);
    expect(complaintAbout("a:\n  b: c\n", "sops").hints).toEqual(hints);
  });

  it("has one of three formats", () => {
    for (const format of IMPORT_FORMATS) expect(importFormat(format)).toBe(format);
    expect(() => importFormat("yaml")).toThrow("--format must be one of dotenv, json, sops");
  });
});
