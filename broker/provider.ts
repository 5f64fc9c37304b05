// SPDX-License-Identifier: Apache-2.0

/** One thing that a workload may ask of a provider. */
export interface ProviderEndpoint {
  readonly method: "GET" | "POST";
  /** Path at the provider. A segment `*` stands for exactly one segment, `*:word` for one that ends in `:word`. */
  readonly path: string;
  /** Whether an answer never costs tokens, so that none are counted; always so for GET. False by default. */
  readonly isFree?: boolean;
}

/** The form in which a provider's answers tell the tokens spent; `none`: they do not, and bytes are counted in their stead. */
export type UsageFormat = "anthropic" | "openai" | "gemini" | "none";

/** A request that finds out whether a key is good without spending anything. */
export interface ProviderProbe {
  readonly method: "GET";
  /** Path and query at the provider. The workload may not ask for it unless `endpoints` has it too. */
  readonly path: string;
  /** Headers that the provider insists on, besides the key's. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Statuses of a good key. */
  readonly live: readonly number[];
  /** Statuses of a key that the provider does not know or no longer accepts. */
  readonly invalid: readonly number[];
}

/** How one client is pointed at the broker. In settings, `{origin}` stands for the broker and `{token}` for the placeholder. */
export interface ClientRecipe {
  /** Name of the program or library. */
  readonly client: string;
  /** Lines of its configuration or of its environment. */
  readonly settings: readonly string[];
}

/** What the broker must know about a model provider. A new provider is a new file with one of these, and a line in the table. */
export interface Provider {
  /** First segment of the broker's paths. */
  readonly id: string;
  /** Where requests go: https, a host name, no path. Nothing that a client sends can change it. */
  readonly origin: string;
  /** What comes before each path at the origin; nothing by default. */
  readonly basePath?: string;
  /** Headers (lower case) in which this provider takes credentials; the broker strips those of every provider from every request. */
  readonly authSlots: readonly string[];
  /** How the real key is put in: header name and the text before the key; null when the owner's broker behind this one does it. */
  readonly auth: { readonly header: string; readonly prefix: string } | null;
  /**
   * All that is allowed. Endpoints that mint keys, hold files or change an account stay out: with them, a hijacked workload could make a
   * credential that outlives the droplet.
   */
  readonly endpoints: readonly ProviderEndpoint[];
  readonly usage: UsageFormat;
  /** How a key is checked; absent where nobody told us. */
  readonly probe?: ProviderProbe;
  readonly clients: readonly ClientRecipe[];
}

/** The endpoint that allows this request, if one does. HEAD is allowed where GET is. */
export function findEndpoint(provider: Provider, method: string, path: string): ProviderEndpoint | undefined {
  const wanted = method === "HEAD" ? "GET" : method;
  return provider.endpoints.find((endpoint) => endpoint.method === wanted && matches(endpoint.path, path));
}

function matches(pattern: string, path: string): boolean {
  if (!pattern.includes("*")) return pattern === path;
  const segments = path.split("/");
  const wanted = pattern.split("/");
  return (
    wanted.length === segments.length && wanted.every((part, index) => matchesSegment(part, segments[index] ?? ""))
  );
}

function matchesSegment(pattern: string, segment: string): boolean {
  if (pattern === "*") return segment !== "";
  if (!pattern.startsWith("*:")) return pattern === segment;
  const [name = "", action, ...more] = segment.split(":");
  return name !== "" && more.length === 0 && action === pattern.slice(2);
}
