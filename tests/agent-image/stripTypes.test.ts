// SPDX-License-Identifier: Apache-2.0
import { execFile } from "node:child_process";
import { access, mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { promisify } from "node:util";
import { listPayload, writePayload } from "../../agent-image/payload.ts";
import { shippedName, stripTypes } from "../../agent-image/stripTypes.ts";

const repository = join(import.meta.dirname, "../..");

describe("stripTypes", () => {
  it("leaves the program and takes the types, with every line and column where it was", () => {
    const source = 'import { a, type B } from "./a.ts";\nconst c: B<string> = a as B<string>;\nexport { c };\n';

    expect(stripTypes(source)).toBe(
      'import { a,        } from "./a.js";\nconst c            = a             ;\nexport { c };\n',
    );
  });

  it.each([
    ['export * from "../b/c.ts";', 'export * from "../b/c.js";'],
    ['const m = await import("./late.ts");', 'const m = await import("./late.js");'],
    ['import "./effect.ts";', 'import "./effect.js";'],
    ['import {\n  a,\n} from "./a.ts";', 'import {\n  a,\n} from "./a.js";'],
  ])("points %j at the shipped name", (source, shipped) => {
    expect(stripTypes(source)).toBe(shipped);
  });

  it.each([
    ['import { a, b as c } from "node:fs";', 'const { a, b: c } = process.getBuiltinModule("node:fs");'],
    ['import {\n  a,\n} from "node:fs/promises";', 'const {\n  a,\n} = process.getBuiltinModule("node:fs/promises");'],
  ])("fetches %j in place of importing it", (source, shipped) => {
    expect(stripTypes(source)).toBe(shipped);
  });

  it.each(['import fs from "node:fs";', 'import x from "x.ts";', 'const text = "see ./a.ts";'])(
    "leaves %j, which names no file of ours",
    (source) => {
      expect(stripTypes(source)).toBe(source);
    },
  );

  it.each(["enum A { B }", "namespace N { export const x = 1; }", "class A { constructor(private x: string) {} }"])(
    "refuses %j, which is more than types",
    (source) => {
      expect(() => stripTypes(source)).toThrow(/not supported/);
    },
  );
});

describe("shippedName", () => {
  it.each([
    ["broker/broker.ts", "broker/broker.js"],
    ["agent-image/panel/panel.js", "agent-image/panel/panel.js"],
    ["a.ts.txt", "a.ts.txt"],
  ])("%s is shipped as %s", (path, shipped) => {
    expect(shippedName(path)).toBe(shipped);
  });
});

describe("the shipped programs", () => {
  let out: string;
  let files: readonly string[];

  beforeAll(async () => {
    const folder = await mkdtemp(join(tmpdir(), "stripped-"));
    out = join(folder, "payload");
    const program = join(repository, "package.json");
    await writePayload(await listPayload({ repository, node: program, tailscale: program, tailscaled: program }), out);
    files = (await readdir(out, { recursive: true })).filter((path) => !path.includes("node_modules"));
  });
  afterAll(() => rm(dirname(out), { recursive: true }));

  it("are JavaScript only", () => {
    expect(files.filter((path) => path.endsWith(".ts"))).toEqual([]);
    expect(files).toContain("source/agent-image/daemon/main.js");
  });

  it("import nothing that is not shipped", async () => {
    const missing: string[] = [];
    for (const path of files.filter((one) => one.endsWith(".js"))) {
      const text = await readFile(join(out, path), "utf8");
      for (const [, target = ""] of text.matchAll(/\b(?:from|import)\s*\(?\s*"(\.[^"\n]*)"/g)) {
        await access(resolve(out, dirname(path), target)).catch(() => missing.push(`${path} -> ${target}`));
      }
    }
    expect(missing).toEqual([]);
  });

  it("are what the units start", async () => {
    const units = files.filter((path) => path.endsWith(".service"));
    const texts = await Promise.all(units.map((path) => readFile(join(out, path), "utf8")));
    const started = texts.flatMap((text) =>
      [...text.matchAll(/\/opt\/office-claws\/(\S+\.[jt]s)\b/g)].map(([, path]) => path),
    );
    expect(started).toContain("agent-image/daemon/main.js");
    expect(started.filter((path) => !files.includes(`source/${path ?? ""}`))).toEqual([]);
  });

  it("parse as they are", async () => {
    const main = join(out, "source/agent-image/daemon/main.js");
    const argv = ["--input-type=module", "--check"];
    const checking = promisify(execFile)(process.execPath, argv);
    checking.child.stdin?.end(await readFile(main, "utf8"));
    await expect(checking).resolves.toMatchObject({ stderr: "" });
  });
});
