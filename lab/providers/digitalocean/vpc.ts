// SPDX-License-Identifier: Apache-2.0
import { isIP } from "node:net";
import type { BridgedResource } from "../bridge/bridgedProvider.ts";
import { failed } from "../bridge/failed.ts";
import { asText, type PropertyMap, type PropertyValue } from "../engine/propertyValue.ts";
import type { Operation } from "../engine/resourceProvider.ts";
import { objectIn, textIn } from "./apiObject.ts";
import { type DigitalOceanClient, DigitalOceanError } from "./client.ts";

const DELETE_TIMEOUT = 2 * 60_000;

// One create at a time in a region: the API picks free ranges and would pick the same twice.
const lastCreate = new Map<string, Promise<unknown>>();

/** A VPC. Its ID is a UUID. */
export const vpc: BridgedResource<DigitalOceanClient> = {
  schema: {
    name: { shape: "string", autoName: true },
    region: { shape: "string", required: true, replaces: true },
    description: {
      shape: "string",
      refuse: (value) => (asText(value).length > 255 ? "at most 255 characters" : undefined),
    },
    ipRange: { shape: "string", computed: true, replaces: true, refuse: refuseRange },
    vpcUrn: { shape: "string", outputOnly: true },
    default: { shape: "boolean", outputOnly: true },
    createdAt: { shape: "string", outputOnly: true },
  },
  async create(client, { name = null, region = "", description, ipRange }) {
    const body = { name, region, description, ip_range: ipRange };
    const create = () => client.call("POST", "/v2/vpcs", body).catch(failed("Error creating VPC"));
    const answer = await inTurn(asText(region), create);
    const id = textIn(objectIn(answer, "vpc"), "id");
    return { id, outputs: outputsOf(objectIn(answer, "vpc"), description) };
  },
  async read(client, { id, outputs }) {
    const answer = await client.find(`/v2/vpcs/${id}`).catch(failed("Error reading VPC"));
    return answer && outputsOf(objectIn(answer, "vpc"), outputs["description"]);
  },
  async update(client, { id, outputs }, { name = null, description = "" }) {
    const body = { name, description, default: outputs["default"] === true };
    const answer = await client.call("PUT", `/v2/vpcs/${id}`, body).catch(failed("Error updating VPC "));
    return outputsOf(objectIn(answer, "vpc"), description);
  },
  async delete(client, { id }, operation) {
    await deleteWhenEmpty(client, id, operation).catch((error: unknown) => {
      const isMember = error instanceof DigitalOceanError && isRetryable(error.status);
      return failed(isMember ? "timeout while waiting for the VPC to be empty" : "Error deleting VPC")(error);
    });
  },
};

/** Members leave a VPC some time after they are destroyed; until then a delete is refused. */
async function deleteWhenEmpty(client: DigitalOceanClient, id: string, { timeoutSeconds, signal }: Operation) {
  const deadline = client.clock.now() + (timeoutSeconds > 0 ? timeoutSeconds * 1000 : DELETE_TIMEOUT);
  for (let pause = client.timing.retryMin; ; pause = Math.min(pause * 2, client.timing.retryMax)) {
    try {
      await client.call("DELETE", `/v2/vpcs/${id}`);
      return;
    } catch (error) {
      if (!(error instanceof DigitalOceanError) || !isRetryable(error.status)) throw error;
      if (client.clock.now() + pause > deadline) throw error;
    }
    await client.clock.sleep(pause, signal);
  }
}

function isRetryable(status: number): boolean {
  return status === 403 || status === 409;
}

function outputsOf(found: PropertyMap, description: PropertyValue | undefined): PropertyMap {
  return {
    name: textIn(found, "name"),
    region: textIn(found, "region"),
    description: textIn(found, "description") || (description === "" ? "" : null),
    ipRange: textIn(found, "ip_range"),
    vpcUrn: textIn(found, "urn"),
    default: found["default"] === true,
    createdAt: goTime(textIn(found, "created_at")),
  };
}

/** The official provider keeps this one time as Go prints it. */
function goTime(time: string): string {
  const [date = "", clock = ""] = time.replace(/Z$/, "").split("T");
  return `${date} ${clock} +0000 UTC`;
}

function refuseRange(value: PropertyValue): string | undefined {
  const [address = "", bits = ""] = asText(value).split("/");
  const isRange = isIP(address) !== 0 && /^\d{1,3}$/.test(bits) && Number(bits) <= (isIP(address) === 4 ? 32 : 128);
  return isRange ? undefined : `expected a range in CIDR notation, got "${asText(value)}"`;
}

async function inTurn<T>(region: string, create: () => Promise<T>): Promise<T> {
  const turn = (lastCreate.get(region) ?? Promise.resolve()).then(create, create);
  lastCreate.set(region, turn);
  return await turn;
}
