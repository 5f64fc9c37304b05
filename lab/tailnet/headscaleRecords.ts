// SPDX-License-Identifier: Apache-2.0

/** A node as headscale lists it; `id` is the StableID that tailscaled shows, a decimal string. */
export interface HeadscaleNode {
  readonly id: string;
  readonly machineKey: string;
  readonly nodeKey: string;
  readonly addresses: readonly string[];
  /** The host name that the machine gave itself. */
  readonly hostname: string;
  /** The first label of its MagicDNS name. */
  readonly givenName: string;
  /** Name of its owner; "tagged-devices" for a tagged node. */
  readonly user: string;
  readonly tags: readonly string[];
  /** RFC 3339, as the other times. */
  readonly createdAt: string;
  readonly expiry: string | null;
  readonly lastSeen: string | null;
  readonly online: boolean;
  /** The key it joined with; null when that key was deleted or none was used. */
  readonly authKeyId: string | null;
  readonly ephemeral: boolean;
}

/** A pre-auth key as headscale lists it. */
export interface HeadscaleAuthKey {
  readonly id: string;
  /** The secret when just created, masked in lists. */
  readonly key: string;
  readonly reusable: boolean;
  readonly ephemeral: boolean;
  readonly used: boolean;
  readonly expiration: string | null;
  readonly createdAt: string;
  readonly tags: readonly string[];
}

type Members = Readonly<Record<string, unknown>>;

/** @throws when the value is not an object. */
export function parseMembers(value: unknown, what: string): Members {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Members;
  throw new Error(`cannot read headscale's ${what}: not an object`);
}

/** @throws when the member is not a list. */
export function parseList(members: Members, name: string): readonly unknown[] {
  const value = members[name];
  if (Array.isArray(value)) return value;
  throw new Error(`cannot read headscale's answer: "${name}" is not a list`);
}

/** @throws when the member is not a string. */
export function parseText(members: Members, name: string): string {
  const value = members[name];
  if (typeof value === "string") return value;
  throw new Error(`cannot read headscale's answer: "${name}" is not a string`);
}

/** @throws when a member is missing or has another type. */
export function parseNode(value: unknown): HeadscaleNode {
  const node = parseMembers(value, "node");
  const authKey = isAbsent(node["preAuthKey"]) ? null : parseAuthKey(node["preAuthKey"]);
  return {
    id: parseId(node),
    machineKey: parseText(node, "machineKey"),
    nodeKey: parseText(node, "nodeKey"),
    addresses: parseTexts(node, "ipAddresses"),
    hostname: parseText(node, "name"),
    givenName: parseText(node, "givenName"),
    user: isAbsent(node["user"]) ? "" : parseText(parseMembers(node["user"], "user"), "name"),
    tags: parseTexts(node, "tags"),
    createdAt: parseText(node, "createdAt"),
    expiry: parseTime(node, "expiry"),
    lastSeen: parseTime(node, "lastSeen"),
    online: parseFlag(node, "online"),
    authKeyId: authKey === null ? null : authKey.id,
    ephemeral: authKey === null ? false : authKey.ephemeral,
  };
}

/** @throws when a member is missing or has another type. */
export function parseAuthKey(value: unknown): HeadscaleAuthKey {
  const key = parseMembers(value, "auth key");
  return {
    id: parseId(key),
    key: parseText(key, "key"),
    reusable: parseFlag(key, "reusable"),
    ephemeral: parseFlag(key, "ephemeral"),
    used: parseFlag(key, "used"),
    expiration: parseTime(key, "expiration"),
    createdAt: parseText(key, "createdAt"),
    tags: parseTexts(key, "aclTags"),
  };
}

/** @throws when the member `id` is not a positive decimal number in a string. */
export function parseId(members: Members): string {
  const id = parseText(members, "id");
  if (/^[1-9][0-9]*$/.test(id)) return id;
  throw new Error(`cannot read headscale's answer: "id" is "${id}", not a number`);
}

function isAbsent(value: unknown): boolean {
  return value === null || value === undefined;
}

function parseTexts(members: Members, name: string): readonly string[] {
  const list = parseList(members, name);
  if (list.every((item) => typeof item === "string")) return list;
  throw new Error(`cannot read headscale's answer: "${name}" is not a list of strings`);
}

function parseFlag(members: Members, name: string): boolean {
  const value = members[name];
  if (typeof value === "boolean") return value;
  throw new Error(`cannot read headscale's answer: "${name}" is not true or false`);
}

/** headscale writes a time that was never set as null or as one in the year 1. */
function parseTime(members: Members, name: string): string | null {
  if (members[name] === null) return null;
  const text = parseText(members, name);
  if (Number.isNaN(Date.parse(text))) throw new Error(`cannot read headscale's answer: "${name}" is not a time`);
  return text.startsWith("0001-") ? null : text;
}
