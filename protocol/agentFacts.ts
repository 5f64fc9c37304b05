// SPDX-License-Identifier: Apache-2.0
import { readCustomProviders, type CustomProvider } from "./customProvider.ts";
import { readDropletIdentity, type DropletIdentity } from "./dropletIdentity.ts";
import { readPublicKey } from "./ed25519.ts";
import { MAX_EGRESS_RULES, readEgress } from "./egress.ts";
import { readAgentName, readNodeTag, readProviderId, readRuntimeName } from "./names.ts";
import { ParseError } from "./parseError.ts";
import { parseJson } from "./parseJson.ts";
import { optional, readBoolean, readList, readObject, readOneOf, type Reader } from "./shape.ts";
import { readTailnetEndpoint } from "./tailnetAddress.ts";

/** What both the user-data of a droplet and its agent.json say about an agent. Nothing in it is secret. */
export interface SharedFacts {
  readonly officeClaws: 1;
  readonly hostname: string;
  /** Tag that this agent's own node must carry. */
  readonly tag: string;
  readonly controlUrl: string;
  readonly runtime: string;
  /** Providers that this agent may use, at least one, none twice. */
  readonly providers: readonly string[];
  /** Raw Ed25519 public keys of the operators whose sealed pushes are taken, 1 to 8; missing: plain pushes are taken. */
  readonly operatorKeys?: readonly string[];
  /** Providers that are not in the broker's table. */
  readonly customProviders?: readonly CustomProvider[];
  /** Tailnet address and port of the owner's broker; the droplet itself then holds no key. */
  readonly remoteBroker?: string;
  /** Networks and TCP ports that the workload may reach besides the broker; missing: none. */
  readonly egress?: readonly string[];
  /** Whether operators whom the tailnet's policy names may log in as root; missing: see {@link isSshOn}. */
  readonly ssh?: boolean;
}

/** What first boot wrote down about this agent in agent.json. */
export interface AgentFacts extends SharedFacts {
  /** The droplet's own signing key; there exactly when there are operators' keys. */
  readonly identity?: DropletIdentity;
}

const MAX_PROVIDERS = 32;
const MAX_OPERATOR_KEYS = 8;

const readControlUrl: Reader<string> = (value, path) => {
  const url = typeof value === "string" && value.length <= 300 ? URL.parse(value) : null;
  if (url?.protocol === "https:" && url.origin === String(value).replace(/\/$/, "")) return String(value);
  throw new ParseError(path, "must be an https origin like https://controlplane.tailscale.com");
};

/** A list with at least one item and none twice. */
function readSet(item: Reader<string>, max: number): Reader<readonly string[]> {
  return (value, path) => {
    const items = readList(item, max)(value, path);
    if (items.length > 0 && new Set(items).size === items.length) return items;
    throw new ParseError(path, "must have at least one item and none twice");
  };
}

/** Readers of the members that user-data and agent.json share. */
export const SHARED_FACT_READERS: { readonly [K in keyof SharedFacts]-?: Reader<SharedFacts[K]> } = {
  officeClaws: readOneOf([1]),
  hostname: readAgentName,
  tag: readNodeTag,
  controlUrl: readControlUrl,
  runtime: readRuntimeName,
  providers: readSet(readProviderId, MAX_PROVIDERS),
  operatorKeys: optional(readSet(readPublicKey, MAX_OPERATOR_KEYS)),
  customProviders: optional(readCustomProviders),
  remoteBroker: optional(readTailnetEndpoint),
  egress: optional(readSet(readEgress, MAX_EGRESS_RULES)),
  ssh: optional(readBoolean),
};

/**
 * Whether Tailscale SSH is on. Who logs in is decided by the control plane, and root can read the keys in the daemon's memory. An agent
 * with operators' keys does not trust the control plane that far, so there it is off until its owner says otherwise.
 */
export function isSshOn({ ssh, operatorKeys }: Pick<SharedFacts, "ssh" | "operatorKeys">): boolean {
  return ssh ?? operatorKeys === undefined;
}

/** Deepest nesting of both documents. */
export const FACTS_DEPTH = 4;

const read = readObject<AgentFacts>({ ...SHARED_FACT_READERS, identity: optional(readDropletIdentity) });

/** @throws ParseError */
export function parseAgentFacts(text: Uint8Array): AgentFacts {
  const facts = read(parseJson(text, { maxDepth: FACTS_DEPTH }), "");
  if ((facts.operatorKeys === undefined) === (facts.identity === undefined)) return facts;
  throw new ParseError("identity", "must be there together with operatorKeys, and only then");
}
