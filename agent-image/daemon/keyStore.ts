// SPDX-License-Identifier: Apache-2.0
import type { KeyLoan, KeySource, LendRefusal } from "../../broker/keySource.ts";
import { lendCopy } from "../../broker/lendCopy.ts";
import { Spending } from "../../broker/spending.ts";
import { MAX_KEY_VERSIONS } from "../../protocol/constants.ts";
import type { KeyStatus } from "../../protocol/daemonStatus.ts";
import type { ControlErrorCode } from "../../protocol/errorReply.ts";
import type { KeyLimits } from "../../protocol/keyLimits.ts";
import type { ActivateRequest, PutRequest, RevokeRequest } from "../../protocol/keyRequests.ts";
import type { Receipt } from "../../protocol/receipt.ts";
import { findVersion, withoutVersion, withVersion, type HeldKey, type HeldVersion } from "./heldKey.ts";
import { createExpiry, type Clocks, type KeyExpiry } from "../../broker/keyExpiry.ts";
import { LoanBook } from "./loanBook.ts";
import type { VersionMemory } from "./versionMemory.ts";

/** The part of a receipt that the store knows. */
export type Change = Pick<Receipt, "name" | "version" | "active" | "changed" | "fingerprint">;

/** A change that is allowed and not made yet, or why it is not allowed. Valid until the next change. */
export type Plan = { readonly code: "ok"; readonly commit: () => Change } | { readonly code: ControlErrorCode };

/** What a key store needs. */
export interface KeyStoreOptions extends Clocks {
  /** Providers that this agent may use. */
  readonly providers: readonly string[];
  /** Random for each start; makes fingerprints useless to anyone else. */
  readonly fingerprintKey: Uint8Array;
  readonly memory: Pick<VersionMemory, "judge">;
  /** Called when new requests to the provider get another key from now on. */
  readonly onActive?: (provider: string) => void;
}

const NO_FINGERPRINT = "0".repeat(16);

/**
 * The keys, in memory and nowhere else. Each change is planned first and committed after its audit line is on the disk. New requests get
 * the active version; those under way keep the copy that they were lent.
 */
export class KeyStore implements KeySource {
  readonly #options: KeyStoreOptions;
  readonly #keys = new Map<string, HeldKey>();
  readonly #loans = new LoanBook();
  readonly #spending: Spending;

  constructor(options: KeyStoreOptions) {
    this.#options = options;
    this.#spending = new Spending(options.now);
  }

  /** Whether no key is held. */
  get isSealed(): boolean {
    return this.#keys.size === 0;
  }

  /** What is held, by name; never a value. */
  status(): readonly KeyStatus[] {
    return [...this.#keys.values()]
      .map((key) => ({
        name: key.name,
        provider: key.provider,
        active: key.active,
        versions: key.versions.map((held) => this.#describe(key, held)),
        limits: Object.keys(key.limits).length === 0 ? null : key.limits,
        usage: this.#spending.of(key.name),
      }))
      .sort((left, right) => (left.name < right.name ? -1 : 1));
  }

  lend(provider: string, onRevoked: () => void): KeyLoan | LendRefusal {
    const key = [...this.#keys.values()].find((one) => one.provider === provider);
    const held = key === undefined ? undefined : findVersion(key, key.active);
    if (key === undefined || held === undefined) return "sealed";
    if (held.expiry.isOver()) return "key-expired";
    const refusal = this.#spending.refuse(key.name, key.limits);
    return refusal ?? this.#lend(key, held, onRevoked);
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
        if (key.active !== version) this.#options.onActive?.(key.provider);
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

  planRevoke({ name, version, now = false }: RevokeRequest): Plan {
    const key = this.#keys.get(name);
    const held = version === undefined ? undefined : findVersion(key, version);
    // A key that is gone may still be in use, and `now` is for whoever cannot wait for that to end.
    const mayCallBack = now && this.#loans.count(name, version) > 0;
    if (key === undefined && !mayCallBack) return { code: "unknown-key" };
    if (version !== undefined && held === undefined && !mayCallBack) return { code: "unknown-version" };
    if (version !== undefined && version === key?.active) return { code: "active-version" };
    return {
      code: "ok",
      commit: () => {
        const change = this.#revoke(name, version);
        if (now) this.#loans.callBack(name, version);
        return change;
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
    for (const name of [...this.#keys.keys()]) this.#revoke(name, undefined);
  }

  #lend({ name, limits }: HeldKey, { version, value }: HeldVersion, onRevoked: () => void): KeyLoan {
    const loan = lendCopy({ name, version, value, limits }, this.#spending);
    const strikeOut = this.#loans.enter(name, version, onRevoked);
    return {
      ...loan,
      release: (spent) => {
        strikeOut();
        loan.release(spent);
      },
    };
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
    const { name, provider, version, value, notAfter, limits } = request;
    const key = this.#keys.get(name) ?? { name, provider, active: version, versions: [], limits: {} };
    const putAt = held?.putAt ?? this.#options.now().toISOString();
    const expiry = createExpiry(notAfter, this.#options);
    const added: HeldVersion = { version, value: held?.value ?? value, putAt, expiry };
    this.#keys.set(name, { ...withVersion(key, added), limits: limits ?? key.limits });
    if (held !== undefined) value.wipe();
    if (held === undefined && key.active === version) this.#options.onActive?.(provider);
    const hasNewLimits = limits !== undefined && !isSameLimits(limits, key.limits);
    const changed = held === undefined || hasNewLimits || !isSameExpiry(held.expiry, expiry);
    return { name, version, active: key.active, changed, fingerprint: this.#fingerprint(added) };
  }

  #revoke(name: string, version: number | undefined): Change {
    const key = this.#keys.get(name);
    const gone = key?.versions.filter((held) => (version ?? held.version) === held.version) ?? [];
    for (const { value } of gone) value.wipe();
    if (key === undefined || version === undefined) this.#keys.delete(name);
    else this.#keys.set(name, withoutVersion(key, version));
    const active = version === undefined ? null : (key?.active ?? null);
    return { name, version: version ?? 0, active, changed: true, fingerprint: NO_FINGERPRINT };
  }

  #describe({ name }: HeldKey, held: HeldVersion): KeyStatus["versions"][number] {
    const { version, putAt, expiry } = held;
    const underWay = this.#loans.count(name, version);
    return { version, fingerprint: this.#fingerprint(held), putAt, notAfter: expiry.notAfter, underWay };
  }

  #fingerprint(held: HeldVersion): string {
    return held.value.fingerprint(this.#options.fingerprintKey);
  }
}

function isSameLimits(left: KeyLimits, right: KeyLimits): boolean {
  return left.requestsPerDay === right.requestsPerDay && left.tokensPerDay === right.tokensPerDay;
}

/** A default that only moves on is no change that anybody asked for. */
function isSameExpiry(left: KeyExpiry, right: KeyExpiry): boolean {
  return left.isNamed === right.isNamed && (!left.isNamed || left.notAfter === right.notAfter);
}
