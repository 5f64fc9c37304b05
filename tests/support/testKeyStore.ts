// SPDX-License-Identifier: Apache-2.0
import { KeyStore, type Change, type Plan } from "../../agent-image/daemon/keyStore.ts";
import { VersionMemory } from "../../agent-image/daemon/versionMemory.ts";
import type { KeyLoan } from "../../broker/keySource.ts";
import type { KeyLimits } from "../../protocol/keyLimits.ts";
import { Sensitive } from "../../protocol/sensitive.ts";

const FINGERPRINT_KEY = Buffer.alloc(32, 1);
const NOBODY = { name: "", nodeId: "nOPERATOR" };

/** The fingerprint of a value in a test store. */
export function fingerprint(value: string): string {
  return Sensitive.from(value).fingerprint(FINGERPRINT_KEY);
}

/** What a put may say besides version and value. */
export interface PutMore {
  readonly name?: string;
  readonly provider?: string;
  readonly notAfter?: string;
  readonly limits?: KeyLimits;
}

/** A key store with clocks of its own, and short ways to use it. */
export interface TestKeyStore {
  readonly store: KeyStore;
  readonly clock: { now: Date; monotonic: number };
  /** Providers that got another key, in order. */
  readonly activated: readonly string[];
  /** Plans to put a key of OpenAI's. */
  readonly put: (version: number, value: string, more?: PutMore) => Plan;
  /** Carries out a plan as the audit log would have it. */
  readonly commit: (plan: Plan) => Change;
}

/** Makes an empty key store, at the start of a day. */
export function startStore(): TestKeyStore {
  const clock = { now: new Date("2026-11-23T00:00:00.000Z"), monotonic: 5000 };
  const activated: string[] = [];
  const memory = new VersionMemory();
  const store = new KeyStore({
    providers: ["anthropic", "openai"],
    fingerprintKey: FINGERPRINT_KEY,
    memory,
    now: () => clock.now,
    monotonic: () => clock.monotonic,
    onActive: (provider) => activated.push(provider),
  });
  const put = (version: number, value: string, more: PutMore = {}): Plan =>
    store.planPut({ name: "openai", provider: "openai", version, value: Sensitive.from(value), ...more });
  const commit = (plan: Plan): Change => {
    if (plan.code !== "ok") throw new Error(plan.code);
    const change = plan.commit();
    const noted = { key: change.name, version: change.version, allowed: true, time: "", caller: NOBODY };
    memory.note({ action: "put", ...noted });
    return change;
  };
  return { store, clock, activated, put, commit };
}

/** Version and value that a request to the provider would get now, or why it gets none. The loan is given back. */
export function lent(store: KeyStore, provider = "openai"): unknown {
  const loan = store.lend(provider, () => undefined);
  if (typeof loan === "string") return loan;
  const seen = [loan.version, loan.secret.reveal()];
  loan.release({ tokens: 0 });
  return seen;
}

/** A loan of OpenAI's key, which must be there. */
export function borrow(store: KeyStore, onRevoked: () => void = () => undefined): KeyLoan {
  const loan = store.lend("openai", onRevoked);
  if (typeof loan === "string") throw new Error(loan);
  return loan;
}
