// SPDX-License-Identifier: Apache-2.0
import type { BridgedResource } from "../bridge/bridgedProvider.ts";
import { failed, problemText } from "../bridge/failed.ts";
import { planUpdate } from "../bridge/planOutputs.ts";
import { storedInputs } from "../bridge/resourceSchema.ts";
import { isAbsent, type PropertyMap, UNKNOWN } from "../engine/propertyValue.ts";
import { type Operation, PartialFailure, type ResourceState } from "../engine/resourceProvider.ts";
import { objectIn, textIn } from "./apiObject.ts";
import { type DigitalOceanClient, DigitalOceanError } from "./client.ts";
import { dropletActions } from "./dropletActions.ts";
import { renderDroplet, textsOf } from "./dropletRequest.ts";
import { DROPLET_SCHEMA } from "./dropletSchema.ts";
import { parseDroplet, parseImage } from "./dropletState.ts";
import { waitForAction, waitForDestroy, waitForDroplet } from "./dropletWaits.ts";
import { updateDroplet } from "./dropletUpdate.ts";

const CREATE_TIMEOUT = 60 * 60_000;
const DELETE_TIMEOUT = 60_000;

/** A droplet. Its ID is the API's number as text. */
export const droplet: BridgedResource<DigitalOceanClient> = {
  schema: DROPLET_SCHEMA,
  plan({ backupPolicy, backups }) {
    if (!isAbsent(backupPolicy) && backups === false)
      throw new Error("backup_policy can only be set when backups are enabled");
  },
  refineDiff(difference, { outputs, inputs }) {
    const [change, changes] = [difference.changes.get("ipv6"), new Map(difference.changes)];
    const isSwitchedOff = outputs["ipv6"] === true && inputs["ipv6"] === false;
    if (change !== undefined) changes.set("ipv6", { ...change, replace: isSwitchedOff });
    return { ...difference, changes };
  },
  refinePlan(planned, outputs, inputs) {
    const isSwitchedOn = outputs["ipv6"] !== true && inputs["ipv6"] === true;
    return isSwitchedOn ? { ...planned, ipv6Address: UNKNOWN } : planned;
  },
  create: createDroplet,
  async read(client, { id, outputs }) {
    if (!/^\d+$/.test(id)) throw new Error(`invalid droplet id: "${id}"`);
    const answer = await client.find(`/v2/droplets/${id}`).catch(failed("Error retrieving droplet"));
    if (answer === undefined) return undefined;
    const found = objectIn(answer, "droplet");
    const isImport = outputs["image"] === undefined;
    const imported = isImport ? { image: parseImage(found), resizeDisk: true, gracefulShutdown: false } : {};
    return { ...outputs, ...imported, ...parseDroplet(found) };
  },
  async update(client, { id, outputs }, inputs, operation) {
    const found = await updateDroplet(client, { id, outputs }, inputs, operation);
    return { ...planUpdate(DROPLET_SCHEMA, outputs, inputs), ...found };
  },
  delete: deleteDroplet,
};

async function createDroplet(
  client: DigitalOceanClient,
  inputs: PropertyMap,
  operation: Operation,
): Promise<ResourceState> {
  const body = renderDroplet(inputs);
  const answer = await client.call("POST", "/v2/droplets", body).catch(failed("Error creating droplet"));
  const [id, kept] = [textIn(objectIn(answer, "droplet"), "id"), storedInputs(DROPLET_SCHEMA, inputs)];
  const timeout = timeoutOf(operation, CREATE_TIMEOUT);
  const { signal } = operation;
  const wait = {
    id,
    attribute: "status",
    target: "active",
    pending: ["new"],
    timeout,
    missing: "retry",
    signal,
  } as const;
  const found = await waitForDroplet(client, wait).catch((error: unknown) => {
    const message = problemText(`Error waiting for droplet (${id}) to become ready`, error);
    throw new PartialFailure(message, id, { ...kept, name: body["name"] }, inputs);
  });
  return { id, outputs: { ...kept, ...found } };
}

async function deleteDroplet(
  client: DigitalOceanClient,
  { id, outputs }: ResourceState,
  operation: Operation,
): Promise<void> {
  const [timeout, { signal }] = [timeoutOf(operation, DELETE_TIMEOUT), operation];
  const wait = { id, timeout, missing: "gone", signal } as const;
  // The official provider, too, fails here when the droplet is gone already: a refresh must find that out.
  const unlocked = waitForDroplet(client, { ...wait, attribute: "locked", target: "false", pending: ["true"] });
  await unlocked.catch(failed(`Error waiting for droplet to be unlocked for destroy (${id})`));
  if (outputs["gracefulShutdown"] === true) {
    await dropletActions(client, id)
      .start("shutdown")
      .catch(failed(`Error shutting down the the droplet (${id})`));
    const off = waitForDroplet(client, { ...wait, attribute: "status", target: "off", pending: ["active"] });
    await off.catch(failed(`Error waiting for droplet (${id}) to become off`));
  }
  for (const volume of textsOf(outputs["volumeIds"])) {
    await waitForAction(client, await dropletActions(client, id).detach(volume), signal);
  }
  await destroy(client, id, signal);
}

async function destroy(client: DigitalOceanClient, id: string, signal: AbortSignal): Promise<void> {
  try {
    await client.call("DELETE", `/v2/droplets/${id}`);
  } catch (error) {
    if (error instanceof DigitalOceanError && error.status === 404) return;
    failed("Error deleting droplet")(error);
  }
  await waitForDestroy(client, id, signal).catch(failed("Error deleting droplet"));
}

function timeoutOf({ timeoutSeconds }: Operation, fallback: number): number {
  return timeoutSeconds > 0 ? timeoutSeconds * 1000 : fallback;
}
