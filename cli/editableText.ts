// SPDX-License-Identifier: Apache-2.0
import { UserError } from "./errors.ts";
import { rivalsAmong } from "./rivalKeys.ts";
import { sameCredential } from "./sameEntry.ts";
import { parseVaultDocument, renderVaultDocument, type VaultDocument } from "./vaultDocument.ts";

/**
 * What a person edits: keys and credentials with their values. Recipients and the operator key have commands of their own, which refuse
 * to lock the owner out, so they are not in it.
 */
export function renderEditable(document: VaultDocument): string {
  const whole = JSON.parse(renderVaultDocument(document)) as Record<string, unknown>;
  return `${JSON.stringify({ keys: whole["keys"], credentials: whole["credentials"] ?? [] }, null, 2)}\n`;
}

/** The document after the edit. @throws UserError that names the place and never a value */
export function parseEditable(bytes: Uint8Array, before: VaultDocument, now: string): VaultDocument {
  const edited = parseWhole(bytes, before.recipients);
  refuseReusedVersions(before, edited);
  refuseRivals(edited);
  const { credentials = [], keys } = edited;
  const dated = credentials.map((credential) => {
    const old = before.credentials?.find(({ name }) => name === credential.name);
    const isSame = old !== undefined && sameCredential(old, credential);
    return isSame || old?.updated !== credential.updated ? credential : { ...credential, updated: now };
  });
  return { ...before, keys, ...(dated.length === 0 && before.credentials === undefined ? {} : { credentials: dated }) };
}

/** Puts the members that are not edited in front of those that are, without reading the text. */
function parseWhole(bytes: Uint8Array, recipients: readonly string[]): VaultDocument {
  const start = bytes.findIndex((byte) => byte > 0x20);
  if (bytes[start] !== 0x7b) throw new UserError("it is not a JSON object");
  const front = Buffer.from(`{"officeClaws":1,"recipients":${JSON.stringify(recipients)},`);
  const whole = Buffer.concat([front, bytes.subarray(start + 1)]);
  try {
    return parseVaultDocument(whole);
  } catch (error) {
    throw atLine(error, bytes, front.length - start - 1);
  } finally {
    whole.fill(0);
  }
}

/** A number names one value for ever: agents refuse another one under it. */
function refuseReusedVersions(before: VaultDocument, after: VaultDocument): void {
  const reused = after.keys.find((key) =>
    before.keys.some(
      (old) =>
        old.agent === key.agent && old.name === key.name && old.version === key.version && !old.value.equals(key.value),
    ),
  );
  if (reused !== undefined)
    throw new UserError(
      `version ${reused.version} of key "${reused.name}" of agent "${reused.agent}" has another value than before`,
      ["give the new value the next version"],
    );
}

function refuseRivals({ keys }: VaultDocument): void {
  const [rivals] = rivalsAmong(keys);
  if (rivals === undefined) return;
  const { agent, provider, names } = rivals;
  throw new UserError(`agent "${agent}" has keys "${names[0]}" and "${names[1]}" for provider "${provider}"`, [
    "an agent has one key a provider",
  ]);
}

/** A place in bytes of the whole text says nothing to a person: it becomes the line of the edited one. */
function atLine(error: unknown, bytes: Uint8Array, shift: number): unknown {
  if (!(error instanceof UserError)) return error;
  const message = error.message.replace(/"byte (\d+)"/, (_, offset: string) => {
    const before = bytes.subarray(0, Math.max(0, Number(offset) - shift));
    return `"line ${before.filter((byte) => byte === 0x0a).length + 1}"`;
  });
  return new UserError(message.replace("not a vault of version 1", "not right"), error.hints, error.exitCode);
}
