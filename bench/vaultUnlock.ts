// SPDX-License-Identifier: Apache-2.0
// Row 8: a whole process that unlocks a vault of 50 keys with an X25519 identity, beside a Node that does nothing.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { makeBenchVault } from "./benchVault.ts";
import { timeProcess } from "./processTime.ts";
import { type Benchmark, besideBareNode } from "./result.ts";
import { inRounds, median } from "./statistics.ts";

const goal = 1.3;

export const vaultUnlock: Benchmark = async ({ short, onProgress }) => {
  const folder = await mkdtemp(join(tmpdir(), "claws-bench-"));
  try {
    onProgress("row 8: unlocking a vault of 50 keys and running bare Node in turns");
    const { claws, environment } = await makeBenchVault(folder, 50);
    const whole = (argv: readonly string[]) => () => timeProcess(argv, { cwd: folder, environment });
    const figures = await inRounds(short ? 5 : 20, {
      bare: whole([process.execPath, "-e", ""]),
      unlock: whole([...claws, "keys", "list", "--json"]),
    });
    const [ours, bareNode] = [median(figures.unlock), median(figures.bare)];
    return [besideBareNode({ row: 8, what: "vault unlock with X25519, whole process", ours, bareNode, goal })];
  } finally {
    await rm(folder, { recursive: true });
  }
};
