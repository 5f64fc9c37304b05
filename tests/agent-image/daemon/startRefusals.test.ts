// SPDX-License-Identifier: Apache-2.0
import { findStartRefusals, type StartSurroundings } from "../../../agent-image/daemon/startRefusals.ts";

const SWAP_HEAD = "Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n";
const FILES: Readonly<Record<string, string>> = {
  "/proc/swaps": SWAP_HEAD,
  "/proc/self/cgroup": "0::/system.slice/clawsd.service\n",
  "/proc/sys/kernel/core_pattern": "/dev/null\n",
};

/** Refusals on a good machine, changed as told; undefined takes a file away. */
function refusals(
  files: Readonly<Record<string, string | undefined>> = {},
  process: Partial<StartSurroundings> = {},
): readonly string[] {
  const all: Readonly<Record<string, string | undefined>> = { ...FILES, ...files };
  return findStartRefusals({
    readText: (path) => all[path],
    environment: { PATH: "/usr/bin", NODE_ENV: "production" },
    execArgv: ["--disable-sigusr1", "--preserve-symlinks", "--preserve-symlinks-main", "--max-semi-space-size=4"],
    hasInspector: false,
    ...process,
  });
}

const SWAP = `${SWAP_HEAD}/swapfile file 1048572 0 -2\n`;
const SWAP_REFUSAL =
  "refusing to start: the machine has swap and this unit no MemorySwapMax=0, so keys might be written to the disk";

describe("findStartRefusals", () => {
  it("has nothing against a good machine", () => {
    expect(refusals()).toEqual([]);
  });

  it("refuses swap, unless this unit or a slice around it may not swap", () => {
    expect(refusals({ "/proc/swaps": SWAP })).toEqual([SWAP_REFUSAL]);
    expect(
      refusals({ "/proc/swaps": SWAP, "/sys/fs/cgroup/system.slice/clawsd.service/memory.swap.max": "max\n" }),
    ).toEqual([SWAP_REFUSAL]);
    expect(
      refusals({ "/proc/swaps": SWAP, "/sys/fs/cgroup/system.slice/clawsd.service/memory.swap.max": "0\n" }),
    ).toEqual([]);
    expect(refusals({ "/proc/swaps": SWAP, "/sys/fs/cgroup/system.slice/memory.swap.max": "0\n" })).toEqual([]);
  });

  it("does not take another unit's limit for its own", () => {
    expect(refusals({ "/proc/swaps": SWAP, "/sys/fs/cgroup/memory.swap.max": "0\n" })).toEqual([SWAP_REFUSAL]);
    expect(refusals({ "/proc/swaps": SWAP, "/proc/self/cgroup": "0::/\n4:memory:/x\n" })).toEqual([SWAP_REFUSAL]);
  });

  it("refuses when it cannot see whether there is swap", () => {
    expect(refusals({ "/proc/swaps": undefined })).toEqual([
      "refusing to start: /proc/swaps cannot be read, so keys might be swapped to the disk",
    ]);
  });

  it("refuses a core_pattern that pipes or cannot be read", () => {
    expect(refusals({ "/proc/sys/kernel/core_pattern": "|/usr/share/apport/apport %p\n" })).toEqual([
      "refusing to start: kernel.core_pattern pipes core dumps to a program, whatever the limit is",
    ]);
    expect(refusals({ "/proc/sys/kernel/core_pattern": undefined })).toEqual([
      "refusing to start: kernel.core_pattern cannot be read, so a crash might write keys to the disk",
    ]);
  });

  it("refuses an open inspector", () => {
    expect(refusals({}, { hasInspector: true })).toEqual([
      "refusing to start: the inspector is open, and whoever reaches it reads every key",
    ]);
  });

  it.each([
    "--inspect",
    "--inspect=0.0.0.0:1",
    "--heapsnapshot-signal=SIGUSR2",
    "--require",
    "--import=x",
    "--tls-keylog=/tmp/x",
    "--cpu-prof",
    "--max-old-space-size=x",
  ])("refuses the option %s", (option) => {
    expect(refusals({}, { execArgv: ["--disable-sigusr1", option] })).toEqual([
      `refusing to start: node runs with the option ${option.split("=")[0] ?? ""}, which is not on the list`,
    ]);
  });

  it.each([
    "NODE_OPTIONS",
    "NODE_DEBUG",
    "NODE_TLS_REJECT_UNAUTHORIZED",
    "NODE_EXTRA_CA_CERTS",
    "SSLKEYLOGFILE",
    "LD_PRELOAD",
    "LD_AUDIT",
    "LD_LIBRARY_PATH",
    "OPENSSL_CONF",
    "OPENSSL_MODULES",
    "GCONV_PATH",
    "NODE_V8_COVERAGE",
  ])("refuses the variable %s, but not when it is empty", (name) => {
    expect(refusals({}, { environment: { [name]: "secret" } })).toEqual([
      `refusing to start: the variable ${name} is set`,
    ]);
    expect(refusals({}, { environment: { [name]: "" } })).toEqual([]);
  });

  it("names every reason at once", () => {
    expect(
      refusals({ "/proc/swaps": SWAP, "/proc/sys/kernel/core_pattern": "|x" }, { hasInspector: true }),
    ).toHaveLength(3);
  });
});
