// SPDX-License-Identifier: Apache-2.0
import type { Environment } from "./environment.ts";

const runs = new WeakMap<Environment, Map<string, Promise<unknown>>>();

/**
 * Does something that a person notices, such as asking for a passphrase, once for each environment object, that is once in a
 * process. What failed is done again.
 */
export async function oncePerRun<T>(environment: Environment, name: string, work: () => Promise<T>): Promise<T> {
  const done = runs.get(environment) ?? new Map<string, Promise<unknown>>();
  runs.set(environment, done);
  const before = done.get(name);
  // The name decides the type: each is used in one place.
  if (before !== undefined) return (await before) as T;
  const result = work();
  done.set(name, result);
  result.catch(() => done.delete(name));
  return await result;
}
