// SPDX-License-Identifier: Apache-2.0
import type { CustomProvider } from "../protocol/customProvider.ts";
import type { Provider, ProviderEndpoint } from "./provider.ts";

/** The broker's view of a provider that the owner's configuration adds. Nobody knows how to check its keys. */
export function fromCustomProvider(custom: CustomProvider): Provider {
  const { id, origin, auth, usage = "none" } = custom;
  return {
    ...{ id, origin, auth, usage },
    authSlots: [auth.header],
    endpoints: custom.endpoints.map(parseEndpoint),
    clients: [],
  };
}

function parseEndpoint(line: string): ProviderEndpoint {
  const space = line.indexOf(" ");
  return { method: line.slice(0, space) === "GET" ? "GET" : "POST", path: line.slice(space + 1) };
}
