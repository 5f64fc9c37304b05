// SPDX-License-Identifier: Apache-2.0
import type { Reader } from "../protocol/shape.ts";
import { ParseError } from "../protocol/parseError.ts";
import { fetchJson, ScopeMissing, urlIn, type CloudService } from "./cloudReply.ts";
import {
  readAccount,
  readDroplet,
  readDropletId,
  readDropletStatus,
  readFirewall,
  readImage,
  readSize,
  readSizeDisk,
  readVolume,
  readVpc,
  type CloudDroplet,
  type CloudFirewall,
  type CloudImage,
  type CloudVolume,
  type CloudVpc,
  type SizePrice,
} from "./digitalOceanShapes.ts";
import { setting, type Environment } from "./environment.ts";
import { failure, UserError } from "./errors.ts";
import { readWholeList, within, type Get } from "./wholeList.ts";

/** A firewall that covers a droplet. */
export type CoveringFirewall = Pick<CloudFirewall, "id" | "name" | "inboundRules" | "status" | "pendingChanges">;

/** The reads that the commands make. Each gives undefined, or an empty list, for what does not exist. */
export interface DigitalOcean {
  account(): Promise<{ readonly status: string; readonly dropletLimit: number }>;
  dropletStatus(id: string): Promise<string | undefined>;
  dropletsWithTag(tag: string): Promise<readonly string[]>;
  firewallsOf(dropletId: string): Promise<readonly CoveringFirewall[]>;
  firewallExists(id: string): Promise<boolean>;
  vpcExists(id: string): Promise<boolean>;
  tagExists(name: string): Promise<boolean>;
  /** All of the account, as are the lists below. */
  droplets(): Promise<readonly CloudDroplet[]>;
  firewalls(): Promise<readonly CloudFirewall[]>;
  vpcs(): Promise<readonly CloudVpc[]>;
  volumes(): Promise<readonly CloudVolume[]>;
  /** The account's own snapshots and custom images. */
  ownImages(): Promise<readonly CloudImage[]>;
  /** By slug. */
  sizes(): Promise<ReadonlyMap<string, SizePrice>>;
  /** Disk in GB, by slug. */
  sizeDisks(): Promise<ReadonlyMap<string, number>>;
  /** Deletes a snapshot: the one change that is made here. @returns whether it was there */
  deleteImage(id: string): Promise<boolean>;
  /** Whether the token may read the list at this path. @throws UserError when that cannot be found out */
  mayRead(path: ReadablePath): Promise<boolean>;
}

/** Lists that a token needs a scope of its own for. */
export type ReadablePath = "droplets" | "firewalls" | "tags" | "vpcs" | "images" | "sizes" | "volumes";

const service: CloudService = {
  name: "DigitalOcean",
  urlVariable: "DIGITALOCEAN_API_URL",
  credentialVariables: "DIGITALOCEAN_TOKEN",
};
const anything: Reader<unknown> = (value) => value ?? null;
/** The token, or undefined. Both names are the ones that Pulumi's provider reads. */
export function digitalOceanToken(environment: Environment): string | undefined {
  return setting(environment, "DIGITALOCEAN_TOKEN") ?? setting(environment, "DIGITALOCEAN_ACCESS_TOKEN");
}

/** Where the API is. @throws UserError when the variable that says so holds no URL */
export function digitalOceanOrigin(environment: Environment): URL {
  return urlIn("DIGITALOCEAN_API_URL", setting(environment, "DIGITALOCEAN_API_URL") ?? "https://api.digitalocean.com");
}

/** A client with the credentials of the environment. @throws UserError when there are none. */
export function openDigitalOcean(environment: Environment): DigitalOcean {
  const call = authorizedCall(environment);
  const get: Get = async (path, read) => await call("GET", path, read);
  const exists = async (...parts: readonly string[]): Promise<boolean> =>
    (await get(path(...parts), anything)) !== undefined;
  const list = async <T>(name: string, read: Reader<T>, query = ""): Promise<readonly T[]> =>
    await readWholeList(get, { path: `/v2/${name}`, member: name, read, query });
  return {
    account: async () =>
      await get("/v2/account", within("account", readAccount)).then((reply) => {
        const { status, droplet_limit } = reply ?? notThere("/v2/account");
        return { status, dropletLimit: droplet_limit };
      }),
    dropletStatus: async (id) => (await get(path("droplets", id), within("droplet", readDropletStatus)))?.status,
    dropletsWithTag: async (tag) =>
      (await list("droplets", readDropletId, `&tag_name=${encodeURIComponent(tag)}`)).map(({ id }) => String(id)),
    firewallsOf: async (id) =>
      await readWholeList(get, { path: path("droplets", id, "firewalls"), member: "firewalls", read: readFirewall }),
    firewallExists: async (id) => await exists("firewalls", id),
    vpcExists: async (id) => await exists("vpcs", id),
    tagExists: async (name) => await exists("tags", name),
    droplets: async () => await list("droplets", readDroplet),
    firewalls: async () => await list("firewalls", readFirewall),
    vpcs: async () => await list("vpcs", readVpc),
    volumes: async () => await list("volumes", readVolume),
    ownImages: async () => await list("images", readImage, "&private=true"),
    sizes: async () =>
      new Map((await list("sizes", readSize)).map(({ slug, ...price }): [string, SizePrice] => [slug, price])),
    sizeDisks: async () =>
      new Map((await list("sizes", readSizeDisk)).map(({ slug, disk }): [string, number] => [slug, disk])),
    deleteImage: async (id) => (await call("DELETE", path("images", id), anything)) !== undefined,
    mayRead: async (name) =>
      await get(`/v2/${name}?per_page=1`, anything).then(
        () => true,
        (error: unknown) => {
          if (error instanceof ScopeMissing) return false;
          throw error;
        },
      ),
  };
}

/** Calls one path: undefined for what does not exist. */
type Call = <T>(method: "GET" | "DELETE", path: string, read: Reader<T>) => Promise<T | undefined>;

function authorizedCall(environment: Environment): Call {
  const token = digitalOceanToken(environment);
  if (token === undefined)
    throw new UserError("DIGITALOCEAN_TOKEN is not set", [
      "make a token at https://cloud.digitalocean.com/account/api/tokens and export it",
      "or store it in the vault: claws vault credentials set DIGITALOCEAN_TOKEN",
    ]);
  const origin = digitalOceanOrigin(environment);
  return async (method, path, read) => {
    const url = new URL(path, origin);
    const headers = { authorization: `Bearer ${token}` };
    const reply = await fetchJson(service, { method, url, headers, limit: 8 * 1024 * 1024 });
    return reply === undefined ? undefined : readReply(reply, read, url);
  };
}

function path(...parts: readonly string[]): string {
  return ["/v2", ...parts.map(encodeURIComponent)].join("/");
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
