// SPDX-License-Identifier: Apache-2.0
import { once } from "node:events";
import { createServer } from "node:http";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { AddressInfo } from "node:net";
import { startGateway } from "../../../../agent-image/workloads/openclaw/gateway.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "openclaw-gateway-"));
});
afterEach(() => rm(folder, { recursive: true }));

async function start(source: string, environment: NodeJS.ProcessEnv = {}) {
  const program = join(folder, "program.mjs");
  await writeFile(program, source);
  return startGateway({ program, folder, environment });
}

describe("startGateway", () => {
  it("runs the gateway on loopback in its folder, with its own environment only", async () => {
    const note = `import { writeFileSync } from "node:fs";
      const { argv, execArgv, env } = process;
      writeFileSync("seen.json", JSON.stringify({ argv: argv.slice(2), execArgv, env, cwd: process.cwd() }));`;
    const gateway = await start(note, { HOME: "/nowhere" });
    expect(await gateway.ended).toBe("exit code 0");
    expect(JSON.parse(await readFile(join(folder, "seen.json"), "utf8"))).toEqual({
      argv: ["gateway", "run", "--port", "18790", "--bind", "loopback"],
      execArgv: ["--disable-sigusr1"],
      env: { HOME: "/nowhere" },
      cwd: folder,
    });
  });

  it("tells how it ended", async () => {
    expect(await (await start("process.exit(7)")).ended).toBe("exit code 7");
    expect(await startGateway({ program: "x", folder: "/nowhere", environment: {} }).ended).toMatch(/ENOENT/);
  });

  it("ends it with SIGTERM", async () => {
    const server = createServer((_request, response) => response.end()).listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    const connected = once(server, "request");
    const gateway = await start(`setInterval(() => 0, 1000); await fetch("http://127.0.0.1:${port}");`);
    await connected;
    await gateway.stop();
    expect(await gateway.ended).toBe("SIGTERM");
    server.close();
  });
});
