// SPDX-License-Identifier: Apache-2.0
import { createServer } from "node:http";
import { once } from "node:events";
import type { AddressInfo } from "node:net";

/** A metadata service on 127.0.0.1. */
export interface FakeMetadata {
  readonly url: string;
  /** Method and path of each request. */
  readonly requests: readonly string[];
  close(): Promise<void>;
}

/** Starts a metadata service that gives these answers in turn: a body with 200, or a status without body. After the last: 410. */
export async function startFakeMetadata(answers: readonly (string | number)[]): Promise<FakeMetadata> {
  const left = [...answers];
  const requests: string[] = [];
  const server = createServer((request, response) => {
    requests.push(`${request.method ?? ""} ${request.url ?? ""}`);
    const answer = left.shift() ?? 410;
    response.statusCode = typeof answer === "number" ? answer : 200;
    response.end(typeof answer === "number" ? "" : answer);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/metadata/v1/user-data`,
    requests,
    async close() {
      server.close();
      server.closeAllConnections();
      await once(server, "close");
    },
  };
}
