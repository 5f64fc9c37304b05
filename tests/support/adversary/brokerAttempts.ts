// SPDX-License-Identifier: Apache-2.0
import { attempt, type Attempt } from "./attempt.ts";

const own = "Host: 127.0.0.1:7441\\r\\nConnection: close\\r\\nAuthorization: Bearer {token}\\r\\n";
const post = `POST /anthropic/v1/messages HTTP/1.1\\r\\n${own}Content-Type: application/json\\r\\n`;

/** Bytes to the broker, and the one answer that must come. `error` is the broker's own code; null where Node refuses first. */
function sent(name: string, bytes: string, status: number, error: string | null, ended = "closed"): Attempt {
  const answer = JSON.stringify({ statuses: status === 0 ? [] : [status], error, ended });
  return attempt(name, ["/opt/office-claws/bin/node", "{sendRaw}", "7441", bytes], answer);
}

const got = (name: string, target: string, status: number, error: string | null): Attempt =>
  sent(name, `GET ${target} HTTP/1.1\\r\\n${own}\\r\\n`, status, error);

/** Leading the broker, and the key with it, somewhere else. The provider's record is looked at afterwards. */
export const brokerAttempts: readonly Attempt[] = [
  got("names another host in absolute form", "http://evil.example/anthropic/v1/models", 400, "bad-request"),
  got("names the provider in absolute form", "https://api.anthropic.com/v1/models", 400, "bad-request"),
  got("names another host after two slashes", "//evil.example/v1/models", 400, "bad-request"),
  got("names another host after an @", "/anthropic@evil.example/v1/models", 400, "bad-request"),
  got("walks with backslashes", "/anthropic\\\\..\\\\v1/models", 400, "bad-request"),
  got("hides a slash", "/anthropic%2fv1%2fmodels", 400, "bad-request"),
  got("hides dots", "/anthropic/%2e%2e/openai/v1/models", 400, "bad-request"),
  got("walks to another provider", "/anthropic/../openai/v1/models", 400, "bad-request"),
  got("asks for a provider that is not its own", "/openai/v1/models", 404, "unknown-provider"),
  got("asks for the keys of the account", "/anthropic/v1/organizations/api_keys", 403, "path-refused"),
  got("asks for stored files", "/anthropic/v1/files", 403, "path-refused"),
  got("asks the broker for its status", "/v1/status", 404, "unknown-provider"),
  got("asks for the panel", "/panel/", 400, "bad-request"),
  got("puts a key into the query", "/anthropic/v1/models?key=sk-ant-evil", 400, "bad-request"),
  sent(
    "sends two Host headers",
    `GET /anthropic/v1/models HTTP/1.1\\r\\nHost: evil.example\\r\\n${own}\\r\\n`,
    400,
    "bad-request",
  ),
  sent(
    "sends another Host",
    "GET /anthropic/v1/models HTTP/1.1\\r\\nHost: evil.example\\r\\nConnection: close\\r\\nX-Api-Key: {token}\\r\\n\\r\\n",
    421,
    "wrong-host",
  ),
  sent(
    "smuggles a header behind a bare line feed",
    `GET /anthropic/v1/models HTTP/1.1\\r\\n${own}X-A: b\\nX-B: c\\r\\n\\r\\n`,
    400,
    null,
  ),
  sent("folds a header", `GET /anthropic/v1/models HTTP/1.1\\r\\n${own}X-A: b\\r\\n folded\\r\\n\\r\\n`, 400, null),
  sent(
    "sends both length and chunks",
    `${post}Content-Length: 5\\r\\nTransfer-Encoding: chunked\\r\\n\\r\\n0\\r\\n\\r\\n`,
    400,
    null,
  ),
  sent("sends two lengths", `${post}Content-Length: 5\\r\\nContent-Length: 6\\r\\n\\r\\nhello`, 400, null),
  sent(
    "sends an unknown transfer encoding",
    `${post}Transfer-Encoding: xchunked\\r\\n\\r\\n0\\r\\n\\r\\n`,
    400,
    "bad-request",
  ),
  sent("asks for a tunnel", `CONNECT evil.example:443 HTTP/1.1\\r\\n${own}\\r\\n`, 405, null),
  sent(
    "asks for a WebSocket",
    `GET /anthropic/v1/models HTTP/1.1\\r\\n${own}Upgrade: websocket\\r\\n\\r\\n`,
    426,
    "upgrade-refused",
  ),
  sent(
    "asks to have its request echoed",
    `TRACE /anthropic/v1/models HTTP/1.1\\r\\n${own}\\r\\n`,
    405,
    "method-not-allowed",
  ),
  sent("speaks HTTP/1.0", `GET /anthropic/v1/models HTTP/1.0\\r\\n${own}\\r\\n`, 400, "bad-request"),
  sent("speaks HTTP/2", "PRI * HTTP/2.0\\r\\n\\r\\nSM\\r\\n\\r\\n", 400, null),
  sent("speaks TLS", "\\u0016\\u0003\\u0001\\u0000\\u0001\\u0001", 400, null),
  sent(
    "sends a key of its own and no placeholder",
    `GET /anthropic/v1/models HTTP/1.1\\r\\nHost: 127.0.0.1:7441\\r\\nConnection: close\\r\\nX-Api-Key: sk-ant-attackers-own-key\\r\\n\\r\\n`,
    401,
    "bad-token",
  ),
  sent(
    "sends nothing to be known by",
    `GET /anthropic/v1/models HTTP/1.1\\r\\nHost: 127.0.0.1:7441\\r\\nConnection: close\\r\\n\\r\\n`,
    401,
    "bad-token",
  ),
  sent(
    "calls the control API at the broker's port",
    `POST /v1/keys/put HTTP/1.1\\r\\n${own}Content-Length: 0\\r\\n\\r\\n`,
    404,
    "unknown-provider",
  ),
];

/** A well-formed request that also brings a key of the attacker's: it must be answered, and paid by the owner's key. */
export const ownKeyRequest = `GET /anthropic/v1/models HTTP/1.1\\r\\n${own}X-Api-Key: sk-ant-attackers-own-key\\r\\nAnthropic-Version: 2023-06-01\\r\\n\\r\\n`;
