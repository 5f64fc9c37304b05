// SPDX-License-Identifier: Apache-2.0
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

/** What a path answers: a status and a document, or raw text. */
export interface CloudAnswer {
  readonly status?: number;
  readonly json?: unknown;
  readonly text?: string;
}

/** A cloud API that answers by method and path; everything else is 404. */
export interface FakeCloud {
  readonly url: string;
  /** `METHOD path` and the authorization header of each request, in order. */
  readonly requests: readonly { readonly line: string; readonly authorization: string; readonly body: string }[];
  close(): Promise<void>;
}

/** Starts a cloud API on loopback. Keys are `METHOD /path?query`. */
export async function startFakeCloud(answers: Readonly<Record<string, CloudAnswer>>): Promise<FakeCloud> {
  const requests: { line: string; authorization: string; body: string }[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const line = `${request.method ?? ""} ${request.url ?? ""}`;
      requests.push({
        line,
        authorization: request.headers.authorization ?? "",
        body: Buffer.concat(chunks).toString(),
      });
      const {
        status = 200,
        json,
        text,
      } = answers[line] ?? { status: 404, json: { id: "not_found", message: "not found" } };
      response.writeHead(status, { "content-type": "application/json" }).end(text ?? JSON.stringify(json));
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}
