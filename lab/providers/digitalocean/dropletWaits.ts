// SPDX-License-Identifier: Apache-2.0
import { failed } from "../bridge/failed.ts";
import { asText, type PropertyMap } from "../engine/propertyValue.ts";
import { waitForState } from "../waitForState.ts";
import { numberIn, objectIn, textIn } from "./apiObject.ts";
import type { DigitalOceanClient } from "./client.ts";
import { parseDroplet } from "./dropletState.ts";

/** What a droplet is waited for with. */
export interface DropletWait {
  readonly id: string;
  /** Output to look at, e.g. `status`. */
  readonly attribute: string;
  readonly target: string;
  readonly pending: readonly string[];
  /** Milliseconds. */
  readonly timeout: number;
  /** What a 404 means: not there yet, gone as wanted, or an error. */
  readonly missing: "retry" | "gone" | "error";
  readonly signal: AbortSignal;
}

const ACTION_TIMEOUT = 60 * 60_000;
const DESTROY_TIMEOUT = 60_000;
const NOT_FOUND = "Not Found";

/** Waits until an attribute of an unlocked droplet has the target value and returns its outputs. */
export async function waitForDroplet(client: DigitalOceanClient, wait: DropletWait): Promise<PropertyMap> {
  const look = async () => {
    const outputs = await lookAtDroplet(client, wait.id);
    if (outputs === undefined) return whenMissing(wait);
    // A locked droplet accepts no action yet, so its state does not count.
    if (outputs["locked"] === true) return undefined;
    return { state: asText(outputs[wait.attribute]), result: outputs };
  };
  return await waitForState({ ...wait, notFoundChecks: 120, look }, client.timing, client.clock);
}

/** Waits until a deleted droplet is gone. */
export async function waitForDestroy(client: DigitalOceanClient, id: string, signal: AbortSignal): Promise<void> {
  const wait = {
    id,
    attribute: "status",
    target: NOT_FOUND,
    pending: ["active", "off"],
    timeout: DESTROY_TIMEOUT,
    signal,
  };
  await waitForDroplet(client, { ...wait, missing: "gone" });
}

/** Waits until an action is completed. */
export async function waitForAction(
  client: DigitalOceanClient,
  answer: PropertyMap,
  signal: AbortSignal,
): Promise<void> {
  const id = textIn(objectIn(answer, "action"), "id");
  const look = async () => {
    const action = objectIn(await client.call("GET", `/v2/actions/${id}`), "action");
    return { state: actionState(action), result: undefined };
  };
  const wait = { target: "completed", pending: ["in-progress"], timeout: ACTION_TIMEOUT, notFoundChecks: 60, signal };
  await waitForState({ ...wait, look }, client.timing, client.clock);
}

/** Returns a droplet's outputs, or undefined when it is gone. */
export async function lookAtDroplet(client: DigitalOceanClient, id: string): Promise<PropertyMap | undefined> {
  const answer = await client.find(`/v2/droplets/${id}`).catch(failed("Error retrieving droplet"));
  return answer && parseDroplet(objectIn(answer, "droplet"));
}

function whenMissing({ id, missing }: DropletWait): { state: string; result: PropertyMap } | undefined {
  if (missing === "gone") return { state: NOT_FOUND, result: {} };
  if (missing === "error") throw new Error(`droplet (${id}) not found during update`);
  return undefined;
}

function actionState(action: PropertyMap): string {
  if (textIn(action, "status") === "errored") return "errored";
  return textIn(action, "completed_at") !== "" || numberIn(action, "completed_at") > 0 ? "completed" : "in-progress";
}
