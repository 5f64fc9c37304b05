// SPDX-License-Identifier: Apache-2.0

/** Until when one version of a key is lent. */
export interface KeyExpiry {
  /** The same for humans and programs far away. */
  readonly notAfter: string;
  /** Whether whoever put the version named the time. */
  readonly isNamed: boolean;
  /** Whether that time has come. */
  readonly isOver: () => boolean;
}

/** The two clocks of a program: the one that people set, and the one that only goes on. */
export interface Clocks {
  readonly now: () => Date;
  /** Milliseconds that only go up. */
  readonly monotonic: () => number;
}

/** How long a version is lent when nobody said until when. */
export const DEFAULT_LIFETIME_DAYS = 30;

const DAY = 24 * 60 * 60 * 1000;

/**
 * When a version that is put now ends. Without a named time that is in 30 days, counted by the clock that nobody can set. A named time is
 * compared with the clock on the wall and, so that setting that clock back prolongs nothing, with the distance that it had when it was put.
 */
export function createExpiry(named: string | undefined, { now, monotonic }: Clocks): KeyExpiry {
  const start = monotonic();
  if (named === undefined) {
    const lifetime = DEFAULT_LIFETIME_DAYS * DAY;
    const notAfter = new Date(now().getTime() + lifetime).toISOString();
    return { notAfter, isNamed: false, isOver: () => monotonic() - start >= lifetime };
  }
  const end = Date.parse(named);
  const distance = end - now().getTime();
  // No distance for a time that is past already: should the clock be wrong now, the version lives once it is right.
  const isFarEnough = (): boolean => distance > 0 && monotonic() - start >= distance;
  return { notAfter: named, isNamed: true, isOver: () => now().getTime() >= end || isFarEnough() };
}
