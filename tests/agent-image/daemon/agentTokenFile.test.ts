// SPDX-License-Identifier: Apache-2.0
import { chmod, chown, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createAgentToken, writeAgentToken } from "../../../agent-image/daemon/agentTokenFile.ts";

// One that the user of the tests may give away: any for root, else one of its own.
const OTHER_GROUP = process.getuid?.() === 0 ? 941 : (process.getgroups?.().at(-1) ?? 0);

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "claws-token-"));
});
afterEach(() => rm(directory, { recursive: true }));

describe("the placeholder", () => {
  it("is agt_ and 32 random bytes", () => {
    expect(createAgentToken((count) => Buffer.alloc(count, 255)).reveal()).toBe(`agt_${"_".repeat(42)}8`);
  });

  it("is written whole, for owner and group, over an older one and over what a crash left", async () => {
    const path = join(directory, "agent-token");
    await writeFile(path, "older and longer than the new one");
    await writeFile(join(directory, `.agent-token.${process.pid}`), "half");
    await writeAgentToken(
      path,
      createAgentToken((count) => Buffer.alloc(count)),
    );

    expect(await readFile(path, "utf8")).toBe(`agt_${"A".repeat(43)}`);
    expect((await stat(path)).mode & 0o777).toBe(0o640);
    expect(await readdir(directory)).toEqual(["agent-token"]);
  });

  it("gets the group that its folder hands on, without a chown", async () => {
    // The daemon is not in the workload's group: it may neither name nor give it.
    const folder = join(directory, "run");
    await mkdir(folder);
    await chown(folder, process.getuid?.() ?? 0, OTHER_GROUP);
    await chmod(folder, 0o2750);
    const path = join(folder, "agent-token");
    await writeAgentToken(
      path,
      createAgentToken((count) => Buffer.alloc(count)),
    );

    const { gid, mode } = await stat(path);
    expect([gid, mode & 0o7777]).toEqual([OTHER_GROUP, 0o640]);
  });
});
