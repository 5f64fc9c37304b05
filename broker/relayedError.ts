// SPDX-License-Identifier: Apache-2.0
import { BROKER_ERROR_HEADER } from "../protocol/constants.ts";
import type { Provider } from "./provider.ts";
import { headerValue } from "./responseHeaders.ts";

/** The mark of an error of the owner's broker, for the client of a broker that relays to it; nothing from a provider counts as one. */
export function relayedError({ auth }: Provider, rawHeaders: readonly string[]): readonly string[] {
  const code = auth === null ? headerValue(rawHeaders, BROKER_ERROR_HEADER) : undefined;
  return code !== undefined && /^[a-z]+(?:-[a-z]+)*$/.test(code) ? [BROKER_ERROR_HEADER, code] : [];
}
