// SPDX-License-Identifier: Apache-2.0
import { HeadscaleError } from "./headscaleError.ts";
import {
  parseAuthKey,
  parseId,
  parseList,
  parseMembers,
  parseNode,
  parseText,
  type HeadscaleAuthKey,
  type HeadscaleNode,
} from "./headscaleRecords.ts";
import { requestText, type TextRequest } from "./httpText.ts";

/** What a new auth key may do; tags or a user are needed. */
export interface NewHeadscaleAuthKey {
  readonly reusable: boolean;
  readonly ephemeral: boolean;
  readonly expiration: Date;
  readonly tags: readonly string[];
  /** Numeric user ID; null for a tagged key. */
  readonly userId: string | null;
}

/** The calls of headscale's REST API v1 that the lab makes. Each rejects with HeadscaleError for an error answer. */
export interface HeadscaleClient {
  /** Returns the user's numeric ID. */
  createUser(name: string): Promise<string>;
  createAuthKey(key: NewHeadscaleAuthKey): Promise<HeadscaleAuthKey>;
  listAuthKeys(): Promise<readonly HeadscaleAuthKey[]>;
  /** Succeeds for an unknown key too, as deleteAuthKey does. */
  expireAuthKey(id: string): Promise<void>;
  deleteAuthKey(id: string): Promise<void>;
  listNodes(): Promise<readonly HeadscaleNode[]>;
  /** Rejects with status 404 for an unknown node, as the next four do. */
  fetchNode(id: string): Promise<HeadscaleNode>;
  deleteNode(id: string): Promise<void>;
  setTags(id: string, tags: readonly string[]): Promise<HeadscaleNode>;
  renameNode(id: string, name: string): Promise<HeadscaleNode>;
  expireNode(id: string): Promise<HeadscaleNode>;
  /** The policy text (HuJSON); "" when none was ever set. */
  fetchPolicy(): Promise<string>;
  setPolicy(text: string): Promise<void>;
  /** Runs the policy's tests without keeping it. */
  checkPolicy(text: string): Promise<void>;
}

/** Where headscale's REST API answers. */
export interface HeadscaleClientOptions {
  readonly apiUrl: string;
  readonly apiKey: string;
  readonly tls?: NonNullable<TextRequest["tls"]>;
}

type Call = (method: string, path: string, body?: unknown) => Promise<Readonly<Record<string, unknown>>>;

/** Makes a client; no call is made yet. */
export function createHeadscaleClient(options: HeadscaleClientOptions): HeadscaleClient {
  const call: Call = (method, path, body) => callApi(options, method, `/api/v1${path}`, body);
  return { ...users(call), ...authKeys(call), ...nodes(call), ...policy(call) };
}

function users(call: Call): Pick<HeadscaleClient, "createUser"> {
  return {
    createUser: async (name) => {
      const answer = await call("POST", "/user", { name });
      return parseId(parseMembers(answer["user"], "user"));
    },
  };
}

function authKeys(
  call: Call,
): Pick<HeadscaleClient, "createAuthKey" | "listAuthKeys" | "expireAuthKey" | "deleteAuthKey"> {
  return {
    createAuthKey: async ({ reusable, ephemeral, expiration, tags, userId }) => {
      const owner = userId === null ? {} : { user: userId };
      const wanted = { ...owner, reusable, ephemeral, expiration: expiration.toISOString(), aclTags: tags };
      return parseAuthKey((await call("POST", "/preauthkey", wanted))["preAuthKey"]);
    },
    listAuthKeys: async () => parseList(await call("GET", "/preauthkey"), "preAuthKeys").map(parseAuthKey),
    expireAuthKey: async (id) => {
      await call("POST", "/preauthkey/expire", { id });
    },
    deleteAuthKey: async (id) => {
      await call("DELETE", `/preauthkey?id=${encodeURIComponent(id)}`);
    },
  };
}

type NodeCalls = Pick<
  HeadscaleClient,
  "listNodes" | "fetchNode" | "deleteNode" | "setTags" | "renameNode" | "expireNode"
>;

function nodes(call: Call): NodeCalls {
  const one = async (method: string, id: string, rest = "", body?: unknown): Promise<HeadscaleNode> =>
    parseNode((await call(method, `/node/${encodeURIComponent(id)}${rest}`, body))["node"]);
  return {
    listNodes: async () => parseList(await call("GET", "/node"), "nodes").map(parseNode),
    fetchNode: (id) => one("GET", id),
    deleteNode: async (id) => {
      await call("DELETE", `/node/${encodeURIComponent(id)}`);
    },
    setTags: (id, tags) => one("POST", id, "/tags", { tags }),
    renameNode: (id, name) => one("POST", id, `/rename/${encodeURIComponent(name)}`),
    expireNode: (id) => one("POST", id, "/expire", {}),
  };
}

function policy(call: Call): Pick<HeadscaleClient, "fetchPolicy" | "setPolicy" | "checkPolicy"> {
  return {
    fetchPolicy: async () => {
      try {
        return parseText(await call("GET", "/policy"), "policy");
      } catch (cause) {
        if (cause instanceof HeadscaleError && cause.reason.endsWith("acl policy not found")) return "";
        throw cause;
      }
    },
    setPolicy: async (text) => {
      await call("PUT", "/policy", { policy: text });
    },
    checkPolicy: async (text) => {
      await call("POST", "/policy/check", { policy: text });
    },
  };
}

async function callApi(
  { apiUrl, apiKey, tls }: HeadscaleClientOptions,
  method: string,
  path: string,
  body: unknown,
): Promise<Readonly<Record<string, unknown>>> {
  const response = await requestText({
    method,
    origin: apiUrl,
    path,
    headers: { authorization: `Bearer ${apiKey}`, "content-type": "application/json" },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    ...(tls === undefined ? {} : { tls }),
  });
  if (response.status === 200) return parseMembers(parseJson(response.body), "answer");
  throw new HeadscaleError(`${method} ${path}`, response.status, errorReason(response.body));
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new Error("cannot read headscale's answer: not JSON", { cause });
  }
}

/** An error is `{code, message}`, or plain text when the key is wrong. */
function errorReason(body: string): string {
  try {
    return parseText(parseMembers(JSON.parse(body), "error"), "message");
  } catch {
    return body.trim().slice(0, 200);
  }
}
