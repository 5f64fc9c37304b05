// SPDX-License-Identifier: Apache-2.0
import {
  bodyMembers,
  optionalFlag,
  optionalMembers,
  optionalTags,
  optionalText,
  type ApiCall,
  type ApiReply,
} from "./apiCall.ts";
import type { Caller } from "./apiAccess.ts";
import { ApiError } from "./apiError.ts";
import { tagOwners } from "./apiPolicy.ts";
import type { HeadscaleClient } from "./headscaleClient.ts";

/** What the keys need. */
export interface AuthKeyOptions {
  readonly headscale: HeadscaleClient;
  readonly clock: () => Date;
  /** headscale's ID of the user to whom the API keys belong; null: such a key must have tags. */
  readonly ownerId: string | null;
}

/** The auth key calls. */
export interface AuthKeys {
  readonly create: (call: ApiCall) => Promise<ApiReply>;
  readonly get: (call: ApiCall) => Promise<ApiReply>;
  /** The keys that can still be used. */
  readonly list: () => Promise<ApiReply>;
  readonly delete: (call: ApiCall) => Promise<ApiReply>;
}

interface Wanted {
  readonly reusable: boolean;
  readonly ephemeral: boolean;
  readonly preauthorized: boolean;
  readonly tags: readonly string[];
  readonly expirySeconds: number;
  readonly description: string;
}

/** What headscale does not keep of a key. */
interface AuthKey extends Wanted {
  readonly id: string;
  readonly headscaleId: string;
  readonly created: Date;
  readonly expires: Date;
  readonly revoked: Date | null;
  readonly userId: string;
}

/** Seconds: 90 days, which is also the default. */
const longestExpiry = 7_776_000;

/** Makes the calls; keys that something else made on headscale are unknown to them. */
export function createAuthKeys(options: AuthKeyOptions): AuthKeys {
  const keys = new Map<string, AuthKey>();
  const find = (call: ApiCall): Promise<AuthKey> => findKey(options, keys.get(call.parameters[0] ?? ""));
  return {
    create: async (call) => {
      const { key, secret } = await createKey(options, call);
      keys.set(key.id, key);
      return { status: 200, json: { ...render(key, options.clock()), key: secret } };
    },
    get: async (call) => ({ status: 200, json: render(await find(call), options.clock()) }),
    list: async () => {
      const found = await Promise.allSettled([...keys.values()].map((key) => findKey(options, key)));
      const listed = found.flatMap((result) =>
        result.status === "fulfilled" ? [render(result.value, options.clock())] : [],
      );
      return { status: 200, json: { keys: listed.filter((key) => !key.invalid) } };
    },
    delete: async (call) => {
      const key = await find(call);
      if (key.revoked !== null) throw new ApiError(404, "key not found");
      await options.headscale.expireAuthKey(key.headscaleId);
      keys.set(key.id, { ...key, revoked: options.clock() });
      return { status: 200, json: {} };
    },
  };
}

async function createKey(
  { headscale, clock, ownerId }: AuthKeyOptions,
  call: ApiCall,
): Promise<{ key: AuthKey; secret: string }> {
  const wanted = parseWanted(call.body);
  await checkTags(headscale, call.caller, wanted.tags);
  const tagged = wanted.tags.length > 0;
  if (!tagged && ownerId === null) throw new ApiError(400, "tailnet-owned auth key must have tags set");
  const created = clock();
  const expires = new Date(created.getTime() + wanted.expirySeconds * 1000);
  const { reusable, ephemeral, tags } = wanted;
  const made = await headscale.createAuthKey({
    reusable,
    ephemeral,
    tags,
    expiration: expires,
    userId: tagged ? null : ownerId,
  });
  const id = `k${made.id}CNTRL`;
  const userId = call.caller.client === null ? (ownerId ?? "") : "";
  return { key: { ...wanted, id, headscaleId: made.id, created, expires, revoked: null, userId }, secret: made.key };
}

function parseWanted(body: string): Wanted {
  const request = bodyMembers(body);
  if ((optionalText(request, "keyType") || "auth") !== "auth") throw new ApiError(400, "unsupported key type");
  const create = optionalMembers(optionalMembers(optionalMembers(request, "capabilities"), "devices"), "create");
  const expirySeconds = request["expirySeconds"] ?? 0;
  if (
    typeof expirySeconds !== "number" ||
    !Number.isInteger(expirySeconds) ||
    expirySeconds < 0 ||
    expirySeconds > longestExpiry
  ) {
    throw new ApiError(400, "expirySeconds must be between 1 and 7776000 seconds");
  }
  const description = optionalText(request, "description");
  if (!/^[A-Za-z0-9 _-]{0,50}$/.test(description)) {
    throw new ApiError(400, "description may hold 50 letters, digits, spaces, hyphens and underscores");
  }
  return {
    reusable: optionalFlag(create, "reusable"),
    ephemeral: optionalFlag(create, "ephemeral"),
    preauthorized: optionalFlag(create, "preauthorized"),
    tags: optionalTags(create, "tags"),
    // An absent or zero expiry means the default.
    expirySeconds: expirySeconds === 0 ? longestExpiry : expirySeconds,
    description,
  };
}

/**
 * Every tag needs an owner in the policy. An OAuth client may give all of its own tags at once, or tags that its own tags own; a
 * part of its own tags is refused, as Tailscale does.
 */
async function checkTags(headscale: HeadscaleClient, { client }: Caller, tags: readonly string[]): Promise<void> {
  if (client !== null && tags.length === 0) throw new ApiError(400, "tailnet-owned auth key must have tags set");
  if (tags.length === 0) return;
  const owners = await tagOwners(headscale);
  const known = tags.every((tag) => owners.has(tag));
  const own = client?.tags ?? [];
  const permitted =
    client === null ||
    (own.length === tags.length && own.every((tag) => tags.includes(tag))) ||
    tags.every((tag) => owners.get(tag)?.some((owner) => own.includes(owner)) === true);
  if (!known || !permitted) throw new ApiError(400, `requested tags [${tags.join(" ")}] are invalid or not permitted`);
}

/** A used one-off key is gone for the API. */
async function findKey({ headscale }: AuthKeyOptions, key: AuthKey | undefined): Promise<AuthKey> {
  if (key === undefined) throw new ApiError(404, "key not found");
  const held = (await headscale.listAuthKeys()).find(({ id }) => id === key.headscaleId);
  if (held === undefined || (held.used && !key.reusable)) throw new ApiError(404, "key not found");
  return key;
}

function render(key: AuthKey, now: Date) {
  const { reusable, ephemeral, preauthorized, tags } = key;
  return {
    id: key.id,
    keyType: "auth",
    created: key.created.toISOString(),
    expires: key.expires.toISOString(),
    ...(key.revoked === null ? {} : { revoked: key.revoked.toISOString() }),
    expirySeconds: key.expirySeconds,
    invalid: key.revoked !== null || key.expires.getTime() <= now.getTime(),
    capabilities: { devices: { create: { reusable, ephemeral, preauthorized, tags } } },
    description: key.description,
    userId: key.userId,
  };
}
