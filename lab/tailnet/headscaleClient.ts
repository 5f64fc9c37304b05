// SPDX-License-Identifier: Apache-2.0

/** A node as headscale lists it; `id` is the StableID that tailscaled shows, a decimal string. */
export interface HeadscaleNode {
  readonly id: string;
  readonly machineKey: string;
  readonly nodeKey: string;
  readonly addresses: readonly string[];
  /** The host name that the machine gave itself. */
  readonly hostname: string;
  /** The first label of its MagicDNS name. */
  readonly givenName: string;
  /** Login name of its owner; "tagged-devices" for a tagged node. */
  readonly user: string;
  readonly tags: readonly string[];
  readonly createdAt: string;
  readonly expiry: string | null;
  readonly lastSeen: string | null;
  readonly online: boolean;
  readonly authKeyId: string | null;
  readonly ephemeral: boolean;
}

/** A pre-auth key as headscale lists it. */
export interface HeadscaleAuthKey {
  readonly id: string;
  /** The secret when just created, masked in lists. */
  readonly key: string;
  readonly reusable: boolean;
  readonly ephemeral: boolean;
  readonly used: boolean;
  readonly expiration: string | null;
  readonly createdAt: string;
  readonly tags: readonly string[];
}

/** What a new auth key may do; tags or a user are needed. */
export interface NewHeadscaleAuthKey {
  readonly reusable: boolean;
  readonly ephemeral: boolean;
  readonly expiration: Date;
  readonly tags: readonly string[];
  /** Numeric user ID; null for a tagged key. */
  readonly userId: string | null;
}

/** The calls of headscale's REST API v1 that the lab makes. Each rejects with HeadscaleError for an error answer. */
export interface HeadscaleClient {
  /** Returns the user's numeric ID. */
  createUser(name: string): Promise<string>;
  createAuthKey(key: NewHeadscaleAuthKey): Promise<HeadscaleAuthKey>;
  listAuthKeys(): Promise<readonly HeadscaleAuthKey[]>;
  expireAuthKey(id: string): Promise<void>;
  deleteAuthKey(id: string): Promise<void>;
  listNodes(): Promise<readonly HeadscaleNode[]>;
  /** Rejects with status 404 for an unknown node. */
  fetchNode(id: string): Promise<HeadscaleNode>;
  deleteNode(id: string): Promise<void>;
  setTags(id: string, tags: readonly string[]): Promise<HeadscaleNode>;
  renameNode(id: string, name: string): Promise<HeadscaleNode>;
  expireNode(id: string): Promise<HeadscaleNode>;
  /** The policy text (HuJSON); "" when none was ever set. */
  fetchPolicy(): Promise<string>;
  setPolicy(text: string): Promise<void>;
  /** Runs the policy's tests without keeping it. */
  checkPolicy(text: string): Promise<void>;
}
