// SPDX-License-Identifier: Apache-2.0
// Row 7: how long `claws` takes to its first output, beside Node itself printing one line.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { makeBenchStack, makeBenchVault } from "./benchVault.ts";
import { timeProcess } from "./processTime.ts";
import { type Benchmark, besideBareNode } from "./result.ts";
import { inRounds, median } from "./statistics.ts";

const goal = 1.5;
const commands = [["--help"], ["keys", "list"], ["status", "--stack", "bench"]] as const;

export const cliStart: Benchmark = async ({ short, onProgress }) => {
  const folder = await mkdtemp(join(tmpdir(), "claws-bench-"));
  try {
    onProgress("row 7: starting claws and bare Node in turns");
    const vault = await makeBenchVault(folder, 50);
    const { claws, environment } = vault;
    await makeBenchStack(folder, vault);
    // A command that fails is quick: each has to end well before its start counts.
    for (const words of commands) await timeProcess([...claws, ...words], { cwd: folder, environment });
    const first =
      (...words: string[]) =>
      () =>
        timeProcess([...claws, ...words], { cwd: folder, environment, untilFirstOutput: true });
    const figures = await inRounds(short ? 5 : 20, {
      "bare Node": () =>
        timeProcess([process.execPath, "-e", "console.log(1)"], { cwd: folder, environment, untilFirstOutput: true }),
      "--help": first(...commands[0]),
      "keys list": first(...commands[1]),
      status: first(...commands[2]),
    });
    const bareNode = median(figures["bare Node"]);
    return (["--help", "keys list", "status"] as const).map((command) =>
      besideBareNode({
        row: 7,
        what: `claws ${command}, first output`,
        ours: median(figures[command]),
        bareNode,
        goal,
      }),
    );
  } finally {
    await rm(folder, { recursive: true });
  }
};
