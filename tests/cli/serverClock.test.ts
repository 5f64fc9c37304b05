// SPDX-License-Identifier: Apache-2.0
import { createServer, type Server } from "node:http";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { fetchServerClock } from "../../cli/serverClock.ts";
import { failureOf } from "../support/failureOf.ts";

const noon = new Date("2026-11-23T12:00:00.500Z");
let server: Server;

async function service(headers: Record<string, string>, status = 401): Promise<URL> {
  server = createServer((_, response) => {
    response.sendDate = false;
    response.writeHead(status, headers).end("{}");
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  return new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
}

afterEach(() => void server.close());

describe("a service's clock", () => {
  it.each([
    ["Mon, 23 Nov 2026 12:00:00 GMT", 0],
    ["Mon, 23 Nov 2026 11:58:00 GMT", 120],
    ["Mon, 23 Nov 2026 12:01:01 GMT", -61],
  ])("of %s is %d s behind ours, whatever the answer says else", async (date, ahead) => {
    expect(await fetchServerClock(await service({ date }), () => noon)).toEqual({ ahead });
  });

  it.each([[{}], [{ date: "yesterday" }]])("is not known from %j", async (headers: Record<string, string>) => {
    expect(await fetchServerClock(await service(headers), () => noon)).toEqual({ ahead: undefined });
  });

  it("of a service that does not answer is a failure that names it", async () => {
    const url = await service({});
    server.close();
    await once(server, "close");
    expect((await failureOf(fetchServerClock(url, () => noon))).message).toBe(
      `cannot reach ${url.origin}: connection refused`,
    );
  });
});
