// SPDX-License-Identifier: Apache-2.0
import { ParseError } from "../protocol/parseError.ts";
import { Sensitive } from "../protocol/sensitive.ts";
import { readObject, readOneOf, type Reader } from "../protocol/shape.ts";
import { readTime } from "../protocol/time.ts";
import type { SecretRule } from "./secretInput.ts";
import { setting, type Environment } from "./environment.ts";
import { nearest } from "./nearest.ts";
import { UserError } from "./errors.ts";

/** A cloud credential: the environment variable that it stands in for, and what this would hold. */
export interface Credential {
  readonly name: CredentialName;
  readonly value: Sensitive;
  /** RFC 3339. */
  readonly updated: string;
}

/** Credentials that are one choice: the vault's are used only while the environment has none of `names` and none of `instead`. */
interface CredentialGroup {
  readonly names: readonly string[];
  readonly instead?: readonly string[];
}

export const CREDENTIAL_NAMES = [
  "DIGITALOCEAN_TOKEN",
  "TAILSCALE_OAUTH_CLIENT_ID",
  "TAILSCALE_OAUTH_CLIENT_SECRET",
  "TAILSCALE_API_KEY",
  "TAILSCALE_TAILNET",
  "PULUMI_CONFIG_PASSPHRASE",
  "PULUMI_ACCESS_TOKEN",
  "AWS_ACCESS_KEY_ID",
  "AWS_SECRET_ACCESS_KEY",
] as const;

/** One of {@link CREDENTIAL_NAMES}. */
export type CredentialName = (typeof CREDENTIAL_NAMES)[number];

/** Halves of a pair never come from two places, and two ways to prove the same are never mixed. */
const GROUPS: readonly CredentialGroup[] = [
  { names: ["DIGITALOCEAN_TOKEN"], instead: ["DIGITALOCEAN_ACCESS_TOKEN"] },
  { names: ["TAILSCALE_API_KEY", "TAILSCALE_OAUTH_CLIENT_ID", "TAILSCALE_OAUTH_CLIENT_SECRET"] },
  { names: ["TAILSCALE_TAILNET"] },
  { names: ["PULUMI_CONFIG_PASSPHRASE"], instead: ["PULUMI_CONFIG_PASSPHRASE_FILE"] },
  { names: ["PULUMI_ACCESS_TOKEN"] },
  { names: ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"], instead: ["AWS_PROFILE", "AWS_SESSION_TOKEN"] },
];

const LONGEST = 4096;

/** Whether the value can be a variable's: 1 to 4096 bytes of UTF-8 on one line, without control characters. */
export function isCredentialValue(value: Sensitive): boolean {
  if (value.byteLength < 1 || value.byteLength > LONGEST) return false;
  return value.everyByte((byte) => byte >= 0x20 && byte !== 0x7f);
}

const readValue: Reader<Sensitive> = (value, path) => {
  if (value instanceof Sensitive && isCredentialValue(value)) return value;
  throw new ParseError(path, `must be 1 to ${LONGEST} bytes on one line`);
};

/** What `claws vault credentials set` takes. */
export const credentialRule: SecretRule = {
  noun: "credential",
  accepts: isCredentialValue,
  rule: `must be 1 to ${LONGEST} bytes of text on one line`,
  usage: "claws vault credentials set NAME < FILE",
};

/** Reads a credential whose value is `Sensitive` already. */
export const readCredential: Reader<Credential> = readObject<Credential>({
  name: readOneOf(CREDENTIAL_NAMES),
  value: readValue,
  updated: readTime,
});

/** Checks a name from the command line. @throws UserError with the nearest name; what may be a pasted credential is not shown */
export function credentialName(given: string): CredentialName {
  const known = CREDENTIAL_NAMES.find((name) => name === given);
  if (known !== undefined) return known;
  const near = nearest(given, CREDENTIAL_NAMES);
  throw new UserError("NAME is not the name of a credential that the vault holds", [
    ...(near === undefined ? [] : [`did you mean ${near}?`]),
    `it holds ${CREDENTIAL_NAMES.join(", ")}`,
  ]);
}

/** The names of the vault's credentials that this environment leaves room for. */
export function missingFrom(environment: Environment): readonly string[] {
  const isFree = ({ names, instead = [] }: CredentialGroup): boolean =>
    [...names, ...instead].every((name) => setting(environment, name) === undefined);
  return GROUPS.filter(isFree).flatMap(({ names }) => names);
}

/** @throws UserError when the credentials hold two ways to prove the same to Tailscale */
export function refuseBothKinds(credentials: readonly Pick<Credential, "name">[]): void {
  const names = credentials.map(({ name }) => name);
  const pair = names.find((name) => name.startsWith("TAILSCALE_OAUTH_"));
  if (pair === undefined || !names.includes("TAILSCALE_API_KEY")) return;
  throw new UserError(`the vault would hold both TAILSCALE_API_KEY and ${pair}: the provider refuses both`, [
    "remove one kind first: claws vault credentials remove NAME",
  ]);
}
