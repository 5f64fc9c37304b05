// SPDX-License-Identifier: Apache-2.0
import { spawnSync } from "node:child_process";
import { mkdir, readFile, readdir, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { extractFiles } from "../../toolchain/tarArchive.ts";
import { scratchFolder } from "../support/scratchFolder.ts";
import { makeTar, makeTarball } from "../support/tarball.ts";
import type { TarMember } from "../support/tarball.ts";

describe("extractFiles", () => {
  const folder = scratchFolder();

  async function extract(bytes: Buffer, member = "dist/tool"): Promise<{ found: string[]; text: string | undefined }> {
    const archive = join(folder(), `archive-${Math.random()}`);
    const target = `${archive}.out`;
    await writeFile(archive, bytes);
    const found = [...(await extractFiles(archive, new Map([[member, target]])))];
    return { found, text: found.length > 0 ? await readFile(target, "latin1") : undefined };
  }

  const archive = (...members: TarMember[]): Promise<{ found: string[]; text: string | undefined }> =>
    extract(makeTarball(members));

  it("takes the wanted member only, as an executable file", async () => {
    const path = join(folder(), "a.tgz");
    await writeFile(
      path,
      makeTarball([
        { name: "dist/other", content: "no" },
        { name: "dist/tool", content: "yes" },
      ]),
    );
    const out = join(folder(), "out");
    await mkdir(out);
    await expect(extractFiles(path, new Map([["dist/tool", join(out, "tool")]]))).resolves.toEqual(
      new Set(["dist/tool"]),
    );
    expect(await readdir(out)).toEqual(["tool"]);
    expect(await readFile(join(out, "tool"), "utf8")).toBe("yes");
    expect((await stat(join(out, "tool"))).mode & 0o700).toBe(0o700);
  });

  it("reads what the system's tar writes, long names and several megabytes included", async () => {
    const deep = `${"long-folder-name-".repeat(8)}/${"and-longer-".repeat(8)}`;
    await mkdir(join(folder(), deep), { recursive: true });
    const content = Buffer.alloc(3_000_001, "abc");
    await writeFile(join(folder(), deep, "tool"), content);
    for (const format of ["gnu", "posix"]) {
      const file = join(folder(), `${format}.tgz`);
      expect(spawnSync("tar", ["-C", folder(), `--format=${format}`, "-czf", file, `./${deep}/tool`]).status).toBe(0);
      const target = join(folder(), `${format}.out`);
      await extractFiles(file, new Map([[`${deep}/tool`, target]]));
      expect((await readFile(target)).equals(content)).toBe(true);
    }
  });

  it("reports a member that is not there by not finding it", async () => {
    await expect(archive({ name: "dist/else", content: "x" })).resolves.toEqual({ found: [], text: undefined });
  });

  it.each([["../tool"], ["dist/../../tool"], ["/etc/tool"], [".."], ["dist/.."]])(
    "refuses the whole archive for a member called %j",
    async (name) => {
      await expect(archive({ name: "dist/tool", content: "x" }, { name, content: "evil" })).rejects.toThrow(
        `a member leaves the archive: "${name}"`,
      );
    },
  );

  it("refuses a traversal hidden in a long name", async () => {
    const long = { name: "././@LongLink", type: "L", content: `${"a/".repeat(60)}../../../etc/x\0` };
    await expect(archive(long, { name: "short", content: "evil" })).rejects.toThrow("a member leaves the archive");
    const record = " path=../../x\n";
    const pax = { name: "pax", type: "x", content: `${record.length + 2}${record}` };
    await expect(archive(pax, { name: "short", content: "evil" })).rejects.toThrow("a member leaves the archive");
  });

  it("refuses a wanted member that is a link", async () => {
    await expect(archive({ name: "dist/tool", type: "2" })).rejects.toThrow('"dist/tool" is not a plain file');
  });

  it("takes the first of two members of one name", async () => {
    const both = archive({ name: "dist/tool", content: "first" }, { name: "dist/tool", content: "second" });
    await expect(both).resolves.toEqual({ found: ["dist/tool"], text: "first" });
  });

  it("refuses a header whose checksum is wrong and a size that is no number", async () => {
    const wrong = makeTar([{ name: "dist/tool", content: "x" }]);
    wrong.write("X", 0);
    await expect(extract(gzipSync(wrong))).rejects.toThrow("a header's checksum is wrong");
    const plain = Buffer.alloc(512, "junk");
    await expect(extract(gzipSync(plain))).rejects.toThrow(/a header/);
  });

  it("never takes a truncated archive for a whole one", async () => {
    const whole = makeTarball([{ name: "dist/tool", content: "t".repeat(700) }]);
    for (let length = 0; length < whole.length; length += 1) {
      await expect(extract(whole.subarray(0, length))).rejects.toThrow("cannot unpack");
    }
  });

  it("gives back every content byte for byte", async () => {
    const files = fc.array(fc.uint8Array({ maxLength: 1500 }), { minLength: 1, maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(files, fc.nat(), async (contents, pick) => {
        const members = contents.map((content, index) => ({ name: `f${index}`, content: Buffer.from(content) }));
        const index = pick % contents.length;
        const { text } = await extract(makeTarball(members), `f${index}`);
        expect(text).toBe(Buffer.from(contents[index] ?? []).toString("latin1"));
      }),
      { numRuns: 30 },
    );
  });
});
