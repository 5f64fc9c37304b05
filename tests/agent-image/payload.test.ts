// SPDX-License-Identifier: Apache-2.0
import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { digestPayload, listPayload, writePayload, type PayloadSources } from "../../agent-image/payload.ts";

const parts = [
  "protocol",
  "broker",
  "agent-image/daemon",
  "agent-image/panel",
  "agent-image/workloads",
  "agent-image/provision",
  "agent-image/files",
];
let folder: string;
let sources: PayloadSources;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "payload-"));
  const repository = join(folder, "repository");
  for (const part of parts) await put(`repository/${part}/one.txt`, part);
  await put("repository/agent-image/packages.txt", "nftables\n");
  await put("repository/cli/secret.txt", "not for the droplet");
  for (const program of ["node", "tailscale", "tailscaled"]) await put(`programs/${program}`, program);
  const program = (name: string) => join(folder, "programs", name);
  sources = { repository, node: program("node"), tailscale: program("tailscale"), tailscaled: program("tailscaled") };
});

afterEach(async () => {
  await rm(folder, { recursive: true });
});

async function put(path: string, text: string): Promise<void> {
  await mkdir(dirname(join(folder, path)), { recursive: true });
  await writeFile(join(folder, path), text);
}

const digest = async () => digestPayload(await listPayload(sources));

describe("a payload", () => {
  it("holds the programs, what the droplet runs and what provisions it, and nothing else", async () => {
    expect((await listPayload(sources)).map(({ path, mode }) => [path, mode.toString(8)])).toEqual([
      ["node", "755"],
      ["source/agent-image/daemon/one.txt", "644"],
      ["source/agent-image/files/one.txt", "644"],
      ["source/agent-image/packages.txt", "644"],
      ["source/agent-image/panel/one.txt", "644"],
      ["source/agent-image/provision/one.txt", "644"],
      ["source/agent-image/workloads/one.txt", "644"],
      ["source/broker/one.txt", "644"],
      ["source/protocol/one.txt", "644"],
      ["tailscale", "755"],
      ["tailscaled", "755"],
    ]);
  });

  it("holds the archive of OpenClaw only when it is given one", async () => {
    await put("openclaw-archive", "packed");
    const plain = await listPayload(sources);
    const entries = await listPayload({ ...sources, openclaw: join(folder, "openclaw-archive") });
    expect(entries.filter(({ path }) => !plain.some((entry) => entry.path === path))).toEqual([
      { path: "openclaw.tar.gz", from: join(folder, "openclaw-archive"), mode: 0o644 },
    ]);
    expect(await digestPayload(entries)).not.toBe(await digest());
  });

  it("is copied with the modes that it lists, whatever the sources have", async () => {
    const out = join(folder, "out");
    const entries = await listPayload(sources);
    await writePayload(entries, out);
    for (const { path, from, mode } of entries) {
      expect(await readFile(join(out, path), "utf8")).toBe(await readFile(from, "utf8"));
      expect((await stat(join(out, path))).mode & 0o777).toBe(mode);
    }
    expect(await readdir(folder)).toEqual(["out", "programs", "repository"]);
  });

  it("holds TypeScript as JavaScript, in its digest too", async () => {
    const before = await digest();
    await put("repository/broker/a.ts", 'import { b } from "./b.ts";\nexport const a: string = b;\n');
    const after = await digest();
    await put("repository/broker/a.ts", 'import { b } from "./b.ts";\nexport const a: object = b;\n');
    expect(await digest()).toBe(after);
    expect(after).not.toBe(before);

    const out = join(folder, "out");
    await writePayload(await listPayload(sources), out);
    expect(await readdir(join(out, "source/broker"))).toEqual(["a.js", "one.txt"]);
    const text = await readFile(join(out, "source/broker/a.js"), "utf8");
    expect(text).toBe('import { b } from "./b.js";\nexport const a         = b;\n');
    expect((await stat(join(out, "source/broker/a.js"))).mode & 0o777).toBe(0o644);
  });

  it("changes its digest with every content and every name, and with nothing else", async () => {
    const before = await digest();
    await put("repository/cli/secret.txt", "changed");
    expect(await digest()).toBe(before);
    const seen = new Set([before]);
    for (const path of ["programs/node", "repository/protocol/one.txt", "repository/agent-image/packages.txt"]) {
      await put(path, "changed");
      seen.add(await digest());
    }
    await put("repository/broker/two.txt", "");
    seen.add(await digest());
    await put("repository/broker/three.txt", "");
    await rm(join(folder, "repository/broker/two.txt"));
    seen.add(await digest());
    expect(seen.size).toBe(6);
  });

  it("refuses a link, which could lead out of the repository", async () => {
    await symlink("/etc/shadow", join(folder, "repository/broker/link"));
    await expect(listPayload(sources)).rejects.toThrow('cannot pack "broker/link": not a file or folder');
  });

  it("leaves nothing behind when a source is missing", async () => {
    const entries = await listPayload(sources);
    await rm(sources.tailscaled);
    await expect(writePayload(entries, join(folder, "out"))).rejects.toThrow("ENOENT");
    expect(await readdir(folder)).toEqual(["programs", "repository"]);
  });

  it("does not replace what is there", async () => {
    await put("out/file", "precious");
    await expect(writePayload(await listPayload(sources), join(folder, "out"))).rejects.toThrow("ENOTEMPTY");
    expect(await readdir(join(folder, "out"))).toEqual(["file"]);
  });
});

describe("the payload program", () => {
  const program = join(import.meta.dirname, "../../agent-image/payload.ts");
  const run = (...argv: readonly string[]) => promisify(execFile)(process.execPath, [program, ...argv]);

  it("prints the digest", async () => {
    const argv = Object.entries(sources).flatMap(([name, value]) => [`--${name}`, String(value)]);
    expect((await run(...argv)).stdout).toBe(`${await digest()}\n`);
  });

  it("says which arguments are needed", async () => {
    await expect(run("--node", "x")).rejects.toMatchObject({
      code: 1,
      stderr: "payload: error: cannot make a payload: --node, --tailscale and --tailscaled are needed\n",
    });
  });
});
