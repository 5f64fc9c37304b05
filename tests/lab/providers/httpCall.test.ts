// SPDX-License-Identifier: Apache-2.0
import { createServer } from "node:net";
import { httpCall } from "../../../lab/providers/httpCall.ts";
import { startScriptedServer } from "../../support/scriptedServer.ts";

describe("httpCall", () => {
  it("sends method, headers and body with its length, and returns the whole answer", async () => {
    const server = await startScriptedServer([{ status: 201, headers: { "x-mark": "m" }, body: "größe" }]);
    const url = new URL("/path?q=1", server.url);
    const answer = await httpCall({ method: "PUT", url, headers: { "x-a": "b" }, body: '{"ü":1}', timeout: 5000 });
    await server.close();
    expect(answer).toMatchObject({ status: 201, body: "größe", headers: { "x-mark": "m" } });
    expect(server.requests).toEqual([
      {
        ...{ method: "PUT", url: "/path?q=1", body: { ü: 1 } },
        headers: expect.objectContaining({ "x-a": "b", "content-length": "8", connection: "close" }),
      },
    ]);
  });

  it("fails when the connection is cut, refused, or silent for too long", async () => {
    const server = await startScriptedServer([{ cut: true }]);
    const call = (url: string, timeout = 5000) => httpCall({ method: "GET", url: new URL(url), headers: {}, timeout });
    await expect(call(server.url)).rejects.toThrow("socket hang up");
    await server.close();
    await expect(call(server.url)).rejects.toThrow("ECONNREFUSED");

    const silent = createServer(() => undefined);
    await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
    const { port } = silent.address() as { port: number };
    await expect(call(`http://127.0.0.1:${String(port)}`, 20)).rejects.toThrow("no answer within 0.02 s");
    silent.close();
  });
});
