// SPDX-License-Identifier: Apache-2.0
import type { BridgedResource } from "../bridge/bridgedProvider.ts";
import { planUpdate } from "../bridge/planOutputs.ts";
import type { PropertySchema, ResourceSchema } from "../bridge/resourceSchema.ts";
import { asText, isList, isMap, type PropertyMap, type PropertyValue, secret } from "../engine/propertyValue.ts";
import { type TailscaleClient, TailscaleError } from "./client.ts";

// The official provider plans its defaults (false, "") without adding them to the inputs, and so does this schema.
const FLAG: PropertySchema = { shape: "boolean", planned: false, replaces: true };
const OUTPUT: PropertySchema = { shape: "string", outputOnly: true };

/** Properties of an auth key: each input but the last two replaces it. */
export const TAILNET_KEY_SCHEMA: ResourceSchema = {
  reusable: FLAG,
  ephemeral: FLAG,
  preauthorized: FLAG,
  tags: { shape: { set: "string" }, planned: [], replaces: true },
  expiry: { shape: "number", computed: true, replaces: true },
  description: { shape: "string", planned: "", replaces: true, refuse: refuseLong },
  recreateIfInvalid: { shape: "string", refuse: refusePolicy },
  userId: { shape: "string", computed: true },
  key: OUTPUT,
  createdAt: OUTPUT,
  expiresAt: OUTPUT,
  invalid: { shape: "boolean", outputOnly: true },
};

/** An auth key. The key itself is only in the answer to the create call, so the state is its one copy. */
export const tailnetKey: BridgedResource<TailscaleClient> = {
  schema: TAILNET_KEY_SCHEMA,
  refineDiff(difference, { outputs, inputs }) {
    if (outputs["invalid"] !== true || !isRecreated(inputs)) return difference;
    const recreated = ["id", { kind: "update", replace: true }] as const;
    return { ...difference, changes: new Map([...difference.changes, recreated]) };
  },
  async create(client, inputs) {
    const { reusable, ephemeral, preauthorized, tags, expiry, description } = inputs;
    const create = {
      reusable: reusable === true,
      ephemeral: ephemeral === true,
      preauthorized: preauthorized === true,
    };
    const body = {
      capabilities: { devices: { create: { ...create, tags: isList(tags) ? tags : [] } } },
      ...(typeof expiry === "number" && expiry > 0 ? { expirySeconds: expiry } : {}),
      ...(typeof description === "string" && description !== "" ? { description } : {}),
    };
    const made = await client
      .call("POST", "keys", body)
      .catch(failed("Failed to create key: Error creating tailnet key"));
    const key = secret(textOf(made["key"]));
    const outputs = { ...planUpdate(TAILNET_KEY_SCHEMA, {}, inputs), ...parseKey(made), key };
    return { id: textOf(made["id"]), outputs };
  },
  async read(client, { id, outputs }) {
    const found = await findKey(client, id, "reading");
    if (found === undefined) return withSecretKey({ ...outputs, invalid: true });
    refuseOtherKinds(found);
    return withSecretKey({ ...outputs, ...parseKey(found), ...parseCapabilities(found) });
  },
  async update(client, { id, outputs }, inputs) {
    const found = await findKey(client, id, "reading");
    if (found === undefined) {
      // The official provider crashes here (tailscale/terraform-provider-tailscale, issue 809).
      throw new Error(`cannot update tailnet key "${id}": it no longer exists, and the official provider crashes here`);
    }
    refuseOtherKinds(found);
    return withSecretKey({ ...planUpdate(TAILNET_KEY_SCHEMA, outputs, inputs), ...parseKey(found) });
  },
  async delete(client, { id }) {
    await client.call("DELETE", `keys/${encodeURIComponent(id)}`).catch((error: unknown) => {
      // A spent one-off key is gone already.
      if (error instanceof TailscaleError && error.status === 404) return;
      failed(`Failed to delete key: Error deleting tailnet key with id "${id}"`)(error);
    });
  },
};

/** Reusable keys are made again when they became invalid; one-off keys are taken as used, unless the program says otherwise. */
function isRecreated({ recreateIfInvalid, reusable }: PropertyMap): boolean {
  if (recreateIfInvalid === "always") return true;
  return recreateIfInvalid !== "never" && reusable === true;
}

async function findKey(client: TailscaleClient, id: string, doing: string): Promise<PropertyMap | undefined> {
  return await client.call("GET", `keys/${encodeURIComponent(id)}`).catch((error: unknown) => {
    if (error instanceof TailscaleError && error.status === 404) return undefined;
    return failed(`Failed to fetch key: Error ${doing} tailnet key with id "${id}"`)(error);
  });
}

function parseKey(found: PropertyMap): PropertyMap {
  const { expirySeconds, invalid, description } = found;
  return {
    createdAt: rfc3339(textOf(found["created"])),
    expiresAt: rfc3339(textOf(found["expires"])),
    expiry: typeof expirySeconds === "number" ? expirySeconds : null,
    invalid: invalid === true,
    description: textOf(description),
    userId: textOf(found["userId"]),
  };
}

function parseCapabilities({ capabilities }: PropertyMap): PropertyMap {
  const devices = isMap(capabilities) ? capabilities["devices"] : undefined;
  const create = isMap(devices) && isMap(devices["create"]) ? devices["create"] : {};
  const { reusable, ephemeral, preauthorized, tags } = create;
  return {
    reusable: reusable === true,
    ephemeral: ephemeral === true,
    preauthorized: preauthorized === true,
    tags: isList(tags) ? tags : [],
  };
}

function withSecretKey(outputs: PropertyMap): PropertyMap {
  const { key } = outputs;
  return typeof key === "string" ? { ...outputs, key: secret(key) } : outputs;
}

function refuseOtherKinds({ keyType }: PropertyMap): void {
  if (keyType === "auth") return;
  throw new Error(`Invalid key type '${textOf(keyType)}': Only 'auth' keys are supported by this resource`);
}

/** The official provider writes times in whole seconds. */
function rfc3339(time: string): string {
  return time.replace(/\.\d+/, "");
}

function refuseLong(value: PropertyValue): string | undefined {
  return asText(value).length > 50 ? "string length must be at most 50" : undefined;
}

function refusePolicy(value: PropertyValue): string | undefined {
  return ["", "always", "never"].includes(asText(value))
    ? undefined
    : `expected always or never, got "${asText(value)}"`;
}

function textOf(value: PropertyValue | undefined): string {
  return typeof value === "string" ? value : "";
}

function failed(problem: string): (cause: unknown) => never {
  return (cause) => {
    throw new Error(`${problem}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  };
}
