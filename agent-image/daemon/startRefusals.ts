// SPDX-License-Identifier: Apache-2.0

/** What the start checks look at; injected so that a test can show any machine. */
export interface StartSurroundings {
  /** Text of a file in /proc or /sys; undefined when it does not exist. */
  readonly readText: (path: string) => string | undefined;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Node's own options of this process. */
  readonly execArgv: readonly string[];
  readonly hasInspector: boolean;
}

// All that the unit may pass: switches that close something or set a size.
const HARMLESS_OPTIONS =
  /^--(?:disable-sigusr1|report-exclude-env|use-system-ca|no-warnings|preserve-symlinks(?:-main)?|max-(?:old-space|semi-space)-size=\d+)$/;
// Each of these makes Node load code, print what it sends, write what it holds, or trust whom it should not.
const DANGEROUS_VARIABLES: readonly string[] = [
  "NODE_OPTIONS",
  "NODE_DEBUG",
  "NODE_DEBUG_NATIVE",
  "NODE_V8_COVERAGE",
  "NODE_REDIRECT_WARNINGS",
  "NODE_TLS_REJECT_UNAUTHORIZED",
  "NODE_EXTRA_CA_CERTS",
  "SSLKEYLOGFILE",
  "GCONV_PATH",
];
// The loader's and OpenSSL's own: each loads code, or says where code is.
const DANGEROUS_PREFIXES = /^(?:LD|OPENSSL)_/;

/** Every reason not to hold keys on this machine or in this process, as complete messages; none is good. */
export function findStartRefusals(surroundings: StartSurroundings): readonly string[] {
  const checks = [refuseInspector, refuseOptions, refuseVariables, refuseSwap, refuseCorePattern];
  return checks.map((check) => check(surroundings)).filter((refusal) => refusal !== undefined);
}

function refuseInspector({ hasInspector }: StartSurroundings): string | undefined {
  return hasInspector ? "refusing to start: the inspector is open, and whoever reaches it reads every key" : undefined;
}

function refuseOptions({ execArgv }: StartSurroundings): string | undefined {
  const option = execArgv.find((one) => !HARMLESS_OPTIONS.test(one));
  return option === undefined
    ? undefined
    : `refusing to start: node runs with the option ${option.split("=")[0] ?? ""}, which is not on the list`;
}

function refuseVariables({ environment }: StartSurroundings): string | undefined {
  const name = Object.keys(environment).find(
    (one) => (DANGEROUS_VARIABLES.includes(one) || DANGEROUS_PREFIXES.test(one)) && environment[one] !== "",
  );
  return name === undefined ? undefined : `refusing to start: the variable ${name} is set`;
}

function refuseSwap({ readText }: StartSurroundings): string | undefined {
  if (isSwapOffForThisUnit(readText)) return undefined;
  const swaps = readText("/proc/swaps");
  if (swaps === undefined) return "refusing to start: /proc/swaps cannot be read, so keys might be swapped to the disk";
  const hasSwap = swaps.trim().split("\n").length > 1;
  return hasSwap
    ? "refusing to start: the machine has swap and this unit no MemorySwapMax=0, so keys might be written to the disk"
    : undefined;
}

/** Whether the cgroup of this process, or one around it, may not swap. */
function isSwapOffForThisUnit(readText: StartSurroundings["readText"]): boolean {
  const [, path] = /^0::(\/.*)$/m.exec(readText("/proc/self/cgroup") ?? "") ?? [];
  const parts = (path ?? "").split("/").filter((part) => part !== "");
  const cgroups = parts.map((_, index) => `/sys/fs/cgroup/${parts.slice(0, index + 1).join("/")}/memory.swap.max`);
  return cgroups.some((limit) => readText(limit)?.trim() === "0");
}

function refuseCorePattern({ readText }: StartSurroundings): string | undefined {
  const pattern = readText("/proc/sys/kernel/core_pattern");
  if (pattern === undefined)
    return "refusing to start: kernel.core_pattern cannot be read, so a crash might write keys to the disk";
  // A limit of 0 on core files does not hold when the kernel pipes them to a program.
  return pattern.startsWith("|")
    ? "refusing to start: kernel.core_pattern pipes core dumps to a program, whatever the limit is"
    : undefined;
}
