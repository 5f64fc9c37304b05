// SPDX-License-Identifier: Apache-2.0

/** The providers that the mock plays, told apart by the Host header. */
export type ModelProviderName = "anthropic" | "openai";

/** One request as the provider saw it. */
export interface ModelRequest {
  /** RFC 3339. */
  readonly time: string;
  /** Source address of the connection. */
  readonly source: string;
  readonly host: string;
  readonly method: string;
  readonly path: string;
  /** null for an unknown host. */
  readonly provider: ModelProviderName | null;
  /** The raw API key, null when none came. */
  readonly key: string | null;
  readonly status: number;
  readonly model: string | null;
  readonly stream: boolean;
  /** Text of the last user message, "" when there is none. */
  readonly prompt: string;
}

/** What to do with the next request that matches. */
export interface ModelFault {
  /** @default any provider */
  readonly provider?: ModelProviderName;
  /**
   * "error": answer `status`; "cut": drop the connection after `afterEvents` events of the stream; "hold": send `afterEvents` events and then nothing until
   * `releaseStreams()`.
   */
  readonly kind: "error" | "cut" | "hold";
  /** For "error", for example 429, 500, 529. */
  readonly status?: number;
  /** For "cut" and "hold". @default 1 */
  readonly afterEvents?: number;
  /** How many requests it hits. @default 1 */
  readonly times?: number;
}

/** How to run the mock. */
export interface ModelProviderOptions {
  readonly host: string;
  /** 0 takes a free port. */
  readonly port: number;
  /** PEM texts. */
  readonly tls: { readonly cert: string; readonly key: string };
  /** @default the real time */
  readonly clock?: () => Date;
  /** Waits between two events of a stream. @default 5 ms each */
  readonly pause?: () => Promise<void>;
}

/** A running mock of api.anthropic.com and api.openai.com. */
export interface ModelProvider {
  readonly url: string;
  readonly requests: readonly ModelRequest[];
  /** Only these keys are accepted from now on; null (the start) accepts every well-formed key. */
  acceptOnly(provider: ModelProviderName, keys: readonly string[] | null): void;
  addFault(fault: ModelFault): void;
  /** Lets held streams go on. */
  releaseStreams(): void;
  close(): Promise<void>;
}

/** Starts the mock over TLS. */
export function startModelProvider(options: ModelProviderOptions): Promise<ModelProvider> {
  return Promise.reject(new Error(`cannot listen on "${options.host}": not built yet`));
}
