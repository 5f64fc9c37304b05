// SPDX-License-Identifier: Apache-2.0
import { chmod, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { UserError } from "../../cli/errors.ts";
import { askNode, checkNode } from "../../cli/nodeOnPath.ts";
import { scratchFolder } from "../support/scratchFolder.ts";

const folder = scratchFolder();

async function fakeNode(script: string): Promise<Record<string, string>> {
  const path = join(folder(), "node");
  await writeFile(path, `#!/bin/sh\n${script}\n`);
  await chmod(path, 0o755);
  return { PATH: folder() };
}

async function failureOf(work: Promise<unknown>): Promise<string> {
  const error = (await work.catch((thrown: unknown) => thrown)) as UserError;
  expect(error).toMatchObject({ name: "UserError", exitCode: 1, hints: [expect.stringContaining("npm run claws")] });
  return error.message;
}

describe("the node on the PATH", () => {
  it("is asked, not the one that runs the command", async () => {
    const environment = await fakeNode('echo "22.17.1 /opt/old/node"');
    expect(await askNode(environment)).toEqual({ version: "22.17.1", path: "/opt/old/node" });
  });

  it("is the real one where that is first, whatever NODE_OPTIONS say", async () => {
    const PATH = `${join(process.execPath, "..")}:/usr/bin:/bin`;
    expect(await askNode({ PATH, NODE_OPTIONS: "--no-such-option" })).toEqual({
      version: process.versions.node,
      path: process.execPath,
    });
  });

  it("must be there and answer", async () => {
    expect(await failureOf(askNode({ PATH: "/nonexistent" }))).toBe("is not on the PATH");
    for (const script of ["exit 1", "echo nonsense", 'echo "22.18.0 /x"; exit 3'])
      expect(await failureOf(askNode(await fakeNode(script)))).toBe("does not say its version");
  });

  it.each(["22.18.0", "22.21.1", "23.6.0", "23.11.0"])("may be %s, with a warning", (version) => {
    expect(checkNode({ version, path: "/n" })).toBe(
      `${version} (/n); warning: it is older than 24, which the tests run with`,
    );
  });

  it.each(["24.0.0", "24.21.0", "26.1.0-nightly"])("may be %s", (version) => {
    expect(checkNode({ version, path: "/n" })).toBe(`${version} (/n)`);
  });

  it.each(["18.20.0", "20.19.5", "22.17.1", "23.5.0", "8.0.0"])("may not be %s", async (version) => {
    const check = async (): Promise<string> => await Promise.resolve(checkNode({ version, path: "/n" }));
    expect(await failureOf(check())).toBe(`/n is version ${version}, and the program needs 22.18 or later`);
  });
});
