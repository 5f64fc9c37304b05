// SPDX-License-Identifier: Apache-2.0
import type { KeyLoan, KeySource } from "../../broker/keySource.ts";
import { MAX_KEY_VERSIONS } from "../../protocol/constants.ts";
import type { KeyStatus } from "../../protocol/daemonStatus.ts";
import type { ControlErrorCode } from "../../protocol/errorReply.ts";
import type { ActivateRequest, PutRequest, RevokeRequest } from "../../protocol/keyRequests.ts";
import type { Receipt } from "../../protocol/receipt.ts";
import { findVersion, withoutVersion, withVersion, type HeldKey, type HeldVersion } from "./heldKey.ts";
import type { VersionMemory } from "./versionMemory.ts";

/** The part of a receipt that the store knows. */
export type Change = Pick<Receipt, "name" | "version" | "active" | "changed" | "fingerprint">;

/** A change that is allowed and not made yet, or why it is not allowed. Valid until the next change. */
export type Plan = { readonly code: "ok"; readonly commit: () => Change } | { readonly code: ControlErrorCode };

/** What a key store needs. */
export interface KeyStoreOptions {
  /** Providers that this agent may use. */
  readonly providers: readonly string[];
  /** Random for each start; makes fingerprints useless to anyone else. */
  readonly fingerprintKey: Uint8Array;
  readonly memory: VersionMemory;
  readonly now: () => Date;
}

const NO_FINGERPRINT = "0".repeat(16);

/**
 * The keys, in memory and nowhere else. Each change is planned first and committed after its audit line is on the disk. New requests get
 * the active version; those under way keep the copy that they were lent.
 */
export class KeyStore implements KeySource {
  readonly #options: KeyStoreOptions;
  readonly #keys = new Map<string, HeldKey>();

  constructor(options: KeyStoreOptions) {
    this.#options = options;
  }

  /** Whether no key is held. */
  get isSealed(): boolean {
    return this.#keys.size === 0;
  }

  /** What is held, by name; never a value. */
  status(): readonly KeyStatus[] {
    return [...this.#keys.values()]
      .map(({ name, provider, active, versions }) => ({
        name,
        provider,
        active,
        versions: versions.map((held) => this.#describe(held)),
      }))
      .sort((left, right) => (left.name < right.name ? -1 : 1));
  }

  lend(provider: string): KeyLoan | "sealed" | "key-expired" {
    const key = [...this.#keys.values()].find((one) => one.provider === provider);
    const held = key === undefined ? undefined : findVersion(key, key.active);
    if (held === undefined) return "sealed";
    if (held.notAfter !== null && this.#options.now().getTime() >= Date.parse(held.notAfter)) return "key-expired";
    const secret = held.value.copy();
    return { version: held.version, secret, countsTokens: false, release: () => secret.wipe() };
  }

  planPut(request: PutRequest): Plan {
    const held = findVersion(this.#keys.get(request.name), request.version);
    const refusal = this.#refusePut(request, held);
    if (refusal !== undefined) return { code: refusal };
    return { code: "ok", commit: () => this.#put(request, held) };
  }

  planActivate({ name, version }: ActivateRequest): Plan {
    const key = this.#keys.get(name);
    if (key === undefined) return { code: "unknown-key" };
    const held = findVersion(key, version);
    if (held === undefined) return { code: "unknown-version" };
    return {
      code: "ok",
      commit: () => {
        this.#keys.set(name, { ...key, active: version });
        return {
          name,
          version,
          active: version,
          changed: key.active !== version,
          fingerprint: this.#fingerprint(held),
        };
      },
    };
  }

  planRevoke({ name, version }: RevokeRequest): Plan {
    const key = this.#keys.get(name);
    if (key === undefined) return { code: "unknown-key" };
    if (version === undefined) return { code: "ok", commit: () => this.#revokeAll(key) };
    const held = findVersion(key, version);
    if (held === undefined) return { code: "unknown-version" };
    if (version === key.active) return { code: "active-version" };
    return {
      code: "ok",
      commit: () => {
        held.value.wipe();
        this.#keys.set(name, withoutVersion(key, version));
        return { name, version, active: key.active, changed: true, fingerprint: NO_FINGERPRINT };
      },
    };
  }

  planWipe(): Plan {
    return {
      code: "ok",
      commit: () => {
        const changed = !this.isSealed;
        this.wipe();
        return { name: "*", version: 0, active: null, changed, fingerprint: NO_FINGERPRINT };
      },
    };
  }

  /** Overwrites and forgets every key. Requests under way keep their copies until they end. */
  wipe(): void {
    for (const key of [...this.#keys.values()]) this.#revokeAll(key);
  }

  #refusePut(request: PutRequest, held: HeldVersion | undefined): ControlErrorCode | undefined {
    const { name, provider, version, value } = request;
    const key = this.#keys.get(name);
    if (!this.#options.providers.includes(provider)) return "provider-not-configured";
    if (key !== undefined && key.provider !== provider) return "version-conflict";
    if ([...this.#keys.values()].some((other) => other.provider === provider && other.name !== name))
      return "provider-taken";
    if (held !== undefined) return held.value.equals(value) ? undefined : "version-conflict";
    if (key !== undefined && key.versions.length >= MAX_KEY_VERSIONS) return "too-many-versions";
    return this.#options.memory.judge(name, version);
  }

  #put(request: PutRequest, held: HeldVersion | undefined): Change {
    const { name, provider, version, value } = request;
    const notAfter = request.notAfter ?? null;
    const putAt = held?.putAt ?? this.#options.now().toISOString();
    const added: HeldVersion = { version, value: held?.value ?? value, putAt, notAfter };
    const key = this.#keys.get(name) ?? { name, provider, active: version, versions: [] };
    this.#keys.set(name, withVersion(key, added));
    if (held !== undefined) value.wipe();
    const changed = held === undefined || held.notAfter !== notAfter;
    return { name, version, active: key.active, changed, fingerprint: this.#fingerprint(added) };
  }

  #revokeAll(key: HeldKey): Change {
    for (const { value } of key.versions) value.wipe();
    this.#keys.delete(key.name);
    return { name: key.name, version: 0, active: null, changed: true, fingerprint: NO_FINGERPRINT };
  }

  #describe(held: HeldVersion): KeyStatus["versions"][number] {
    const { version, putAt, notAfter } = held;
    return { version, fingerprint: this.#fingerprint(held), putAt, notAfter };
  }

  #fingerprint(held: HeldVersion): string {
    return held.value.fingerprint(this.#options.fingerprintKey);
  }
}
