// SPDX-License-Identifier: Apache-2.0
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { jest } from "@jest/globals";
import { finishCommand } from "../../lab/network/command.ts";
import { RequirementsError, thisHost } from "../../lab/requirements.ts";

// Packer starts itself once more for each plugin, which is slow on a busy machine.
const limit = 60_000;
jest.setTimeout(2 * limit);

const template = join(import.meta.dirname, "../../agent-image/agent.pkr.hcl");

describe("the Packer template", () => {
  let payload: string | undefined;

  beforeAll(async () => {
    if (!(await thisHost().hasProgram("packer"))) {
      throw new RequirementsError([
        'the program "packer" is missing: apt-get install packer, or Packer with its DigitalOcean plugin',
      ]);
    }
    payload = await mkdtemp(join(tmpdir(), "packer-"));
  });

  afterAll(async () => {
    if (payload !== undefined) await rm(payload, { recursive: true });
  });

  const validate = (token: string) =>
    finishCommand(["packer", "validate", "-var", `payload=${payload ?? ""}`, template], {
      environment: {
        PATH: process.env["PATH"] ?? "",
        HOME: payload ?? "",
        CHECKPOINT_DISABLE: "1",
        DIGITALOCEAN_TOKEN: token,
      },
      timeout: limit,
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
