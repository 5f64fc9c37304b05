// SPDX-License-Identifier: Apache-2.0
import { isAbsent, isList, isMap, type PropertyMap, type PropertyValue } from "../engine/propertyValue.ts";

/** Writes the inputs of a droplet as the body of its create request. */
export function renderDroplet(inputs: PropertyMap): PropertyMap {
  const { name, region = "", size, image, sshKeys, volumeIds, userData, tags, backups, ipv6, monitoring } = inputs;
  return {
    name,
    region,
    size,
    image: numberOrText(image),
    ssh_keys: textsOf(sshKeys).map(numberOrText),
    backups: backups === true,
    ipv6: ipv6 === true,
    private_networking: inputs["privateNetworking"] === true,
    monitoring: monitoring === true,
    ...(typeof userData === "string" ? { user_data: userData } : {}),
    ...(textsOf(volumeIds).length > 0 ? { volumes: textsOf(volumeIds).map((id) => ({ id })) } : {}),
    tags: textsOf(tags),
    ...given("vpc_uuid", inputs["vpcUuid"]),
    ...given("with_droplet_agent", inputs["dropletAgent"]),
    ...given("public_networking", inputs["publicNetworking"]),
    ...given("gpu_partition_mode", inputs["gpuPartitionMode"]),
    ...given("backup_policy", renderBackupPolicy(inputs["backupPolicy"])),
  };
}

/** Writes a backup policy for the API; undefined when there is none. */
export function renderBackupPolicy(policy: PropertyValue | undefined): PropertyMap | undefined {
  if (!isMap(policy)) return undefined;
  const { plan = "", weekday = "", hour = 0 } = policy;
  return { plan, ...(weekday === "" ? {} : { weekday }), hour };
}

/** Returns the texts of a set input. */
export function textsOf(value: PropertyValue | undefined): readonly string[] {
  return isList(value) ? value.filter((item) => typeof item === "string") : [];
}

/** IDs go as numbers, slugs and fingerprints as text. */
function numberOrText(value: PropertyValue | undefined): PropertyValue {
  const text = typeof value === "string" ? value : "";
  return /^\d+$/.test(text) ? Number(text) : text;
}

function given(name: string, value: PropertyValue | undefined): PropertyMap {
  return isAbsent(value) ? {} : { [name]: value };
}
