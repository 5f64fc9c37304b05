// SPDX-License-Identifier: Apache-2.0
import { PROVIDER_IDS } from "../../../protocol/constants.ts";
import { readAgentName, readNodeTag } from "../../../protocol/names.ts";
import { ParseError } from "../../../protocol/parseError.ts";
import { parseJson } from "../../../protocol/parseJson.ts";
import { Sensitive } from "../../../protocol/sensitive.ts";
import { readList, readObject, readOneOf, type Reader } from "../../../protocol/shape.ts";
import { MAX_METADATA_BYTES } from "./fetchMetadata.ts";

/** What the user-data of a droplet says: public facts about one agent, and the key that lets its machine join the tailnet once. */
export interface UserData {
  readonly officeClaws: 1;
  /** Name of the agent, a DNS label; its node's host name. */
  readonly hostname: string;
  /** Tailnet tag that the node must carry, such as `tag:agent`. */
  readonly tag: string;
  /** Origin of the tailnet's control plane, always https. */
  readonly controlUrl: string;
  /** Name of the workload: one that this image has. */
  readonly runtime: string;
  /** Provider ids whose models the agent may use, at least one, none twice. */
  readonly providers: readonly string[];
  /** One-off auth key of the tailnet. */
  readonly authKey: Sensitive;
}

/** Only an origin: a path, a query or a password in it has no meaning to a control plane. */
const readControlUrl: Reader<string> = (value, path) => {
  const url = typeof value === "string" && value.length <= 300 ? URL.parse(value) : null;
  if (url?.protocol === "https:" && (value === url.origin || value === `${url.origin}/`)) return url.origin;
  throw new ParseError(path, "must be an https origin like https://controlplane.tailscale.com");
};

const readProviders: Reader<readonly string[]> = (value, path) => {
  const providers = readList(readOneOf(PROVIDER_IDS), PROVIDER_IDS.length)(value, path);
  if (providers.length > 0 && new Set(providers).size === providers.length) return providers;
  throw new ParseError(path, "must name at least one provider and none twice");
};

/** OAuth secrets and API keys (`tskey-client-`, `tskey-api-`) rule a whole tailnet: refused, although Tailscale would take them. */
const readAuthKey: Reader<Sensitive> = (value, path) => {
  if (!(value instanceof Sensitive)) throw new ParseError(path, "must be text");
  const { byteLength } = value;
  const key = value.reveal();
  if (byteLength >= 16 && byteLength <= 256 && /^[A-Za-z0-9_-]+$/.test(key) && !/^tskey-(?!auth-)/.test(key))
    return value;
  throw new ParseError(path, "must be an auth key of the tailnet");
};

const read = readObject<UserData>({
  officeClaws: readOneOf([1]),
  hostname: readAgentName,
  tag: readNodeTag,
  controlUrl: readControlUrl,
  runtime: readOneOf(["hello"]),
  providers: readProviders,
  authKey: readAuthKey,
});

/**
 * Parses user-data as components/userData.ts renders it. Every member must be there, be well-formed and be known: a machine that
 * does not understand all of its orders stays closed.
 *
 * @throws ParseError naming the member, never its value. Trying again cannot help: the user-data of a droplet never changes.
 */
export function parseUserData(bytes: Uint8Array): UserData {
  return read(parseJson(bytes, { maxBytes: MAX_METADATA_BYTES, maxDepth: 2, sensitiveMembers: ["authKey"] }), "");
}
