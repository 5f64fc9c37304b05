// SPDX-License-Identifier: Apache-2.0

/**
 * How the attempts run: as the workload's user in the machine's own namespaces, where only the border between users stands, or in a unit
 * with the very settings of claws-workload.service.
 */
export type Variant = "bare" | "sandboxed";

/** All of them, with words for the names of tests. */
export const VARIANTS: readonly (readonly [variant: Variant, words: string])[] = [
  ["bare", "the workload's user without any sandbox"],
  ["sandboxed", "the workload's user in the sandbox of its unit"],
];

/** Something that must fail, and how. */
export interface Attempt {
  readonly name: string;
  /**
   * Program and arguments. `{clawsd}` is the daemon's process, `{tailnet4}`, `{tailnet6}`, `{public}` and `{operator}` are addresses,
   * `{probe}`, `{dial}` and `{sendRaw}` the programs of this folder.
   */
  readonly argv: readonly string[];
  /** What it prints, standard error included, without white space around it. */
  readonly outcome: Readonly<Record<Variant, string | RegExp>>;
}

/** An attempt that fails in the same way in both variants. */
export function attempt(name: string, argv: readonly string[], outcome: string | RegExp): Attempt {
  return { name, argv, outcome: { bare: outcome, sandboxed: outcome } };
}

/** An attempt that fails at the border between users, and in the sandbox before it gets there. */
export function attemptTwice(
  name: string,
  argv: readonly string[],
  bare: string | RegExp,
  sandboxed: string | RegExp,
): Attempt {
  return { name, argv, outcome: { bare, sandboxed } };
}

/** A call of the kernel, tried by probe.c. */
export function kernelCall(name: string, words: string, bare: string, sandboxed = bare): Attempt {
  return attemptTwice(name, ["{probe}", ...words.split(" ")], bare, sandboxed);
}

/** A shell command. */
export function command(name: string, text: string, bare: string | RegExp, sandboxed = bare): Attempt {
  return attemptTwice(name, ["sh", "-c", text], bare, sandboxed);
}
