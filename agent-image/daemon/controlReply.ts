// SPDX-License-Identifier: Apache-2.0
import type { ServerResponse } from "node:http";
import { CONTROL_ERRORS } from "../../protocol/errorReply.ts";
import type { ControlRefusal } from "./controlRefusal.ts";
import { entityTagOf, hasEntity } from "./entityTag.ts";
import { PanelFile, SAFE_HEADERS } from "./panel/panelFile.ts";

/** Answers a control call with 200 and the reply, or with 304 when the reply is conditional and the caller has it already. */
export function sendReply(response: ServerResponse, reply: unknown, isConditional: boolean): void {
  if (reply instanceof PanelFile) {
    sendBody(response, 200, reply.body, { "content-type": reply.mediaType });
    return;
  }
  const body = Buffer.from(JSON.stringify(reply), "utf8");
  if (!isConditional) {
    sendBody(response, 200, body);
    return;
  }
  const etag = entityTagOf(body);
  if (hasEntity(response.req.headers["if-none-match"], etag)) response.writeHead(304, { ...SAFE_HEADERS, etag }).end();
  else sendBody(response, 200, body, { etag });
}

/** Answers a control call with an error: constant text, a code and, where the caller may know, who won. */
export function sendRefusal(response: ServerResponse, { code, winner }: Pick<ControlRefusal, "code" | "winner">): void {
  const { status, text } = CONTROL_ERRORS[code];
  const reply = { error: text, code, ...(winner === undefined ? {} : { winner }) };
  const headers: Record<string, string> = status === 503 ? { "retry-after": "5" } : {};
  sendBody(response, status, Buffer.from(JSON.stringify(reply), "utf8"), headers);
}

function sendBody(
  response: ServerResponse,
  status: number,
  body: Buffer,
  headers: Readonly<Record<string, string>> = {},
): void {
  response.writeHead(status, {
    ...SAFE_HEADERS,
    "content-type": "application/json",
    "content-length": body.length,
    ...headers,
    // What is left of an unread body must not be taken for a next request.
    ...(response.req.complete ? {} : { connection: "close" }),
  });
  response.end(body);
}
