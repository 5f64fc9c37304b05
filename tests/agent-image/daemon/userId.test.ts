// SPDX-License-Identifier: Apache-2.0
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findUserId } from "../../../agent-image/daemon/userId.ts";

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "claws-user-"));
});
afterEach(() => rm(directory, { recursive: true }));

describe("findUserId", () => {
  it("finds a user by its whole name, and refuses without it", async () => {
    const users = join(directory, "passwd");
    await writeFile(users, "root:x:0:0::/:\nagents:x:8:8::/:\nagent:x:941:940::/:\nbroken:x::1::/:\n");

    expect(await findUserId("agent", users)).toBe(941);
    for (const name of ["age", "broken", "AGENT", ""])
      await expect(findUserId(name, users)).rejects.toThrow(
        `cannot tell the workload from others: there is no user "${name}"`,
      );
  });
});
