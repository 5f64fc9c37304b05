// SPDX-License-Identifier: Apache-2.0
import fc from "fast-check";
import { findChecksum } from "../../toolchain/checksums.ts";

const a = "a".repeat(64);
const b = "b".repeat(64);
const digest = fc.stringMatching(/^[0-9a-f]{64}$/);
const fileName = fc.stringMatching(/^[a-z][a-z0-9._-]{0,30}$/);

describe("findChecksum", () => {
  it("finds the digest of the named file among others", () => {
    expect(findChecksum(`${a}  one.tgz\n${b}  two.tgz\n`, "two.tgz")).toBe(b);
  });

  it("reads the binary mark of sha256sum and CRLF line ends", () => {
    expect(findChecksum(`${a} *one.tgz\r\n`, "one.tgz")).toBe(a);
  });

  it("takes a single bare digest for the file", () => {
    expect(findChecksum(`${b.toUpperCase()}\n`, "any.tgz")).toBe(b);
  });

  it("does not take part of a name for the name", () => {
    expect(() => findChecksum(`${a}  one.tgz.asc\n${a}  x-one.tgz\n`, "one.tgz")).toThrow(
      'cannot find "one.tgz" in the checksum file',
    );
  });

  it("refuses an empty text", () => {
    expect(() => findChecksum("\n", "one.tgz")).toThrow('cannot find "one.tgz" in the checksum file');
  });

  it("refuses two digests for one file", () => {
    expect(() => findChecksum(`${a}  one.tgz\n${b}  one.tgz\n`, "one.tgz")).toThrow(
      'cannot trust the checksum file: it has two digests for "one.tgz"',
    );
  });

  it.each([
    ["<html>not found</html>"],
    [`${a.slice(1)}  one.tgz`],
    [`${a}  one.tgz extra`],
    [`${a}\n${b}`],
    [`${a}b  one.tgz`],
  ])("refuses a text that is no list of SHA-256 digests: %j", (text) => {
    expect(() => findChecksum(text, "one.tgz")).toThrow("cannot read the checksum file: not a SHA-256 line");
  });

  it("gives for every list the digest of exactly the named file", () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.tuple(fileName, digest), { minLength: 1, selector: ([name]) => name }),
        (entries) => {
          const text = entries.map(([name, hex]) => `${hex}  ${name}`).join("\n");
          for (const [name, hex] of entries) expect(findChecksum(text, name)).toBe(hex);
        },
      ),
    );
  });

  it("never returns anything but a digest, whatever the text", () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(() => findChecksum(text, "one.tgz")).toThrow(/^cannot /);
      }),
    );
  });
});
