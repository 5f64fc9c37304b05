// SPDX-License-Identifier: Apache-2.0
import { readText, type Reader } from "./shape.ts";

/** Name of an agent, of its node and of its droplet: a DNS label that starts with a letter. */
export const readAgentName: Reader<string> = readText(
  63,
  /^[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?$/,
  "a DNS label in lower case that starts with a letter",
);

/** Name of a key in the vault and in the daemon. */
export const readKeyName: Reader<string> = readText(
  63,
  /^[a-z][a-z0-9-]{0,62}$/,
  "lower-case letters, digits and hyphens after a letter, at most 63 characters",
);

/** ID of a model provider: one that the broker knows, or one that the configuration adds. */
export const readProviderId: Reader<string> = readText(
  32,
  /^[a-z](?:[a-z0-9-]{0,30}[a-z0-9])?$/,
  "a provider's ID: lower-case letters, digits and hyphens, at most 32 characters",
);

/** Tag of a tailnet node, with its `tag:` in front. */
export const readNodeTag: Reader<string> = readText(
  64,
  /^tag:[a-zA-Z][a-zA-Z0-9-]{0,58}$/,
  "a tailnet tag like tag:agent",
);

/** Name of the program that works for the owner on the droplet. */
export const readRuntimeName: Reader<string> = readText(
  63,
  /^[a-z][a-z0-9-]{0,62}$/,
  "lower-case letters, digits and hyphens",
);

/** Stable ID of a tailnet node, as both the Tailscale API and the LocalAPI give it. */
export const readNodeId: Reader<string> = readText(64, /^[A-Za-z0-9_-]+$/, "a node ID");

/** Random ID of one run of the daemon. */
export const readBootId: Reader<string> = readText(32, /^[0-9a-f]{32}$/, "32 hexadecimal digits");

/** Keyed fingerprint of a value. */
export const readFingerprint: Reader<string> = readText(16, /^[0-9a-f]{16}$/, "16 hexadecimal digits");
