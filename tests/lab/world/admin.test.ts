// SPDX-License-Identifier: Apache-2.0
import { mkdtempSync, rmSync, statSync } from "node:fs";
import type { Server } from "node:http";
import { request } from "node:http";
import os from "node:os";
import path from "node:path";
import type { AdminClient } from "../../../lab/world/adminClient.ts";
import { adminClient } from "../../../lab/world/adminClient.ts";
import { serveAdmin } from "../../../lab/world/adminServer.ts";

let folder: string;
let socket: string;
let server: Server;
let client: AdminClient;
const calls: unknown[] = [];

beforeAll(async () => {
  folder = mkdtempSync(path.join(os.tmpdir(), "admin-"));
  socket = path.join(folder, "admin.sock");
  server = await serveAdmin(socket, {
    "GET /list": () => [1, 2],
    "POST /things/*/power": (body, name) => Promise.resolve(calls.push([name, body])).then(() => undefined),
    "GET /fails": () => Promise.reject(new Error("cannot do it")),
    "GET /throws": () => {
      throw new Error("cannot do it at all");
    },
  });
  client = adminClient(socket);
});

afterAll(() => {
  server.close();
  server.closeAllConnections();
  rmSync(folder, { recursive: true });
});

describe("the admin API", () => {
  it("can be used by its owner only", () => {
    expect(statSync(socket).mode & 0o777).toBe(0o600);
  });

  it("answers with JSON, null for nothing", async () => {
    expect(await client.call("GET", "/list")).toEqual([1, 2]);
    expect(await client.call("POST", "/things/7/power", "cut")).toBeNull();
    expect(await client.call("POST", "/things/a%2Fb/power")).toBeNull();
    expect(calls).toEqual([
      ["7", "cut"],
      ["a/b", null],
    ]);
  });

  it("passes on why something could not be done", async () => {
    await expect(client.call("GET", "/fails")).rejects.toThrow(/^cannot do it$/);
    await expect(client.call("GET", "/throws")).rejects.toThrow(/^cannot do it at all$/);
  });

  it.each([
    ["POST", "/list"],
    ["GET", "/list/more"],
    ["GET", "/"],
    ["POST", "/things/power"],
  ])("has no route %s %s", async (method, route) => {
    await expect(client.call(method, route)).rejects.toThrow(`cannot ${method} "${route}": no such route`);
  });

  it("refuses a body that is no JSON or too large", async () => {
    await expect(raw("{")).resolves.toMatchObject({ status: 500 });
    await expect(raw(`"${"x".repeat(4 * 1024 * 1024)}"`)).resolves.toEqual({
      status: 500,
      text: '{"error":"cannot read the body: more than 4194304 bytes"}',
    });
  });

  it("takes over the socket of a server that is gone", async () => {
    const again = await serveAdmin(path.join(folder, "other.sock"), {});
    again.close();
    const next = await serveAdmin(path.join(folder, "other.sock"), { "GET /next": () => true });
    expect(await adminClient(path.join(folder, "other.sock")).call("GET", "/next")).toBe(true);
    next.close();
    next.closeAllConnections();
  });

  it("says that the world does not answer when nobody listens", async () => {
    await expect(adminClient(path.join(folder, "nobody.sock")).call("GET", "/list")).rejects.toThrow(
      'cannot GET "/list": the lab\'s world does not answer',
    );
  });

  it("fails for a socket whose path is too long", async () => {
    await expect(serveAdmin(path.join(folder, "x".repeat(120)), {})).rejects.toThrow();
  });
});

function raw(body: string): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const outgoing = request({ socketPath: socket, method: "POST", path: "/things/1/power" }, (response) => {
      let text = "";
      response.on("data", (chunk: Buffer) => (text += chunk.toString()));
      response.on("end", () => resolve({ status: response.statusCode ?? 0, text }));
    });
    outgoing.on("error", reject).end(body);
  });
}
