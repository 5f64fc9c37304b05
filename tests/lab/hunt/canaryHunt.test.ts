// SPDX-License-Identifier: Apache-2.0
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import type { HuntPlace, HuntReport } from "../../../lab/hunt/canaryHunt.ts";
import { canaryHunt } from "../../../lab/hunt/canaryHunt.ts";
import { parseMemoryAreas } from "../../../lab/hunt/processSources.ts";
import { pieceSize } from "../../../lab/hunt/sources.ts";

// Put together here, so that the hunt through this very process's memory maps and files finds no copy of the text.
const value = ["canary", "f00d", "0123456789/+", process.pid].join("-");
const needle = { name: "key of ada", value };

let folder: string;
const at = (name: string): string => path.join(folder, name);
const write = (name: string, content: string | Buffer): void => writeFileSync(at(name), content);

beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), "hunt-"));
});

afterEach(() => rmSync(folder, { recursive: true }));

function hunt(...places: readonly HuntPlace[]): Promise<HuntReport> {
  return canaryHunt([needle], places.length === 0 ? [{ kind: "path", path: folder }] : places);
}

const found = ({ findings }: HuntReport): readonly string[] =>
  findings.map(({ form, place, offset }) => `${form} ${path.relative(folder, place)} ${offset}`);

describe("canaryHunt through folders", () => {
  it("finds the secret in every form, at any depth, and says where and how but never what", async () => {
    mkdirSync(at("a/b/c"), { recursive: true });
    write("a/raw", `..${value}`);
    write("a/b/json", JSON.stringify({ nested: JSON.stringify({ key: value }) }));
    write("a/b/c/base64", Buffer.from(`x${value}`).toString("base64"));
    write("hex", Buffer.from(value).toString("hex"));
    write("url", `https://h/?key=${encodeURIComponent(value)}`);
    write("clean", "nothing");
    const report = await hunt();
    expect([...found(report)].sort()).toEqual([
      "base64 a/b/c/base64 2",
      "hex hex 0",
      "raw a/b/json 22",
      "raw a/raw 2",
      "url url 15",
    ]);
    expect(report.findings.every(({ needleName }) => needleName === "key of ada")).toBe(true);
    expect(JSON.stringify(report)).not.toContain(value);
    expect(report.unreadable).toEqual([]);
  });

  it("finds nothing where nothing is, and says how much it looked at", async () => {
    write("clean", "x".repeat(1000));
    expect(await hunt()).toEqual({ findings: [], sources: 2, bytes: 1005, unreadable: [] });
  });

  it("finds every occurrence in binary files, on both sides of and across the pieces it reads", async () => {
    const offsets = [0, pieceSize - value.length, 2 * pieceSize - 5, 3 * pieceSize];
    const content = Buffer.alloc(3 * pieceSize + value.length, 0xff);
    for (const offset of offsets) content.write(value, offset);
    write("big", content);
    expect(found(await hunt())).toEqual(offsets.map((offset) => `raw big ${offset}`));
  });

  it("reads through the holes of a sparse file", async () => {
    write("sparse", "");
    truncateSync(at("sparse"), 64 * 1024 * 1024);
    writeFileSync(at("sparse"), value, { flag: "a" });
    expect(found(await hunt())).toEqual([`raw sparse ${64 * 1024 * 1024}`]);
  });

  it("looks at names and at what links point to, and hides a secret that is one", async () => {
    const plain = "canary-in-a-name-0123";
    mkdirSync(at(plain));
    write(`${plain}/inner`, plain);
    symlinkSync(`/nowhere/${plain}`, at("link"));
    const report = await canaryHunt([{ name: "key of ada", value: plain }], [{ kind: "path", path: folder }]);
    expect(report.findings.map(({ place }) => path.relative(folder, place)).sort()).toEqual([
      "(name of an entry)",
      "[key of ada]/inner",
      "link (target)",
    ]);
    expect(JSON.stringify(report)).not.toContain(plain);
  });

  it("does not follow links", async () => {
    const outside = mkdtempSync(path.join(os.tmpdir(), "outside-"));
    writeFileSync(path.join(outside, "file"), value);
    symlinkSync(outside, at("folder"));
    symlinkSync(path.join(outside, "file"), at("file"));
    expect(found(await hunt())).toEqual([]);
    rmSync(outside, { recursive: true });
  });

  it("skips pipes and sockets instead of waiting for them", async () => {
    expect(spawnSync("mkfifo", [at("pipe")]).status).toBe(0);
    write("file", value);
    expect(found(await hunt())).toEqual(["raw file 0"]);
  });

  it("finds it in a SQLite database", async () => {
    const { DatabaseSync } = await import("node:sqlite");
    const database = new DatabaseSync(at("db.sqlite"));
    database.exec("create table t (v text)");
    database.prepare("insert into t values (?)").run(value);
    database.close();
    expect(found(await hunt())).toEqual([expect.stringMatching(/^raw db\.sqlite \d+$/)]);
  });

  it("reports what it may not read", async () => {
    // Root may read everything, so the place is one that nobody can.
    const report = await hunt({ kind: "path", path: "/proc/self/mem" });
    expect(report).toMatchObject({
      findings: [],
      sources: 0,
      unreadable: ["/proc/self/mem: EIO"],
    });
    write("closed", value);
    chmodSync(at("closed"), 0o000);
    const seen = await hunt();
    expect(found(seen).length + seen.unreadable.length).toBe(1);
  });

  it("fails for a place that does not exist, instead of finding nothing there", async () => {
    await expect(hunt({ kind: "path", path: at("missing") })).rejects.toThrow("ENOENT");
    await expect(canaryHunt([], [{ kind: "path", path: folder }])).rejects.toThrow(
      "cannot search: there is no pattern",
    );
  });
});

describe("canaryHunt elsewhere", () => {
  it("searches single files and texts", async () => {
    write("one", value);
    write("other", value);
    expect(found(await hunt({ kind: "path", path: at("one") }))).toEqual(["raw one 0"]);
    const text = await hunt({ kind: "text", name: "what claws printed", text: `key: ${value}` });
    expect(text.findings).toEqual([{ needleName: "key of ada", form: "raw", place: "what claws printed", offset: 5 }]);
  });

  it("tells several secrets apart", async () => {
    const other = { name: "key of bob", value: "canary-of-bob" };
    const report = await canaryHunt([needle, other], [{ kind: "text", name: "t", text: `${other.value} ${value}` }]);
    expect(report.findings.map(({ needleName, offset }) => [needleName, offset])).toEqual([
      ["key of bob", 0],
      ["key of ada", 14],
    ]);
  });

  it("finds it in the environment, the arguments and the memory of processes", async () => {
    const script =
      "const kept = process.env.KEY + '!'; globalThis.kept = Buffer.from(kept); console.log('ready'); setInterval(() => {}, 1e6);";
    const child = spawn(process.execPath, ["-e", script, value], {
      env: { KEY: value },
      stdio: ["ignore", "pipe", "inherit"],
    });
    await once(child.stdout, "data");
    const pids = [child.pid ?? 0];
    const proc = (name: string): string => `/proc/${child.pid ?? 0}/${name}`;

    const open = await hunt({ kind: "processes", pids });
    expect(open.findings.map(({ place }) => place).sort()).toEqual([proc("cmdline"), proc("environ")]);
    const memory = await hunt({ kind: "processes", pids, memory: true });
    expect(memory.findings.filter(({ place }) => place === proc("mem")).length).toBeGreaterThan(0);
    const spared = await hunt({ kind: "processes", pids, memory: true, exceptMemoryOf: pids });
    expect(spared.findings.map(({ place }) => place).sort()).toEqual([proc("cmdline"), proc("environ")]);
    const everywhere = await hunt({ kind: "processes" });
    expect(everywhere.findings.map(({ place }) => place)).toEqual(
      expect.arrayContaining([proc("cmdline"), proc("environ")]),
    );

    child.kill("SIGKILL");
    await once(child, "exit");
    expect((await hunt({ kind: "processes", pids, memory: true })).findings).toEqual([]);
  });

  it("never searches its own memory, where the secret must be", async () => {
    const report = await hunt({ kind: "processes", pids: [process.pid], memory: true });
    expect(report.findings.map(({ place }) => place)).toEqual([]);
  });
});

describe("parseMemoryAreas", () => {
  it("takes readable areas and leaves out the kernel's", () => {
    const maps = [
      "5581a000-5581c000 r--p 00000000 fe:00 123 /usr/bin/with blank",
      "5581c000-5581d000 ---p 00000000 00:00 0",
      "7ffd0000-7ffd1000 rw-p 00000000 00:00 0                          [stack]",
      "7ffd2000-7ffd4000 r--p 00000000 00:00 0                          [vvar]",
      "ffffffffff600000-ffffffffff601000 --xp 00000000 00:00 0          [vsyscall]",
      "",
    ].join("\n");
    expect(parseMemoryAreas(maps)).toEqual([
      { start: 0x5581a000, end: 0x5581c000 },
      { start: 0x7ffd0000, end: 0x7ffd1000 },
    ]);
  });
});
