// SPDX-License-Identifier: Apache-2.0
import { wipeSecrets } from "./jsonValue.ts";
import { parseJson, type ParseJsonOptions } from "./parseJson.ts";
import type { Reader } from "./shape.ts";

/**
 * Reads a document whose members `value` are secrets. When it does not have the form that it must have, nothing of them stays in memory.
 * @throws ParseError
 */
export function readSecretDocument<T>(
  bytes: Uint8Array,
  reader: Reader<T>,
  limits: Pick<ParseJsonOptions, "maxBytes" | "maxDepth">,
): T {
  const document = parseJson(bytes, { ...limits, sensitiveMembers: ["value"] });
  try {
    return reader(document, "");
  } catch (error) {
    wipeSecrets(document);
    throw error;
  }
}
