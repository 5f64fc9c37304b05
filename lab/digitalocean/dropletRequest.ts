// SPDX-License-Identifier: Apache-2.0
import { ApiError, unprocessable } from "./apiError.ts";
import { defaultBackupPolicy, readBackupPolicy } from "./backupPolicy.ts";
import type { Cloud } from "./cloud.ts";
import type { Fields } from "./fields.ts";
import { findImage } from "./images.ts";
import { type Region, regions } from "./regions.ts";
import { findSize, type Size } from "./sizes.ts";
import { findSshKey } from "./sshKeys.ts";
import type { BackupPolicy, ImageRecord, VpcRecord } from "./state.ts";
import { checkTagNames } from "./tagNames.ts";

const maximumNames = 10;
const maximumUserDataBytes = 64 * 1024;

/** A request for droplets, checked against everything but the account's limits. */
export interface DropletRequest {
  readonly names: readonly string[];
  readonly region: Region;
  readonly size: Size;
  readonly image: ImageRecord;
  /** OpenSSH public keys. */
  readonly sshKeys: readonly string[];
  readonly ipv6: boolean;
  readonly monitoring: boolean;
  readonly dropletAgent: boolean;
  readonly publicNetworking: boolean;
  readonly backupPolicy: BackupPolicy | null;
  readonly userData: string | null;
  readonly tags: readonly string[];
  /** Null: the default one of the region. */
  readonly vpc: VpcRecord | null;
}

/** Reads a request for one or several droplets. @throws ApiError 422, or 404 for an unknown VPC. */
export function readDropletRequest(cloud: Cloud, fields: Fields): DropletRequest {
  const names = readNames(fields);
  const size = readSize(fields.text("size"));
  const image = readImage(cloud, fields.raw("image"));
  const region = readRegion(fields.optionalText("region") ?? "", size, image);
  if (image.minDiskSize > size.disk) throw unprocessable("The image needs a larger disk than this size has.");
  const tags = fields.texts("tags");
  checkTagNames(tags);
  if (fields.list("volumes").length > 0) throw unprocessable("volume does not exist");
  const ipv6 = fields.flag("ipv6", false);
  const publicNetworking = fields.flag("public_networking", true);
  if (ipv6 && !publicNetworking) throw unprocessable("ipv6 must be false when public_networking is false");
  fields.flag("private_networking", true);
  return {
    names,
    region,
    size,
    image,
    sshKeys: readSshKeys(cloud, fields.list("ssh_keys")),
    ipv6,
    monitoring: fields.flag("monitoring", false),
    dropletAgent: fields.flag("with_droplet_agent", true),
    publicNetworking,
    backupPolicy: readBackups(fields),
    userData: readUserData(fields),
    tags,
    vpc: readVpc(cloud, region, fields.optionalText("vpc_uuid") ?? ""),
  };
}

/** @throws ApiError 422 when it is no host name. */
export function checkDropletName(name: string): void {
  const isHostname = name.length <= 255 && /^[a-zA-Z0-9]?[a-zA-Z0-9.-]*[a-zA-Z0-9]$/.test(name);
  if (!isHostname) throw unprocessable("Name Only valid hostname characters are allowed. (a-z, A-Z, 0-9, . and -)");
}

/** The image of a droplet. @throws ApiError 422 when there is no such image or it is not ready. */
export function readImage(cloud: Cloud, identifier: unknown): ImageRecord {
  const isIdentifier = typeof identifier === "string" || Number.isSafeInteger(identifier);
  const image = isIdentifier ? findImage(cloud, String(identifier)) : undefined;
  if (image?.status !== "available") throw unprocessable("You specified an invalid image for Droplet creation.");
  return image;
}

/** @throws ApiError 422 when there is no such size. */
export function readSize(slug: string): Size {
  const size = findSize(slug);
  if (size === undefined) throw unprocessable("You specified an invalid size for Droplet creation.");
  return size;
}

function readNames(fields: Fields): readonly string[] {
  const names = fields.has("names") ? fields.texts("names") : [fields.text("name")];
  if (names.length === 0) throw unprocessable("names must not be empty");
  if (names.length > maximumNames) throw unprocessable(`You can create up to ${maximumNames} Droplets at a time.`);
  names.forEach(checkDropletName);
  return names;
}

/** A prefix such as "nyc" stands for any region that begins so; no region at all for any that fits. */
function readRegion(slug: string, size: Size, image: ImageRecord): Region {
  const named = regions.filter((region) => region.slug === slug || region.slug.replace(/\d+$/, "") === slug);
  const candidates = slug === "" ? regions : named;
  if (candidates.length === 0) throw unprocessable("You specified an invalid region for Droplet creation.");
  const available = candidates.filter((region) => region.available);
  if (available.length === 0) throw unprocessable("Region is not available");
  const withSize = available.filter((region) => size.regions.includes(region.slug));
  if (withSize.length === 0) throw unprocessable("Size is not available in this region.");
  const region = withSize.find((candidate) => image.regions.includes(candidate.slug));
  if (region === undefined) {
    throw unprocessable("The image you specified is not available in the selected region, transfer it there first.");
  }
  return region;
}

function readSshKeys(cloud: Cloud, identifiers: readonly unknown[]): readonly string[] {
  const found = identifiers.map((identifier) => findSshKey(cloud, String(identifier)));
  const wrong = identifiers.filter((_, index) => found[index] === undefined).map(String);
  if (wrong.length > 0) throw unprocessable(`${wrong.join(", ")} are invalid key identifiers for Droplet creation.`);
  return found.flatMap((key) => (key === undefined ? [] : [key.publicKey]));
}

function readBackups(fields: Fields): BackupPolicy | null {
  const policy = fields.optionalObject("backup_policy");
  if (!fields.flag("backups", false)) return null;
  return policy === undefined ? defaultBackupPolicy : readBackupPolicy(policy);
}

function readUserData(fields: Fields): string | null {
  const userData = fields.optionalText("user_data");
  if (Buffer.byteLength(userData ?? "") > maximumUserDataBytes) {
    throw unprocessable(`User data may hold ${maximumUserDataBytes} bytes at most.`);
  }
  return userData ?? null;
}

function readVpc(cloud: Cloud, region: Region, id: string): VpcRecord | null {
  if (id === "") return null;
  const vpc = cloud.state.vpcs.get(id);
  if (vpc === undefined) throw new ApiError(404);
  if (vpc.region !== region.slug) throw unprocessable("VPC is not in the same region as the Droplet.");
  return vpc;
}
