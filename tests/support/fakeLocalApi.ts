// SPDX-License-Identifier: Apache-2.0
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { rm } from "node:fs/promises";
import { CONTROL_ACTIONS } from "../../protocol/capability.ts";
import { CONTROL_CAPABILITY } from "../../protocol/constants.ts";

/** A capability that allows everything on every key. */
export const FULL_CAPABILITY: readonly unknown[] = [{ actions: CONTROL_ACTIONS, keys: ["*"] }];

/** The status document of a tailscaled that runs; members replace the defaults. */
export function statusDocument(changes: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    Version: "1.101.0",
    TUN: true,
    BackendState: "Running",
    HaveNodeKey: true,
    TailscaleIPs: ["127.0.0.1"],
    Self: {
      ID: "nAGENT",
      PublicKey: "nodekey:00",
      HostName: "a1",
      DNSName: "a1.lab.example.",
      Tags: ["tag:agent"],
      Online: true,
    },
    Health: ["this is an unstable version"],
    ...changes,
  };
}

/** The whois document of an operator's untagged node at 127.0.0.1 with the full capability; members of `node` replace its node's. */
export function whoisDocument(
  node: Record<string, unknown> = {},
  capability: unknown = FULL_CAPABILITY,
): Record<string, unknown> {
  return {
    Node: {
      ID: 4815162342,
      StableID: "nOPERATOR",
      Name: "laptop.lab.example.",
      User: 7,
      Addresses: ["127.0.0.1/32"],
      Hostinfo: { OS: "linux" },
      Online: true,
      ...node,
    },
    UserProfile: { ID: 7, LoginName: "op@lab.example", DisplayName: "Op", ProfilePicURL: "" },
    CapMap: { [CONTROL_CAPABILITY]: capability },
  };
}

/** Answers one question; the default is 200 with the JSON of the document. */
export type LocalApiAnswer = (request: IncomingMessage, response: ServerResponse) => void;

/** A tailscaled that only answers questions. */
export interface FakeLocalApi {
  readonly socketPath: string;
  /** Targets asked for, in order. */
  readonly asked: readonly string[];
  /** What `status` and `whois` answer from now on: a document, or a function for everything that is not one. */
  status: Record<string, unknown> | LocalApiAnswer;
  whois: Record<string, unknown> | LocalApiAnswer;
  close(): Promise<void>;
}

/** Starts a fake LocalAPI on a unix socket at the path. */
export async function startFakeLocalApi(socketPath: string): Promise<FakeLocalApi> {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    const target = request.url ?? "";
    asked.push(target);
    // As the real one: anything that a browser could have sent is refused.
    if (request.headers.host !== "local-tailscaled.sock" || request.headers.origin !== undefined) {
      response.writeHead(403).end("invalid localapi request");
      return;
    }
    const answer = target.startsWith("/localapi/v0/status") ? fake.status : fake.whois;
    if (typeof answer === "function") answer(request, response);
    else response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(answer));
  });
  const fake: FakeLocalApi = {
    socketPath,
    asked,
    status: statusDocument(),
    whois: whoisDocument(),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  await rm(socketPath, { force: true });
  await new Promise<void>((resolve) => server.listen(socketPath, resolve));
  return fake;
}
