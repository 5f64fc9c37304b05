// SPDX-License-Identifier: Apache-2.0
import { readList, readObject, readOneOf, readText, readWhole, optional, type Reader } from "../protocol/shape.ts";
import { ParseError } from "../protocol/parseError.ts";
import { fetchJson, urlIn, type CloudService } from "./cloudReply.ts";
import { setting, type Environment } from "./environment.ts";
import { failure, UserError } from "./errors.ts";

/** A firewall that covers a droplet. */
export interface CoveringFirewall {
  readonly id: string;
  readonly name: string;
  readonly inboundRules: number;
  /** `waiting` while changes are under way, `failed` when they could not be made. */
  readonly status: "waiting" | "succeeded" | "failed";
  /** Changes that are not yet in effect. */
  readonly pendingChanges: number;
}

/** The reads that the commands make. Each gives undefined, or an empty list, for what does not exist. */
export interface DigitalOcean {
  account(): Promise<{ readonly status: string; readonly dropletLimit: number }>;
  dropletStatus(id: string): Promise<string | undefined>;
  dropletsWithTag(tag: string): Promise<readonly string[]>;
  firewallsOf(dropletId: string): Promise<readonly CoveringFirewall[]>;
  firewallExists(id: string): Promise<boolean>;
  vpcExists(id: string): Promise<boolean>;
  tagExists(name: string): Promise<boolean>;
}

const service: CloudService = {
  name: "DigitalOcean",
  urlVariable: "DIGITALOCEAN_API_URL",
  credentialVariables: "DIGITALOCEAN_TOKEN",
};
const ignore = { others: "ignore" } as const;
const word = readText(1000);
const anything: Reader<unknown> = (value) => value ?? null;
const readAccount = readObject(
  {
    account: readObject<{ status: string; droplet_limit: number }>(
      { status: word, droplet_limit: readWhole(0) },
      ignore,
    ),
  },
  ignore,
);
const readDroplet = readObject(
  { droplet: readObject({ status: readOneOf(["new", "active", "off", "archive"]) }, ignore) },
  ignore,
);
const readDroplets = readObject({ droplets: readList(readObject({ id: readWhole(1) }, ignore), 1000) }, ignore);
const readFirewalls = readObject(
  {
    firewalls: readList(
      readObject<{
        id: string;
        name: string;
        status: CoveringFirewall["status"];
        inbound_rules?: readonly unknown[];
        pending_changes?: readonly unknown[];
      }>(
        {
          id: word,
          name: word,
          status: readOneOf(["waiting", "succeeded", "failed"]),
          inbound_rules: optional(nullAsEmpty),
          pending_changes: optional(nullAsEmpty),
        },
        ignore,
      ),
      100,
    ),
  },
  ignore,
);

/** The token, or undefined. Both names are the ones that Pulumi's provider reads. */
export function digitalOceanToken(environment: Environment): string | undefined {
  return setting(environment, "DIGITALOCEAN_TOKEN") ?? setting(environment, "DIGITALOCEAN_ACCESS_TOKEN");
}

/** Reads one path: undefined for what does not exist. */
type Get = <T>(path: string, read: Reader<T>) => Promise<T | undefined>;

/** A client with the credentials of the environment. @throws UserError when there are none. */
export function openDigitalOcean(environment: Environment): DigitalOcean {
  const get = authorizedGet(environment);
  const exists = async (...parts: readonly string[]): Promise<boolean> =>
    (await get(path(...parts), anything)) !== undefined;
  return {
    account: async () => {
      const { account } = (await get("/v2/account", readAccount)) ?? notThere("/v2/account");
      return { status: account.status, dropletLimit: account.droplet_limit };
    },
    dropletStatus: async (id) => (await get(path("droplets", id), readDroplet))?.droplet.status,
    dropletsWithTag: async (tag) => {
      const reply = await get(`/v2/droplets?per_page=200&tag_name=${encodeURIComponent(tag)}`, readDroplets);
      return (reply?.droplets ?? []).map(({ id }) => String(id));
    },
    firewallsOf: async (id) =>
      ((await get(path("droplets", id, "firewalls"), readFirewalls))?.firewalls ?? []).map(toFirewall),
    firewallExists: async (id) => await exists("firewalls", id),
    vpcExists: async (id) => await exists("vpcs", id),
    tagExists: async (name) => await exists("tags", name),
  };
}

function authorizedGet(environment: Environment): Get {
  const token = digitalOceanToken(environment);
  if (token === undefined)
    throw new UserError("DIGITALOCEAN_TOKEN is not set", [
      "make a token at https://cloud.digitalocean.com/account/api/tokens and export it",
    ]);
  const origin = urlIn(
    "DIGITALOCEAN_API_URL",
    setting(environment, "DIGITALOCEAN_API_URL") ?? "https://api.digitalocean.com",
  );
  return async (path, read) => {
    const url = new URL(path, origin);
    const reply = await fetchJson(service, { method: "GET", url, headers: { authorization: `Bearer ${token}` } });
    return reply === undefined ? undefined : readReply(reply, read, url);
  };
}

function path(...parts: readonly string[]): string {
  return ["/v2", ...parts.map(encodeURIComponent)].join("/");
}

function toFirewall({
  id,
  name,
  status,
  inbound_rules,
  pending_changes,
}: {
  id: string;
  name: string;
  status: CoveringFirewall["status"];
  inbound_rules?: readonly unknown[];
  pending_changes?: readonly unknown[];
}): CoveringFirewall {
  return { id, name, status, inboundRules: inbound_rules?.length ?? 0, pendingChanges: pending_changes?.length ?? 0 };
}

function nullAsEmpty(value: unknown, path: string): readonly unknown[] {
  return value === null ? [] : readList((item) => item, 1000)(value, path);
}

function readReply<T>(reply: unknown, read: Reader<T>, url: URL): T {
  try {
    return read(reply, "");
  } catch (error) {
    if (error instanceof ParseError)
      throw failure(`cannot read DigitalOcean's answer to "${url.pathname}": ${error.message}`);
    throw error;
  }
}

function notThere(path: string): never {
  throw failure(`DigitalOcean does not know "${path}"`, "check DIGITALOCEAN_API_URL: the host only, without /v2");
}
