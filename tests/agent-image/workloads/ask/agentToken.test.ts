// SPDX-License-Identifier: Apache-2.0
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readAgentToken } from "../../../../agent-image/workloads/ask/agentToken.ts";
import { createAgentToken } from "../../../../agent-image/daemon/agentTokenFile.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "agent-token-"));
});
afterEach(() => rm(folder, { recursive: true }));

async function read(content: string): Promise<string> {
  const file = join(folder, "agent-token");
  await writeFile(file, content);
  return readAgentToken({ CLAWS_AGENT_TOKEN_FILE: file });
}

describe("readAgentToken", () => {
  it("reads what clawsd writes, at each call", async () => {
    const token = createAgentToken((bytes) => Buffer.alloc(bytes, 0xfb)).reveal();
    expect(await read(token)).toBe(token);
    expect(await read(`${token}2\n`)).toBe(`${token}2`);
  });

  it.each(["", "agt_", "agt_${HOME}-and-more", "two words_and_more", `agt_${"x".repeat(300)}`])(
    "refuses %j, which no header or environment should carry",
    async (content) => {
      await expect(read(content)).rejects.toThrow("cannot use the placeholder: its file holds something else");
    },
  );

  it("fails while clawsd is not running", async () => {
    const environment = { CLAWS_AGENT_TOKEN_FILE: join(folder, "missing") };
    await expect(readAgentToken(environment)).rejects.toMatchObject({ code: "ENOENT" });
  });
});
