// SPDX-License-Identifier: Apache-2.0
import { failed } from "../bridge/failed.ts";
import { comparable, type PropertySchema } from "../bridge/resourceSchema.ts";
import { asText, type PropertyMap } from "../engine/propertyValue.ts";
import type { Operation, ResourceState } from "../engine/resourceProvider.ts";
import type { DigitalOceanClient } from "./client.ts";
import { type DropletActions, dropletActions } from "./dropletActions.ts";
import { renderBackupPolicy, textsOf } from "./dropletRequest.ts";
import { DROPLET_SCHEMA } from "./dropletSchema.ts";
import { lookAtDroplet, waitForAction, waitForDroplet } from "./dropletWaits.ts";

const UPDATE_TIMEOUT = 60 * 60_000;

interface Update {
  readonly client: DigitalOceanClient;
  readonly id: string;
  readonly actions: DropletActions;
  readonly old: PropertyMap;
  readonly wanted: PropertyMap;
  readonly signal: AbortSignal;
  waitFor(attribute: string, target: string, pending: readonly string[]): Promise<PropertyMap>;
}

/** Brings a droplet to new inputs in place, one kind of change after the other, and returns what it is then. */
export async function updateDroplet(
  client: DigitalOceanClient,
  { id, outputs }: ResourceState,
  wanted: PropertyMap,
  { signal, timeoutSeconds }: Operation,
): Promise<PropertyMap | undefined> {
  const timeout = timeoutSeconds > 0 ? timeoutSeconds * 1000 : UPDATE_TIMEOUT;
  const update: Update = {
    ...{ client, id, actions: dropletActions(client, id), old: outputs, wanted, signal },
    waitFor: (attribute, target, pending) =>
      waitForDroplet(client, { id, attribute, target, pending, timeout, missing: "error", signal }),
  };
  if (hasChanged(update, "size")) await resize(update);
  if (hasChanged(update, "name")) await rename(update);
  if (hasChanged(update, "backups")) await switchBackups(update);
  if (hasChanged(update, "backupPolicy")) await changeBackupPolicy(update);
  if (hasChanged(update, "privateNetworking") && wanted["privateNetworking"] === true) {
    await enable(update, "enable_private_networking", "privateNetworking", "enabling private networking");
  }
  if (hasChanged(update, "ipv6") && wanted["ipv6"] === true) {
    await enable(update, "enable_ipv6", "ipv6", "turning on ipv6");
  }
  if (hasChanged(update, "tags")) await retag(update);
  if (hasChanged(update, "volumeIds")) await changeVolumes(update);
  return await lookAtDroplet(client, id);
}

function hasChanged({ old, wanted }: Update, name: string): boolean {
  const property: PropertySchema = DROPLET_SCHEMA[name] ?? { shape: "string" };
  if (wanted[name] === undefined && property.computed === true) return false;
  return comparable(property, old[name]) !== comparable(property, wanted[name]);
}

/** A resize needs the droplet off. One that fails must not leave it off. */
async function resize(update: Update): Promise<void> {
  const { client, id, actions, wanted, signal } = update;
  await actions.start("power_off").catch((error: unknown) => {
    if (!String(error).includes("Droplet is already powered off")) failed(`Error powering off droplet (${id})`)(error);
  });
  await update
    .waitFor("status", "off", ["active"])
    .catch(failed(`Error waiting for droplet (${id}) to become powered off`));
  try {
    const action = await actions.start("resize", { size: wanted["size"], disk: wanted["resizeDisk"] !== false });
    await waitForAction(client, action, signal);
  } catch (error) {
    await actions.start("power_on");
    await update.waitFor("status", "active", ["off"]);
    failed(`Error resizing droplet (${id})`)(error);
  }
  await actions.start("power_on").catch(failed(`Error powering on droplet (${id}) after resize`));
  await update.waitFor("status", "active", ["off"]);
}

async function rename(update: Update): Promise<void> {
  const { id, actions, old, wanted } = update;
  const [from, to] = [asText(old["name"]), asText(wanted["name"])];
  await actions.start("rename", { name: to }).catch(failed(`Error renaming droplet (${id})`));
  await update.waitFor("name", to, ["", from]).catch(failed(`Error waiting for rename droplet (${id}) to finish`));
}

async function switchBackups({ client, id, actions, wanted, signal }: Update): Promise<void> {
  const policy = renderBackupPolicy(wanted["backupPolicy"]);
  const on = () => actions.start("enable_backups", policy === undefined ? {} : { backup_policy: policy });
  const action = wanted["backups"] === true ? on() : actions.start("disable_backups");
  await waitForAction(client, await action.catch(failed(`Error switching backups of droplet (${id})`)), signal);
}

async function changeBackupPolicy({ client, id, actions, wanted, signal }: Update): Promise<void> {
  const policy = renderBackupPolicy(wanted["backupPolicy"]);
  if (policy === undefined) return;
  const action = actions.start("change_backup_policy", { backup_policy: policy });
  await waitForAction(client, await action.catch(failed(`error changing backup policy on droplet (${id})`)), signal);
}

async function enable(update: Update, action: string, attribute: string, doing: string): Promise<void> {
  await update.actions.start(action).catch(failed(`Error ${doing} for droplet (${update.id})`));
  await update
    .waitFor(attribute, "true", ["", "false"])
    .catch(failed(`Error waiting for ${doing} for droplet (${update.id})`));
}

async function retag({ client, id, old, wanted }: Update): Promise<void> {
  const [before, after] = [textsOf(old["tags"]), textsOf(wanted["tags"])];
  const resources = [{ resource_id: id, resource_type: "droplet" }];
  const pathOf = (tag: string) => `/v2/tags/${encodeURIComponent(tag)}/resources`;
  try {
    for (const tag of before.filter((name) => !after.includes(name)))
      await client.call("DELETE", pathOf(tag), { resources });
    for (const tag of after.filter((name) => !before.includes(name))) {
      await client.call("POST", "/v2/tags", { name: tag });
      await client.call("POST", pathOf(tag), { resources });
    }
  } catch (error) {
    failed("Error updating tags")(error);
  }
}

async function changeVolumes({ client, id, actions, old, wanted, signal }: Update): Promise<void> {
  const [before, after] = [textsOf(old["volumeIds"]), textsOf(wanted["volumeIds"])];
  // A droplet takes one action at a time.
  for (const volume of after.filter((name) => !before.includes(name))) {
    const action = actions.attach(volume).catch(failed(`Error attaching volume "${volume}" to droplet (${id})`));
    await waitForAction(client, await action, signal);
  }
  for (const volume of before.filter((name) => !after.includes(name))) {
    const action = actions.detach(volume).catch(failed(`Error detaching volume "${volume}" from droplet (${id})`));
    await waitForAction(client, await action, signal);
  }
}
