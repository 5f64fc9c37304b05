// SPDX-License-Identifier: Apache-2.0
import { parseToolchain, toolchainPrograms } from "../../lab/labToolchain.ts";

const paths = Object.fromEntries(toolchainPrograms.map((name) => [name, `/toolchain/${name}`]));

describe("parseToolchain", () => {
  it("reads the paths of exactly the lab's programs", () => {
    expect(parseToolchain(JSON.stringify({ ...paths, other: "/x" }))).toEqual(paths);
  });

  it.each(toolchainPrograms)("names the missing program %s", (name) => {
    const { [name]: _missing = "", ...others } = paths;
    expect(_missing).not.toBe("");
    expect(() => parseToolchain(JSON.stringify(others))).toThrow(
      `cannot find the program "${name}": CLAWS_TOOLCHAIN does not name it`,
    );
  });

  it("refuses paths that depend on the folder it runs in", () => {
    expect(() => parseToolchain(JSON.stringify({ ...paths, pulumi: "bin/pulumi" }))).toThrow(
      'cannot use "bin/pulumi" as "pulumi": CLAWS_TOOLCHAIN needs absolute paths',
    );
  });

  it.each([
    [undefined, "CLAWS_TOOLCHAIN is not set"],
    ["", "CLAWS_TOOLCHAIN is not set"],
    ["{", "CLAWS_TOOLCHAIN is not JSON"],
    ["[]", "CLAWS_TOOLCHAIN is not a JSON object"],
    ["null", "CLAWS_TOOLCHAIN is not a JSON object"],
  ])("refuses %j", (text, message) => {
    expect(() => parseToolchain(text)).toThrow(message);
  });
});
