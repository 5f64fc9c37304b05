// SPDX-License-Identifier: Apache-2.0
import { FACTS_DEPTH, SHARED_FACT_READERS, type SharedFacts } from "../../../protocol/agentFacts.ts";
import { PROVIDER_IDS } from "../../../protocol/constants.ts";
import { readEnrolment } from "../../../protocol/dropletIdentity.ts";
import { ParseError } from "../../../protocol/parseError.ts";
import { parseJson } from "../../../protocol/parseJson.ts";
import { Sensitive } from "../../../protocol/sensitive.ts";
import { optional, readObject, readOneOf, type Reader } from "../../../protocol/shape.ts";
import { MAX_METADATA_BYTES } from "./fetchMetadata.ts";

/** What the user-data of a droplet says: public facts about one agent, and the secrets that its first boot uses up. */
export interface UserData extends SharedFacts {
  /** One-off auth key of the tailnet. */
  readonly authKey: Sensitive;
  /** With which the droplet proves its identity; there exactly when there are operators' keys. */
  readonly enrolment?: Sensitive;
}

/** Workloads that this image has. */
const RUNTIMES = ["hello", "openclaw"] as const;

/** Only an origin: a path, a query or a password in it has no meaning to a control plane. */
const readControlUrl: Reader<string> = (value, path) => new URL(SHARED_FACT_READERS.controlUrl(value, path)).origin;

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
  ...SHARED_FACT_READERS,
  controlUrl: readControlUrl,
  runtime: readOneOf(RUNTIMES),
  authKey: readAuthKey,
  enrolment: optional(readEnrolment),
});

/**
 * Parses user-data as components/userData.ts renders it. Every member must be well-formed and be known, and all but the last ones must
 * be there: a machine that does not understand all of its orders stays closed.
 *
 * @throws ParseError naming the member, never its value. Trying again cannot help: the user-data of a droplet never changes.
 */
export function parseUserData(bytes: Uint8Array): UserData {
  const sensitiveMembers = ["authKey", "enrolment"];
  const userData = read(
    parseJson(bytes, { maxBytes: MAX_METADATA_BYTES, maxDepth: FACTS_DEPTH, sensitiveMembers }),
    "",
  );
  const { providers, customProviders = [], operatorKeys, enrolment } = userData;
  const known = [...PROVIDER_IDS, ...customProviders.map(({ id }) => id)];
  if (!providers.every((id) => known.includes(id)))
    throw new ParseError("providers", "must name providers that are built in or among customProviders");
  // Without the secret nobody could tell the droplet's seals from somebody else's; without operators nobody would ask for one.
  if ((operatorKeys === undefined) !== (enrolment === undefined))
    throw new ParseError("enrolment", "must be there together with operatorKeys, and only then");
  return userData;
}
