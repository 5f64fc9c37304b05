// SPDX-License-Identifier: Apache-2.0

/** Release of the toolkit and of the daemon in it, as `GET /v1/status` reports it. */
export const VERSION = "0.1.0";

/** TCP port of the control API, on tailnet addresses only. */
export const CONTROL_PORT = 7440;

/** TCP port of the broker, on 127.0.0.1 only. */
export const BROKER_PORT = 7441;

/** TCP port on which the built-in `hello` workload answers, on tailnet addresses only. */
export const WORKLOAD_PORT = 7442;

/** App capability that the tailnet policy grants to operators. Its domain must be one that we control. */
export const CONTROL_CAPABILITY = "officeclaws.com/cap/control";

/** Header (lower case) that every control call carries. Scripts in a browser cannot set a `Sec-` header. */
export const NO_BROWSERS_HEADER = "sec-claws-no-browsers";

/** The only value of {@link NO_BROWSERS_HEADER}. */
export const NO_BROWSERS_VALUE = "1";

/** Header (lower case) that marks an answer as the broker's own; its value is an error code. */
export const BROKER_ERROR_HEADER = "x-claws-broker-error";

/** Largest body of a control request, in bytes. */
export const MAX_REQUEST_BYTES = 64 * 1024;

/** Largest body of a control reply, in bytes: a full page of audit entries fits. */
export const MAX_REPLY_BYTES = 2 * 1024 * 1024;

/** Longest value of a key, in bytes. */
export const MAX_KEY_BYTES = 4096;

/** Most versions of one key that the daemon holds at once. */
export const MAX_KEY_VERSIONS = 16;

/** Number of audit entries on a page when the caller does not say. */
export const DEFAULT_AUDIT_LIMIT = 100;

/** Largest number of audit entries on one page. */
export const MAX_AUDIT_LIMIT = 500;

/** IDs of the model providers that the broker can speak to; a test holds this list against the broker's table. */
export const PROVIDER_IDS: readonly string[] = [
  "anthropic",
  "openai",
  "gemini",
  "openrouter",
  "xai",
  "groq",
  "deepseek",
  "mistral",
];

/** Start of the placeholder that a workload sends in place of a key. */
export const AGENT_TOKEN_PREFIX = "agt_";
