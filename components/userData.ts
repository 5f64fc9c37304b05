// SPDX-License-Identifier: Apache-2.0

/** A model provider that the stack's configuration describes, beside those that the broker knows. */
export interface CustomProvider {
  /** Lower-case letters, digits and hyphens; none of the known providers' IDs. */
  readonly id: string;
  /** `https://` and a DNS name. */
  readonly origin: string;
  /** Where the key goes: a header, and what stands in it before the key. */
  readonly auth: { readonly header: string; readonly prefix: string };
  /** Method and path, for example `POST /v1/chat/completions`. */
  readonly endpoints: readonly string[];
  /** Whose form the usage figures of its answers have. @default "none" */
  readonly usage?: string;
}

/** What a droplet is told at its first boot. All but `authKey` and `enrolment` is public. */
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
  /** Operators' Ed25519 public keys: the daemon takes provider keys only in envelopes that one of them signed. */
  readonly operatorKeys?: readonly string[];
  /** Providers beyond the known ones. */
  readonly customProviders?: readonly CustomProvider[];
  /** `address:port` of the owner's broker in the tailnet: the droplet then holds no key. */
  readonly remoteBroker?: string;
  /** Where else the workload may connect to, as `RANGE:PORT`. */
  readonly egress?: readonly string[];
  /** Whether Tailscale SSH is on. @default true, or false with operators' keys */
  readonly ssh?: boolean;
  /** One-off auth key, spent by the first boot. */
  readonly authKey: string;
  /** One-off secret with which the droplet proves its signing key; used by the first boot and forgotten. */
  readonly enrolment?: string;
}

/**
 * Renders user-data as one JSON object, format 1. What is not set, or an empty list, is left out. The image's first boot
 * parses it and refuses anything else.
 */
export function renderUserData(data: UserData): string {
  const { hostname, tag, controlUrl, runtime, providers, authKey, enrolment } = data;
  const { operatorKeys = [], customProviders = [], remoteBroker, egress = [], ssh } = data;
  return JSON.stringify({
    ...{ officeClaws: 1, hostname, tag, controlUrl, runtime, providers },
    ...(operatorKeys.length === 0 ? {} : { operatorKeys }),
    ...(customProviders.length === 0 ? {} : { customProviders: customProviders.map(renderProvider) }),
    ...(remoteBroker === undefined ? {} : { remoteBroker }),
    ...(egress.length === 0 ? {} : { egress }),
    ...(ssh === undefined ? {} : { ssh }),
    authKey,
    ...(enrolment === undefined ? {} : { enrolment }),
  });
}

function renderProvider({ id, origin, auth: { header, prefix }, endpoints, usage }: CustomProvider): CustomProvider {
  return { id, origin, auth: { header, prefix }, endpoints, ...(usage === undefined ? {} : { usage }) };
}
