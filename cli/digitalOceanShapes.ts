// SPDX-License-Identifier: Apache-2.0
// What is read of DigitalOcean's answers; all other members are ignored.
import {
  nullOr,
  optional,
  readBoolean,
  readList,
  readObject,
  readOneOf,
  readText,
  readWhole,
  type Reader,
} from "../protocol/shape.ts";
import { ParseError } from "../protocol/parseError.ts";
import { readMoney, type Money } from "./money.ts";

/** A droplet as it is now. */
export interface CloudDroplet {
  readonly id: string;
  readonly name: string;
  readonly status: "new" | "active" | "off" | "archive";
  /** RFC 3339. */
  readonly createdAt: string;
  readonly size: string;
  readonly region: string;
  readonly imageId: string;
  readonly tags: readonly string[];
  /** Empty when it is in none. */
  readonly vpcId: string;
  /** What is switched on, such as `backups` and `monitoring`; null when the service does not say. */
  readonly features: readonly string[] | null;
  readonly price: SizePrice;
}

/** What a size costs. */
export interface SizePrice {
  /** Most for a calendar month. */
  readonly monthly: Money;
  readonly hourly: Money;
}

/** A firewall as it is now. */
export interface CloudFirewall {
  readonly id: string;
  readonly name: string;
  readonly inboundRules: number;
  /** `waiting` while changes are under way, `failed` when they could not be made. */
  readonly status: "waiting" | "succeeded" | "failed";
  /** Changes that are not yet in effect. */
  readonly pendingChanges: number;
  readonly dropletIds: readonly string[];
  readonly tags: readonly string[];
}

/** A snapshot or custom image of the account. */
export interface CloudImage {
  readonly id: string;
  readonly name: string;
  readonly createdAt: string;
  readonly regions: readonly string[];
  readonly sizeGigabytes: number;
  /** `available` when droplets can be made from it. */
  readonly status: string;
  /** Smallest disk of a droplet that it fits on, in GB. */
  readonly minDiskGigabytes: number;
}

/** A VPC. */
export interface CloudVpc {
  readonly id: string;
  readonly name: string;
  readonly region: string;
  /** Of its region; such a one can never be deleted. */
  readonly isDefault: boolean;
}

const ignore = { others: "ignore" } as const;
const word = readText(1000);
const words = listOrNull(word);
const number: Reader<number> = (value, path) => {
  if (typeof value === "number" && value >= 0) return value;
  throw new ParseError(path, "must be a number of at least 0");
};
const anything: Reader<unknown> = (value) => value ?? null;

export const readAccount = readObject<{ status: string; droplet_limit: number }>(
  { status: word, droplet_limit: readWhole(0) },
  ignore,
);

const dropletShape = readObject<{
  id: number;
  name: string;
  status: CloudDroplet["status"];
  created_at: string;
  size_slug: string;
  size: { price_monthly: Money; price_hourly: Money };
  region: { slug: string };
  image: { id: number };
  tags?: readonly string[];
  vpc_uuid?: string | null;
  features?: readonly string[] | null;
}>(
  {
    id: readWhole(1),
    name: word,
    status: readOneOf(["new", "active", "off", "archive"]),
    created_at: word,
    size_slug: word,
    size: readObject({ price_monthly: readMoney, price_hourly: readMoney }, ignore),
    region: readObject({ slug: word }, ignore),
    image: readObject({ id: readWhole(1) }, ignore),
    tags: optional(words),
    vpc_uuid: optional(nullOr(word)),
    features: optional(nullOr(words)),
  },
  ignore,
);

export const readDroplet: Reader<CloudDroplet> = (value, path) => {
  const { id, name, status, size, image, ...rest } = dropletShape(value, path);
  const { created_at, size_slug, region, tags = [], vpc_uuid, features = null } = rest;
  return {
    ...{ id: String(id), name, status, createdAt: created_at, size: size_slug, region: region.slug },
    ...{ imageId: String(image.id), tags, vpcId: vpc_uuid ?? "", features },
    price: { monthly: size.price_monthly, hourly: size.price_hourly },
  };
};

/** For those that only ask whether it is there. */
export const readDropletStatus = readObject<Pick<CloudDroplet, "status">>(
  { status: readOneOf(["new", "active", "off", "archive"]) },
  ignore,
);
export const readDropletId = readObject({ id: readWhole(1) }, ignore);

const firewallShape = readObject<{
  id: string;
  name: string;
  status: CloudFirewall["status"];
  inbound_rules?: readonly unknown[];
  pending_changes?: readonly unknown[];
  droplet_ids?: readonly number[];
  tags?: readonly string[];
}>(
  {
    id: word,
    name: word,
    status: readOneOf(["waiting", "succeeded", "failed"]),
    inbound_rules: optional(listOrNull(anything)),
    pending_changes: optional(listOrNull(anything)),
    droplet_ids: optional(listOrNull(readWhole(1))),
    tags: optional(words),
  },
  ignore,
);

export const readFirewall: Reader<CloudFirewall> = (value, path) => {
  const { inbound_rules, pending_changes, droplet_ids, tags = [], ...rest } = firewallShape(value, path);
  return {
    ...rest,
    inboundRules: inbound_rules?.length ?? 0,
    pendingChanges: pending_changes?.length ?? 0,
    dropletIds: (droplet_ids ?? []).map(String),
    tags,
  };
};

const imageShape = readObject<{
  id: number;
  name: string;
  created_at: string;
  regions?: readonly string[];
  size_gigabytes?: number;
  status: string;
  min_disk_size?: number | null;
}>(
  {
    ...{ id: readWhole(1), name: word, created_at: word, regions: optional(words), size_gigabytes: optional(number) },
    ...{ status: word, min_disk_size: optional(nullOr(number)) },
  },
  ignore,
);

export const readImage: Reader<CloudImage> = (value, path) => {
  const { id, name, created_at, regions = [], size_gigabytes = 0, status, min_disk_size } = imageShape(value, path);
  return {
    ...{ id: String(id), name, createdAt: created_at, regions, status },
    ...{ sizeGigabytes: size_gigabytes, minDiskGigabytes: min_disk_size ?? 0 },
  };
};

const vpcShape = readObject<{ id: string; name: string; region: string; default?: boolean }>(
  { id: word, name: word, region: word, default: optional(readBoolean) },
  ignore,
);

export const readVpc: Reader<CloudVpc> = (value, path) => {
  const { default: isDefault = false, ...vpc } = vpcShape(value, path);
  return { ...vpc, isDefault };
};

/** A disk that outlives the droplet it is attached to. */
export interface CloudVolume {
  readonly id: string;
  readonly name: string;
  readonly tags: readonly string[];
}

const volumeShape = readObject<{ id: string; name: string; tags?: readonly string[] }>(
  { id: word, name: word, tags: optional(words) },
  ignore,
);

export const readVolume: Reader<CloudVolume> = (value, path) => ({ tags: [], ...volumeShape(value, path) });

const sizeShape = readObject<{ slug: string; price_monthly: Money; price_hourly: Money }>(
  { slug: word, price_monthly: readMoney, price_hourly: readMoney },
  ignore,
);

export const readSize: Reader<SizePrice & { readonly slug: string }> = (value, path) => {
  const { slug, price_monthly, price_hourly } = sizeShape(value, path);
  return { slug, monthly: price_monthly, hourly: price_hourly };
};

/** For those that only ask how large its disk is. */
export const readSizeDisk = readObject<{ readonly slug: string; readonly disk: number }>(
  { slug: word, disk: number },
  ignore,
);

function listOrNull<T>(reader: Reader<T>): Reader<readonly T[]> {
  const list = readList(reader, 10_000);
  return (value, path) => (value === null ? [] : list(value, path));
}
