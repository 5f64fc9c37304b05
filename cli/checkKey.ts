// SPDX-License-Identifier: Apache-2.0
import type { Provider } from "../broker/provider.ts";
import { callApi, NoReply, type ApiReply, type ApiRequest } from "./apiClient.ts";
import { ExitCode, UserError } from "./errors.ts";
import type { VaultKey } from "./vaultDocument.ts";

/** What a provider's answer says of a key, and nothing more: its body may quote the key. */
export interface KeyCheck {
  readonly result: "live" | "invalid" | "restricted" | "quota" | "unknown";
  /** In words, for people. */
  readonly detail: string;
}

const TIMEOUT = 5000;
/** A list of models may be long; it is thrown away. */
const LIMIT = 8 * 1024 * 1024;

/**
 * Asks the provider itself, from this machine, whether it knows a key, by a request that spends nothing. No redirect is followed.
 *
 * @throws UserError when nobody told us how to check this provider's keys.
 */
export async function checkKey(
  { provider: id, value }: Pick<VaultKey, "provider" | "value">,
  providers: readonly Provider[],
  call: (request: ApiRequest) => Promise<ApiReply> = callApi,
): Promise<KeyCheck> {
  const provider = providers.find((one) => one.id === id);
  if (provider?.probe === undefined || provider.auth === null)
    throw new UserError(`nobody told claws how to check a key of provider "${id}"`, [
      `it can check: ${providers
        .filter(({ probe }) => probe !== undefined)
        .map((one) => one.id)
        .join(", ")}`,
    ]);
  const { origin, auth, probe } = provider;
  const headers = { ...probe.headers, accept: "application/json", [auth.header]: auth.prefix + value.reveal() };
  const request = { method: probe.method, url: new URL(probe.path, origin), headers, limit: LIMIT } as const;
  try {
    const { status } = await call({ ...request, connectTimeout: TIMEOUT, totalTimeout: TIMEOUT });
    return inWords(status, probe);
  } catch (error) {
    if (error instanceof NoReply) return { result: "unknown", detail: `the provider did not answer: ${error.message}` };
    throw error;
  }
}

/** 0 for a key that works, 1 for one that does not or that nobody could ask about. */
export function exitCodeOfCheck({ result }: KeyCheck): ExitCode {
  return result === "invalid" || result === "unknown" ? ExitCode.failed : ExitCode.done;
}

function inWords(status: number, { live, invalid }: NonNullable<Provider["probe"]>): KeyCheck {
  if (live.includes(status)) return { result: "live", detail: "the provider knows it" };
  if (invalid.includes(status)) return { result: "invalid", detail: "the provider does not take it" };
  if (status === 403)
    return { result: "restricted", detail: "the provider knows it, but not for this request or place" };
  if (status === 429) return { result: "quota", detail: "the provider knows it, but nothing is left to spend now" };
  return { result: "unknown", detail: `the provider answered with status ${status}` };
}
