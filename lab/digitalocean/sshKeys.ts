// SPDX-License-Identifier: Apache-2.0
import { createHash } from "node:crypto";
import { ApiError, notFound, unprocessable } from "./apiError.ts";
import type { Cloud } from "./cloud.ts";
import { Fields } from "./fields.ts";
import { pageReply } from "./pagination.ts";
import { RateLimiter } from "./rateLimit.ts";
import { type ApiRequest, param, type Reply, type Route } from "./router.ts";
import type { SshKeyRecord } from "./state.ts";

const types = new Set([
  "ssh-ed25519",
  "ssh-rsa",
  "ssh-dss",
  "ecdsa-sha2-nistp256",
  "ecdsa-sha2-nistp384",
  "ecdsa-sha2-nistp521",
  "sk-ssh-ed25519@openssh.com",
  "sk-ecdsa-sha2-nistp256@openssh.com",
]);

/** Listing keys has a limit of its own, whatever the token. */
const listLimit = { perHour: Infinity, perMinute: 10 };

/** The key with this ID or fingerprint. */
export function findSshKey(cloud: Cloud, identifier: string): SshKeyRecord | undefined {
  return [...cloud.state.sshKeys.values()].find(
    (key) => String(key.id) === identifier || key.fingerprint === identifier,
  );
}

/** /v2/account/keys */
export function sshKeyRoutes(cloud: Cloud): readonly Route[] {
  const limiter = new RateLimiter(listLimit, cloud.clock);
  const one = "/v2/account/keys/:key";
  return [
    { method: "GET", path: "/v2/account/keys", handle: (request) => list(cloud, limiter, request) },
    { method: "POST", path: "/v2/account/keys", handle: (request) => create(cloud, request) },
    { method: "GET", path: one, handle: (request) => keyReply(200, existing(cloud, request)) },
    { method: "PUT", path: one, handle: (request) => rename(cloud, request) },
    {
      method: "DELETE",
      path: one,
      handle: (request) => {
        cloud.state.sshKeys.delete(existing(cloud, request).id);
        return { status: 204 };
      },
    },
  ];
}

function list(cloud: Cloud, limiter: RateLimiter, request: ApiRequest): Reply {
  try {
    limiter.take("list");
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    // Only the time to wait is this limit's own; the other headers stay those of the token's limit.
    throw new ApiError(429, undefined, { "retry-after": error.headers["retry-after"] ?? "60" });
  }
  return pageReply(request, "ssh_keys", [...cloud.state.sshKeys.values()], renderSshKey);
}

function create(cloud: Cloud, request: ApiRequest): Reply {
  const fields = new Fields(request.body);
  const name = fields.text("name");
  const publicKey = fields.text("public_key").trim();
  const fingerprint = fingerprintOf(publicKey);
  const isTaken = [...cloud.state.sshKeys.values()].some((key) => key.fingerprint === fingerprint);
  if (isTaken) throw unprocessable("SSH Key is already in use on your account");
  const key: SshKeyRecord = { id: cloud.nextId("sshKey"), name, publicKey, fingerprint };
  cloud.state.sshKeys.set(key.id, key);
  return keyReply(201, key);
}

function rename(cloud: Cloud, request: ApiRequest): Reply {
  const key = existing(cloud, request);
  key.name = new Fields(request.body).text("name");
  return keyReply(200, key);
}

function existing(cloud: Cloud, request: ApiRequest): SshKeyRecord {
  const key = findSshKey(cloud, param(request, "key"));
  if (key === undefined) throw notFound();
  return key;
}

function keyReply(status: number, key: SshKeyRecord): Reply {
  return { status, body: { ssh_key: renderSshKey(key) } };
}

function renderSshKey(key: SshKeyRecord): object {
  return { id: key.id, name: key.name, fingerprint: key.fingerprint, public_key: key.publicKey };
}

/** The MD5 fingerprint, for example "3b:16:...". @throws ApiError 422 when the text is no public key. */
function fingerprintOf(publicKey: string): string {
  const [type = "", blob = ""] = publicKey.split(/\s+/);
  const bytes = Buffer.from(blob, "base64");
  const isKey = types.has(type) && bytes.subarray(4, 4 + type.length).toString("latin1") === type;
  if (!isKey) throw unprocessable("Key invalid, key should be of the format `type key [comment]`");
  return createHash("md5")
    .update(bytes)
    .digest("hex")
    .replace(/..(?=.)/g, "$&:");
}
