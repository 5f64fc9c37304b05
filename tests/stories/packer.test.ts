// SPDX-License-Identifier: Apache-2.0
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { finishCommand } from "../../lab/network/command.ts";

const template = join(import.meta.dirname, "../../agent-image/agent.pkr.hcl");

describe("the Packer template", () => {
  let payload: string;

  beforeAll(async () => {
    payload = await mkdtemp(join(tmpdir(), "packer-"));
  });

  afterAll(async () => {
    await rm(payload, { recursive: true });
  });

  const validate = (token: string) =>
    finishCommand(["packer", "validate", "-var", `payload=${payload}`, template], {
      environment: {
        PATH: process.env["PATH"] ?? "",
        HOME: payload,
        CHECKPOINT_DISABLE: "1",
        DIGITALOCEAN_TOKEN: token,
      },
    });

  it("is accepted by packer validate", async () => {
    expect(await validate("dop_v1_none")).toMatchObject({ code: 0 });
  });

  it("needs a token and takes it from the environment only", async () => {
    const { code, stdout, stderr } = await validate("");
    expect(code).toBe(1);
    expect(stdout + stderr).toMatch("api_token");
  });
});
