// SPDX-License-Identifier: Apache-2.0
import type { Stanza } from "../../protocol/age/header.ts";
import { recipientOf } from "../ageFile.ts";
import { UserError } from "../errors.ts";
import type { AgeKeys } from "./decryptAgeFile.ts";
import { isPostQuantum, shortId } from "./recipient.ts";

/**
 * What a user is told who has another identity or passphrase. The file itself names no recipient, by design of age, so only what
 * was tried can be named.
 */
export async function noMatchInWords(keys: AgeKeys, stanzas: readonly Stanza[]): Promise<UserError> {
  if (keys.passphrase !== undefined) return new UserError("the passphrase is wrong");
  const own = await Promise.all(keys.identities.map(recipientOf));
  return new UserError("no identity matches its recipients", [
    `it is for ${countInWords(stanzas)}, which age files do not name; tried ${own.map(shortId).join(", ") || "none"}`,
    "name another identity with CLAWS_AGE_KEY_FILE",
    ...own.slice(0, 1).map((recipient) => `or let somebody who can open it add you: ${howToAdd(recipient, stanzas)}`),
  ]);
}

/** Only a recipient of the file's own kind can be added. A post-quantum one has 1959 characters, no word for a command line. */
function howToAdd(own: string, stanzas: readonly Stanza[]): string {
  const wanted = stanzas.some(({ type }) => type === "mlkem768x25519");
  if (wanted && !isPostQuantum(own)) return "claws vault identity --new --post-quantum prints what to send them";
  return isPostQuantum(own) ? "claws vault identity prints what to send them" : `claws vault recipients add ${own}`;
}

function countInWords(stanzas: readonly Stanza[]): string {
  const count = (type: string): number => stanzas.filter((stanza) => stanza.type === type).length;
  const [classic, postQuantum, passphrase] = [count("X25519"), count("mlkem768x25519"), count("scrypt")];
  const kinds = [
    ...(classic === 0 ? [] : [`${classic} X25519`]),
    ...(postQuantum === 0 ? [] : [`${postQuantum} post-quantum`]),
  ];
  if (passphrase > 0) return "a passphrase";
  return kinds.length === 0
    ? "recipients of another kind"
    : `${kinds.join(" and ")} ${classic + postQuantum === 1 ? "recipient" : "recipients"}`;
}
