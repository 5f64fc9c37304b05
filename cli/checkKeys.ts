// SPDX-License-Identifier: Apache-2.0
import type { Provider } from "../broker/provider.ts";
import { atOnce } from "./atOnce.ts";
import { checkKey, exitCodeOfCheck, type KeyCheck } from "./checkKey.ts";
import { ExitCode, UserError } from "./errors.ts";
import { renderTable } from "./table.ts";
import type { Terminal } from "./terminal.ts";
import type { VaultKey } from "./vaultDocument.ts";

/** What a provider says of one key of the vault. */
export interface CheckedKey extends KeyCheck {
  readonly agent: string;
  readonly key: string;
  readonly provider: string;
  readonly version: number;
}

/** Enough for an office, and too few to look like an attack to a provider. */
const CHECKS_AT_ONCE = 8;

/** Asks the providers about all these keys; about a key that several agents share only once. */
export async function checkKeys(
  keys: readonly VaultKey[],
  providers: readonly Provider[],
  check: typeof checkKey = checkKey,
): Promise<readonly CheckedKey[]> {
  const distinct = keys.filter((key, index) => keys.findIndex((other) => isSame(other, key)) === index);
  const answers = await atOnce(CHECKS_AT_ONCE, distinct, async (key) =>
    check(key, providers).catch((error: unknown): KeyCheck => {
      if (!(error instanceof UserError)) throw error;
      return { result: "unknown", detail: error.message };
    }),
  );
  return keys.map((key) => {
    const { agent, name, provider, version } = key;
    const answer = answers[distinct.findIndex((other) => isSame(other, key))];
    if (answer === undefined) throw new Error("a key was not checked");
    return { agent, key: name, provider, version, ...answer };
  });
}

/** Prints them; 0 when all work, 3 when one does not or nobody could say. */
export function reportChecks(checked: readonly CheckedKey[], terminal: Terminal, json: boolean): ExitCode {
  if (json) terminal.print(JSON.stringify(checked));
  else {
    const rows = checked.map(({ agent, key, provider, version, result, detail }) => [
      ...[agent, key, provider, String(version), result, detail],
    ]);
    terminal.print(renderTable(["AGENT", "KEY", "PROVIDER", "VERSION", "RESULT", "DETAIL"], rows));
  }
  const dead = checked.filter(({ result }) => result === "invalid");
  for (const { agent, key } of dead) terminal.notice(`replace it: claws keys rotate ${key} --agent ${agent}`);
  return checked.every((one) => exitCodeOfCheck(one) === ExitCode.done) ? ExitCode.done : ExitCode.partly;
}

function isSame(a: VaultKey, b: VaultKey): boolean {
  return a.provider === b.provider && a.value.equals(b.value);
}
