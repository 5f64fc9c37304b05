// SPDX-License-Identifier: Apache-2.0

/** The fields of a device that the node step looks at. */
export interface Device {
  readonly nodeId: string;
  /** MagicDNS name with the tailnet's suffix. */
  readonly name: string;
  /** Host name as the machine reports it. */
  readonly hostname: string;
  readonly authorized: boolean;
  readonly tags: readonly string[];
  /** Milliseconds since the epoch. */
  readonly created: number;
}

/** An answer of Tailscale's API that is not a success. `status` is the HTTP status. */
export class TailscaleApiError extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** What the node step asks of Tailscale's API. */
export interface DeviceApi {
  /** Every device of the tailnet. @throws {TailscaleApiError} */
  list(): Promise<readonly Device[]>;
  /** Removes a device; false if there is none with that ID. @throws {TailscaleApiError} */
  remove(nodeId: string): Promise<boolean>;
}

const callTimeoutMs = 30_000;

/**
 * Devices of a tailnet over Tailscale's API v2. Reads the variables that the Tailscale provider reads, because it runs
 * in the same environment: TAILSCALE_BASE_URL, TAILSCALE_TAILNET, and TAILSCALE_API_KEY or TAILSCALE_OAUTH_CLIENT_ID
 * with TAILSCALE_OAUTH_CLIENT_SECRET.
 * @throws {Error} if no credential is set.
 */
export function createDeviceApi(environment: NodeJS.ProcessEnv): DeviceApi {
  const base = (environment["TAILSCALE_BASE_URL"] ?? "https://api.tailscale.com").replace(/\/+$/, "");
  const tailnet = encodeURIComponent(environment["TAILSCALE_TAILNET"] ?? "-");
  const authorize = createAuthorizer(base, environment);

  const call = async (method: string, path: string): Promise<Response> =>
    fetch(`${base}/api/v2${path}`, {
      method,
      redirect: "error",
      headers: { authorization: await authorize() },
      signal: AbortSignal.timeout(callTimeoutMs),
    });

  return {
    async list() {
      const response = await call("GET", `/tailnet/${tailnet}/devices?fields=all`);
      await expectSuccess(response, "list devices");
      return parseDevices(await response.json());
    },
    async remove(nodeId) {
      const response = await call("DELETE", `/device/${encodeURIComponent(nodeId)}`);
      if (response.status === 404) return false;
      await expectSuccess(response, `remove node "${nodeId}"`);
      return true;
    },
  };
}

function createAuthorizer(base: string, environment: NodeJS.ProcessEnv): () => Promise<string> {
  const apiKey = environment["TAILSCALE_API_KEY"];
  const clientId = environment["TAILSCALE_OAUTH_CLIENT_ID"];
  const clientSecret = environment["TAILSCALE_OAUTH_CLIENT_SECRET"];
  if (apiKey) {
    const basic = Buffer.from(`${apiKey}:`).toString("base64");
    return () => Promise.resolve(`Basic ${basic}`);
  }
  if (!clientId || !clientSecret) {
    throw new Error(
      "no Tailscale credential: set TAILSCALE_API_KEY, or TAILSCALE_OAUTH_CLIENT_ID and TAILSCALE_OAUTH_CLIENT_SECRET",
    );
  }
  // Tokens live an hour, longer than any wait, so one is enough. A failed try is not kept: the next call tries again.
  let token: string | undefined;
  return async () => `Bearer ${(token ??= await fetchToken(base, clientId, clientSecret))}`;
}

async function fetchToken(base: string, clientId: string, clientSecret: string): Promise<string> {
  const response = await fetch(`${base}/api/v2/oauth/token`, {
    method: "POST",
    redirect: "error",
    body: new URLSearchParams({ client_id: clientId, client_secret: clientSecret, grant_type: "client_credentials" }),
    signal: AbortSignal.timeout(callTimeoutMs),
  });
  await expectSuccess(response, "fetch an OAuth token");
  const body: unknown = await response.json();
  const token = isRecord(body) ? body["access_token"] : undefined;
  if (typeof token !== "string" || token === "") throw new TailscaleApiError(502, "the OAuth answer holds no token");
  return token;
}

async function expectSuccess(response: Response, action: string): Promise<void> {
  if (response.ok) return;
  // The body of an error may quote the request; only the API's own message field is passed on.
  const body: unknown = await response.json().catch(() => undefined);
  const cause = isRecord(body) && typeof body["message"] === "string" ? body["message"] : "no message";
  throw new TailscaleApiError(response.status, `cannot ${action}: ${response.status} ${cause}`);
}

/** @throws {Error} if the answer is no device list of the documented shape. */
export function parseDevices(body: unknown): Device[] {
  const devices = isRecord(body) ? body["devices"] : undefined;
  if (!Array.isArray(devices)) throw new Error("cannot read the device list: no member `devices`");
  return devices.map(parseDevice);
}

function parseDevice(value: unknown): Device {
  if (!isRecord(value)) throw new Error("cannot read the device list: a device is no object");
  const { nodeId, name, hostname, authorized, tags = [], created } = value;
  const time = typeof created === "string" ? Date.parse(created) : Number.NaN;
  if (typeof nodeId !== "string" || nodeId === "" || typeof name !== "string" || typeof hostname !== "string") {
    throw new Error("cannot read the device list: a device lacks nodeId, name or hostname");
  }
  if (typeof authorized !== "boolean" || !isStrings(tags) || Number.isNaN(time)) {
    throw new Error(`cannot read the device list: authorized, tags or created of node "${nodeId}" are malformed`);
  }
  return { nodeId, name, hostname, authorized, tags, created: time };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isStrings(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((item) => typeof item === "string");
}
