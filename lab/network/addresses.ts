// SPDX-License-Identifier: Apache-2.0

/**
 * The addresses of the lab's internet, all from the ranges that RFC 5737 keeps for documentation, so that a mistake in a rule can never point at a
 * machine that exists. They live inside the lab's namespaces only.
 */
export const labAddresses = {
  digitalOcean: "203.0.113.10",
  controlPlane: "203.0.113.11",
  tailscaleApi: "203.0.113.12",
  modelProvider: "203.0.113.20",
  dns: "203.0.113.53",
  /** Where DigitalOcean's metadata service answers each droplet. */
  metadata: "169.254.169.254",
  /** The internet's end of every machine's link. */
  gateway: "198.51.100.1",
  operator: "198.51.100.2",
  /** What the internet namespace itself sends from over IPv6. */
  internet6: "2001:db8:ffff::1",
} as const;

/** First and last address for droplets. */
export const dropletAddresses = { first: "198.51.100.16", last: "198.51.100.254" } as const;

/** The control plane's name in the lab's DNS. */
export const controlPlaneName = "controlplane.lab.example";

/** Every address that a server in the internet namespace listens on. */
export const serviceAddresses: readonly string[] = [
  labAddresses.digitalOcean,
  labAddresses.controlPlane,
  labAddresses.tailscaleApi,
  labAddresses.modelProvider,
  labAddresses.dns,
  labAddresses.metadata,
];
