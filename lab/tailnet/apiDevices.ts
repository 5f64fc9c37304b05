// SPDX-License-Identifier: Apache-2.0
import { bodyMembers, optionalFlag, optionalTags, optionalText, type ApiCall, type ApiReply } from "./apiCall.ts";
import { ApiError } from "./apiError.ts";
import { tagOwners } from "./apiPolicy.ts";
import type { HeadscaleClient } from "./headscaleClient.ts";
import { HeadscaleError } from "./headscaleError.ts";
import type { HeadscaleNode } from "./headscaleRecords.ts";

/** What the devices need. */
export interface DeviceOptions {
  readonly headscale: HeadscaleClient;
  /** Parent domain of node names. */
  readonly domain: string;
}

type DeviceCall = (call: ApiCall) => Promise<ApiReply>;

/** The device calls; each that names a device takes its nodeId or its id. */
export interface Devices {
  readonly list: DeviceCall;
  readonly get: DeviceCall;
  readonly delete: DeviceCall;
  readonly setAuthorized: DeviceCall;
  readonly setTags: DeviceCall;
  readonly setName: DeviceCall;
  readonly setKey: DeviceCall;
  readonly expire: DeviceCall;
}

/** The old `id` of a device differs from its nodeId, so that whoever confuses them is found out. */
const oldIdBase = 92_000_000_000_000_000n;

/** Makes the calls. Every one rejects with ApiError 404 for an unknown device. */
export function createDevices(options: DeviceOptions): Devices {
  const { headscale } = options;
  const find = (call: ApiCall): Promise<HeadscaleNode> => findNode(headscale, call.parameters[0] ?? "");
  const changing =
    (change: (node: HeadscaleNode, call: ApiCall) => Promise<unknown>): DeviceCall =>
    async (call) => {
      await change(await find(call), call);
      return { status: 200, json: {} };
    };
  return {
    list: async ({ query }) => {
      const devices = (await headscale.listNodes()).map((node) => renderDevice(node, options.domain, wantsAll(query)));
      return { status: 200, json: { devices: devices.filter((device) => matches(device, query)) } };
    },
    get: async (call) => ({ status: 200, json: renderDevice(await find(call), options.domain, wantsAll(call.query)) }),
    delete: changing((node) => headscale.deleteNode(node.id)),
    setAuthorized: changing((_node, { body }) =>
      requireTrue(body, "authorized", "device approval is not enabled for this tailnet"),
    ),
    setTags: changing((node, { body }) => setTags(headscale, node, body)),
    setName: changing((node, { body }) => rename(options, node, body)),
    setKey: changing((_node, { body }) =>
      requireTrue(body, "keyExpiryDisabled", "key expiry cannot be enabled in this tailnet"),
    ),
    expire: changing((node) => headscale.expireNode(node.id)),
  };
}

type Device = Readonly<Record<string, unknown>>;

/** A node in the form of Tailscale's API. */
export function renderDevice(node: HeadscaleNode, domain: string, all: boolean): Device {
  const device = {
    addresses: node.addresses,
    authorized: true,
    blocksIncomingConnections: false,
    clientVersion: "",
    connectedToControl: node.online,
    created: seconds(node.createdAt),
    expires: node.expiry === null ? "0001-01-01T00:00:00Z" : seconds(node.expiry),
    hostname: node.hostname,
    id: String(oldIdBase + BigInt(node.id)),
    isEphemeral: node.ephemeral,
    isExternal: false,
    keyExpiryDisabled: node.expiry === null,
    // Tailscale leaves it out while the device is connected.
    ...(node.online || node.lastSeen === null ? {} : { lastSeen: seconds(node.lastSeen) }),
    machineKey: node.machineKey,
    name: `${node.givenName}.${domain}`,
    nodeId: node.id,
    nodeKey: node.nodeKey,
    os: "linux",
    ...(node.tags.length === 0 ? {} : { tags: node.tags }),
    tailnetLockError: "",
    tailnetLockKey: "",
    updateAvailable: false,
    user: node.user,
  };
  return all
    ? { ...device, advertisedRoutes: [], enabledRoutes: [], multipleConnections: false, sshEnabled: false }
    : device;
}

function seconds(time: string): string {
  return new Date(time).toISOString().replace(/\.\d+Z$/, "Z");
}

function wantsAll(query: URLSearchParams): boolean {
  const fields = query.get("fields") ?? "default";
  if (fields !== "all" && fields !== "default") throw new ApiError(400, `invalid fields value "${fields}"`);
  return fields === "all";
}

/** Every other query parameter is a property that the device must have; one of several values is enough for a list. */
function matches(device: Device, query: URLSearchParams): boolean {
  return [...new Set(query.keys())]
    .filter((property) => property !== "fields")
    .every((property) => {
      const value = device[property] ?? [];
      const held = (Array.isArray(value) ? value : [value]).map(String);
      return query.getAll(property).some((wanted) => held.includes(wanted));
    });
}

async function findNode(headscale: HeadscaleClient, id: string): Promise<HeadscaleNode> {
  if (!/^[1-9][0-9]{0,18}$/.test(id)) throw noDevice();
  const number = BigInt(id);
  const nodeId = String(number > oldIdBase ? number - oldIdBase : number);
  return headscale.fetchNode(nodeId).catch((cause: unknown) => {
    throw cause instanceof HeadscaleError && cause.status === 404 ? noDevice() : cause;
  });
}

function noDevice(): ApiError {
  return new ApiError(404, "no matching device found");
}

async function setTags(headscale: HeadscaleClient, node: HeadscaleNode, body: string): Promise<void> {
  const tags = optionalTags(bodyMembers(body), "tags");
  if (tags.length === 0) throw new ApiError(400, "a tagged device cannot lose all of its tags");
  const owners = await tagOwners(headscale);
  if (!tags.every((tag) => owners.has(tag))) {
    throw new ApiError(400, `requested tags [${tags.join(" ")}] are invalid or not permitted`);
  }
  await headscale.setTags(node.id, tags);
}

async function rename({ headscale, domain }: DeviceOptions, node: HeadscaleNode, body: string): Promise<void> {
  const name = optionalText(bodyMembers(body), "name");
  const label = name.endsWith(`.${domain}`) ? name.slice(0, -domain.length - 1) : name;
  // An empty name gives the device the name of its machine again.
  const wanted = label === "" ? node.hostname : label;
  if (!/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(wanted)) throw new ApiError(400, `invalid device name "${name}"`);
  const taken = (await headscale.listNodes()).some(({ id, givenName }) => id !== node.id && givenName === wanted);
  if (taken) throw new ApiError(409, `the name "${wanted}" is already in use`);
  await headscale.renameNode(node.id, wanted);
}

/** headscale has no such switch: what is always so may be asked for, the opposite is refused. */
function requireTrue(body: string, name: string, refusal: string): Promise<void> {
  return optionalFlag(bodyMembers(body), name) ? Promise.resolve() : Promise.reject(new ApiError(400, refusal));
}
