// SPDX-License-Identifier: Apache-2.0
import type { DaemonStatus, KeyStatus } from "../../protocol/daemonStatus.ts";
import type { PushResult } from "../pushKeys.ts";
import type { VaultKey } from "../vaultDocument.ts";
import type { WatchEvent } from "./watchEvent.ts";

const DAY = 24 * 60 * 60 * 1000;
/** A daemon lends a key without a named end for 30 days from each push; a third of that is left when it is pushed again. */
const RENEW_BEFORE = 10 * DAY;
/** Should the daemon's clock be wrong, the key would seem to expire for ever. */
const RENEWED_ENOUGH = DAY;
const LONGEST_WAIT = 10 * 60 * 1000;

/** A key that the vault has for an agent, without its value. */
export type WantedKey = Pick<VaultKey, "name" | "version" | "notAfter">;

/** What follows from one look. */
export interface Decision {
  readonly events: readonly WatchEvent[];
  /** Names of the keys to push now. */
  readonly push: readonly string[];
}

/** What is remembered of one agent between looks, and what follows from a look. It asks nobody and knows no value. */
export class WatchedAgent {
  readonly #name: string;
  #bootId: string | undefined;
  #isReachable: boolean | undefined;
  #failures = 0;
  #retryAt = 0;
  /** The last failure of each key, so that it is told once. */
  readonly #told = new Map<string, string>();
  /** Times of this machine's clock, which may be set back later: what is in the future by much counts as long ago. */
  readonly #renewedAt = new Map<string, number>();

  constructor(name: string) {
    this.#name = name;
  }

  /** Forgets what was tried: the vault or the stack is another. */
  tryAgain(): void {
    this.#failures = 0;
    this.#retryAt = 0;
    this.#told.clear();
  }

  /** Takes a daemon's answer, or the reason why there is none. @param now milliseconds since 1970 */
  look(answer: DaemonStatus | string, wanted: readonly WantedKey[], now: number): Decision {
    if (typeof answer === "string") return { events: this.#unreachable(answer), push: [] };
    const events = [...this.#reachable(answer), ...this.#expiring(answer, wanted, now)];
    const needed = wanted.filter((key) => this.#isMissing(answer, key) || this.#isToRenew(answer, key, now));
    return { events, push: this.#mustWait(now) ? [] : needed.map(({ name }) => name) };
  }

  /** Takes what came of a push. @param interval milliseconds between two looks */
  pushed(
    results: readonly PushResult[],
    was: DaemonStatus,
    times: { now: number; interval: number },
  ): readonly WatchEvent[] {
    const arrived = results.every(({ result }) => result === "pushed" || result === "unchanged");
    this.#failures = arrived ? 0 : this.#failures + 1;
    this.#retryAt = arrived ? 0 : times.now + Math.min(times.interval * 2 ** this.#failures, LONGEST_WAIT);
    return results.flatMap((result) => this.#resultEvent(result, was, times.now));
  }

  /** No wait is longer than the longest: a clock that was set back makes it seem so. */
  #mustWait(now: number): boolean {
    return now < this.#retryAt && this.#retryAt - now <= LONGEST_WAIT;
  }

  #unreachable(reason: string): readonly WatchEvent[] {
    const wasTold = this.#isReachable === false;
    this.#isReachable = false;
    return wasTold ? [] : [{ agent: this.#name, event: "unreachable", detail: reason }];
  }

  #reachable({ bootId, state }: DaemonStatus): readonly WatchEvent[] {
    const isRestarted = this.#bootId !== undefined && this.#bootId !== bootId;
    const isNews = this.#isReachable !== true;
    this.#bootId = bootId;
    this.#isReachable = true;
    if (isRestarted) this.tryAgain();
    if (isRestarted) this.#renewedAt.clear();
    if (!isRestarted && !isNews) return [];
    return [{ agent: this.#name, event: isRestarted ? "restarted" : "reachable", detail: state }];
  }

  #isMissing({ keys }: DaemonStatus, { name }: WantedKey): boolean {
    return !keys.some((key) => key.name === name);
  }

  #isToRenew(answer: DaemonStatus, key: WantedKey, now: number): boolean {
    const end = endOf(answer, key);
    const renewed = this.#renewedAt.get(key.name);
    if (key.notAfter !== null || end === undefined) return false;
    return end - now < RENEW_BEFORE && (renewed === undefined || Math.abs(now - renewed) >= RENEWED_ENOUGH);
  }

  /** A key whose end is in the vault gets a longer life from its owner alone. */
  #expiring(answer: DaemonStatus, wanted: readonly WantedKey[], now: number): readonly WatchEvent[] {
    return wanted.flatMap((key) => {
      const end = endOf(answer, key);
      const told = `expiring ${key.version}`;
      if (key.notAfter === null || end === undefined || end - now >= RENEW_BEFORE) return [];
      if (this.#told.get(key.name) === told) return [];
      this.#told.set(key.name, told);
      const detail = `at ${key.notAfter}, as the vault has it: claws keys rotate ${key.name} --agent ${this.#name}`;
      return [{ agent: this.#name, event: "expiring" as const, key: key.name, version: key.version, detail }];
    });
  }

  #resultEvent({ key, version, result, detail }: PushResult, was: DaemonStatus, now: number): readonly WatchEvent[] {
    const base = { agent: this.#name, key, version };
    if (result === "pushed" || result === "unchanged") {
      const isRenewal = was.keys.some(({ name }) => name === key);
      if (isRenewal) this.#renewedAt.set(key, now);
      this.#told.delete(key);
      return [{ ...base, event: isRenewal ? "renewed" : "pushed" }];
    }
    if (result === "not done" || this.#told.get(key) === detail) return [];
    this.#told.set(key, detail);
    return [{ ...base, event: "failed", detail }];
  }
}

/** Whether an agent has what the vault has for it. */
export function isServed(answer: DaemonStatus | string, wanted: readonly WantedKey[]): boolean {
  if (typeof answer === "string") return false;
  return wanted.every(({ name }) => answer.keys.some((key) => key.name === name && key.active !== null));
}

/** When the daemon stops lending the version that the vault has; undefined when it does not hold this one. */
function endOf({ keys }: DaemonStatus, { name, version }: WantedKey): number | undefined {
  const held: KeyStatus | undefined = keys.find((key) => key.name === name);
  const end = Date.parse(held?.versions.find((one) => one.version === version)?.notAfter ?? "");
  return Number.isNaN(end) ? undefined : end;
}
