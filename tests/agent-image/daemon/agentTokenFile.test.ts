// SPDX-License-Identifier: Apache-2.0
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createAgentToken, findGroupId, writeAgentToken } from "../../../agent-image/daemon/agentTokenFile.ts";

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
      process.getgid?.() ?? 0,
    );

    expect(await readFile(path, "utf8")).toBe(`agt_${"A".repeat(43)}`);
    expect((await stat(path)).mode & 0o777).toBe(0o640);
    expect(await readdir(directory)).toEqual(["agent-token"]);
  });
});

describe("findGroupId", () => {
  it("finds a group by its whole name, and refuses without it", async () => {
    const groups = join(directory, "group");
    await writeFile(groups, "root:x:0:\nagents:x:8:\nagent:x:941:clawsd\n");

    expect(await findGroupId("agent", groups)).toBe(941);
    await expect(findGroupId("age", groups)).rejects.toThrow(
      'cannot hand the placeholder to the workload: there is no group "age"',
    );
  });
});
