// SPDX-License-Identifier: Apache-2.0

/** What a droplet is told at its first boot. All but `authKey` is public. */
export interface UserData {
  /** Host name in the tailnet, a DNS label. */
  readonly hostname: string;
  /** Tailnet tag that the auth key carries; the daemon refuses to work on a node without it. */
  readonly tag: string;
  /** URL of the control plane, `https://…`. */
  readonly controlUrl: string;
  /** Workload to start. */
  readonly runtime: string;
  /** Providers that the broker lends keys for. */
  readonly providers: readonly string[];
  /** One-off auth key: the only secret, spent by the first boot. */
  readonly authKey: string;
}

/** Renders user-data as one JSON object, format 1. The image's first boot parses it and refuses anything else. */
export function renderUserData(data: UserData): string {
  const { hostname, tag, controlUrl, runtime, providers, authKey } = data;
  return JSON.stringify({ officeClaws: 1, hostname, tag, controlUrl, runtime, providers, authKey });
}
