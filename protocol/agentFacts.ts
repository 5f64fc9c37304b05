// SPDX-License-Identifier: Apache-2.0
import { readAgentName, readNodeTag, readProviderId, readRuntimeName } from "./names.ts";
import { ParseError } from "./parseError.ts";
import { parseJson } from "./parseJson.ts";
import { readList, readObject, readOneOf, type Reader } from "./shape.ts";

/** What first boot wrote down about this agent in agent.json. Nothing in it is secret. */
export interface AgentFacts {
  readonly officeClaws: 1;
  readonly hostname: string;
  /** Tag that this agent's own node must carry. */
  readonly tag: string;
  readonly controlUrl: string;
  readonly runtime: string;
  /** Providers that this agent may use, at least one, none twice. */
  readonly providers: readonly string[];
}

const readControlUrl: Reader<string> = (value, path) => {
  const url = typeof value === "string" && value.length <= 300 ? URL.parse(value) : null;
  if (url?.protocol === "https:" && url.origin === String(value).replace(/\/$/, "")) return String(value);
  throw new ParseError(path, "must be an https origin like https://controlplane.tailscale.com");
};

const readProviders: Reader<readonly string[]> = (value, path) => {
  const providers = readList(readProviderId, 16)(value, path);
  if (providers.length > 0 && new Set(providers).size === providers.length) return providers;
  throw new ParseError(path, "must name at least one provider and none twice");
};

const read = readObject<AgentFacts>({
  officeClaws: readOneOf([1]),
  hostname: readAgentName,
  tag: readNodeTag,
  controlUrl: readControlUrl,
  runtime: readRuntimeName,
  providers: readProviders,
});

/** @throws ParseError */
export function parseAgentFacts(text: Uint8Array): AgentFacts {
  return read(parseJson(text, { maxDepth: 2 }), "");
}
