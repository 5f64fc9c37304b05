// SPDX-License-Identifier: Apache-2.0

/** One thing that a workload may ask of a provider. */
export interface ProviderEndpoint {
  readonly method: "GET" | "POST";
  /** Path at the provider. A `*` stands for exactly one segment. */
  readonly path: string;
}

/** What the broker must know about a model provider. A new provider is a new file with one of these, and a line in the table. */
export interface Provider {
  /** First segment of the broker's paths. */
  readonly id: string;
  /** Where requests go: https, a host name, no path. Nothing that a client sends can change it. */
  readonly origin: string;
  /** Headers (lower case) in which this provider takes credentials; the broker strips those of every provider from every request. */
  readonly authSlots: readonly string[];
  /** How the real key is put in: header name and the text before the key. */
  readonly auth: { readonly header: string; readonly prefix: string };
  /**
   * All that is allowed. Endpoints that mint keys, hold files or change an account stay out: with them, a hijacked workload could make a
   * credential that outlives the droplet.
   */
  readonly endpoints: readonly ProviderEndpoint[];
}

/** The endpoint that allows this request, if one does. HEAD is allowed where GET is. */
export function findEndpoint(provider: Provider, method: string, path: string): ProviderEndpoint | undefined {
  const wanted = method === "HEAD" ? "GET" : method;
  return provider.endpoints.find((endpoint) => endpoint.method === wanted && matches(endpoint.path, path));
}

function matches(pattern: string, path: string): boolean {
  const segments = path.split("/");
  const wanted = pattern.split("/");
  return wanted.length === segments.length && wanted.every((part, index) => part === "*" || part === segments[index]);
}
