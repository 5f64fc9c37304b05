// SPDX-License-Identifier: Apache-2.0
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import type { WorldConfig } from "../../../lab/world/worldConfig.ts";
import { readWorldConfig } from "../../../lab/world/worldConfig.ts";

const config: WorldConfig = {
  run: "0a1b2c",
  directory: "/lab",
  headscale: "/bin/headscale",
  policy: "{}",
  operator: "op",
  caFile: "/lab/ca.pem",
  controlPlane: { certFile: "/lab/a.pem", keyFile: "/lab/a.key" },
  modelProvider: { certFile: "/lab/b.pem", keyFile: "/lab/b.key" },
  digitalOceanToken: "dop_v1_x",
  tailscaleApiKey: "tskey-api-x",
};

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), "world-"));
});

afterAll(() => rmSync(folder, { recursive: true }));

function read(value: unknown): Promise<WorldConfig> {
  const file = path.join(folder, "world.json");
  writeFileSync(file, JSON.stringify(value));
  return readWorldConfig(file);
}

describe("readWorldConfig", () => {
  it("reads back what was written", async () => {
    expect(await read(config)).toEqual(config);
  });

  it.each(Object.keys(config))("names the missing member %s", async (name) => {
    const kind = name === "controlPlane" || name === "modelProvider" ? "an object" : "a text";
    const message = `cannot read the world's configuration: "${name}" is not ${kind}`;
    await expect(read({ ...config, [name]: undefined })).rejects.toThrow(message);
    await expect(read({ ...config, [name]: 7 })).rejects.toThrow(message);
  });

  it("names a missing part of a certificate", async () => {
    await expect(read({ ...config, controlPlane: { certFile: "/lab/a.pem" } })).rejects.toThrow(
      'cannot read the world\'s configuration: "controlPlane.keyFile" is not a text',
    );
  });

  it.each([null, 7, "text"])("refuses %j", async (value) => {
    await expect(read(value)).rejects.toThrow(
      'cannot read the world\'s configuration: "configuration" is not an object',
    );
  });
});
