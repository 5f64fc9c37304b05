// SPDX-License-Identifier: Apache-2.0
import { createHash } from "node:crypto";
import type { PropertySchema, ResourceSchema } from "../bridge/resourceSchema.ts";
import { asText, type PropertyValue } from "../engine/propertyValue.ts";
import { TAG_SET } from "./tagNames.ts";

const WEEKDAYS = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];
const PARTITION_MODES = ["PARTITION_MODE_SPX_NPS1", "PARTITION_MODE_DPX_NPS2"];
const TEXT: PropertySchema = { shape: "string", refuse: (value) => (value === "" ? "must not be empty" : undefined) };
const BACKUP_POLICY: Readonly<Record<string, PropertySchema>> = {
  plan: { shape: "string", refuse: oneOf(["daily", "weekly"]) },
  weekday: { shape: "string", refuse: oneOf(WEEKDAYS) },
  hour: {
    shape: "number",
    refuse: (value) => (Number(value) < 0 || Number(value) > 20 ? "expected 0 to 20" : undefined),
  },
};

/**
 * Inputs and outputs of a droplet. What replaces it: image, region, SSH keys, user-data, monitoring, droplet agent, VPC,
 * public networking, GPU partitions, and IPv6 when switched off. All else is changed in place.
 */
export const DROPLET_SCHEMA: ResourceSchema = {
  image: { ...TEXT, required: true, replaces: true },
  name: { ...TEXT, autoName: true },
  region: { ...TEXT, computed: true, replaces: true, ...lowerCase() },
  size: { ...TEXT, required: true, ...lowerCase() },
  gracefulShutdown: { shape: "boolean", default: false },
  resizeDisk: { shape: "boolean", default: true },
  backups: { shape: "boolean", default: false },
  backupPolicy: { shape: { object: BACKUP_POLICY } },
  ipv6: { shape: "boolean", default: false },
  ipv6Address: { shape: "string", computed: true, ...lowerCase() },
  privateNetworking: { shape: "boolean", computed: true },
  publicNetworking: { shape: "boolean", computed: true, replaces: true },
  sshKeys: { shape: { set: "string" }, replaces: true, refuse: (value) => TEXT.refuse?.(value) },
  userData: { ...TEXT, replaces: true, stored: digest },
  volumeIds: { shape: { set: "string" }, computed: true },
  monitoring: { shape: "boolean", default: false, replaces: true },
  dropletAgent: { shape: "boolean", replaces: true },
  tags: TAG_SET,
  vpcUuid: { ...TEXT, computed: true, replaces: true },
  gpuPartitionMode: { shape: "string", replaces: true, refuse: oneOf(PARTITION_MODES) },
  createdAt: { shape: "string", outputOnly: true },
  dropletUrn: { shape: "string", outputOnly: true },
  disk: { shape: "number", outputOnly: true },
  vcpus: { shape: "number", outputOnly: true },
  memory: { shape: "number", outputOnly: true },
  priceHourly: { shape: "number", outputOnly: true },
  priceMonthly: { shape: "number", outputOnly: true },
  status: { shape: "string", outputOnly: true },
  locked: { shape: "boolean", outputOnly: true },
  ipv4Address: { shape: "string", outputOnly: true },
  ipv4AddressPrivate: { shape: "string", outputOnly: true },
};

function digest(userData: string): string {
  return createHash("sha1").update(userData).digest("hex");
}

function lowerCase(): Pick<PropertySchema, "stored" | "folded"> {
  const lower = (value: string) => value.toLowerCase();
  return { stored: lower, folded: lower };
}

function oneOf(allowed: readonly string[]): (value: PropertyValue) => string | undefined {
  return (value) => {
    const isAllowed = allowed.includes(asText(value));
    return isAllowed ? undefined : `expected one of ${allowed.join(", ")}, got "${asText(value)}"`;
  };
}
