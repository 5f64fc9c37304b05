// SPDX-License-Identifier: Apache-2.0
// `npm run bench [-- --short] [-- --rows 7,8]`: our figures beside the peers', measured in one run, printed as ratios.
import { parseArgs } from "node:util";

import { brokerSpeed } from "./broker/brokerSpeed.ts";
import { brokerStreams } from "./broker/brokerStreams.ts";
import { cliStart } from "./cliStart.ts";
import { daemonMemory } from "./daemonMemory.ts";
import { pushMany } from "./pushMany.ts";
import { type Benchmark, renderTable, type Result } from "./result.ts";
import { upTime } from "./upTime.ts";
import { vaultPassphrase } from "./vaultPassphrase.ts";
import { vaultUnlock } from "./vaultUnlock.ts";

const benchmarks: readonly (readonly [rows: readonly number[], run: Benchmark])[] = [
  [[7], cliStart],
  [[8], vaultUnlock],
  [[9], vaultPassphrase],
  [[10], brokerSpeed],
  [[10], brokerStreams],
  [[11], pushMany],
  [[17], upTime],
  [[18], daemonMemory],
];

const { values } = parseArgs({ options: { short: { type: "boolean" }, rows: { type: "string" } } });
const wanted = values.rows?.split(",").map(Number);
const options = { short: values.short ?? false, onProgress: (line: string) => console.error(`bench: ${line}`) };

const results: Result[] = [];
for (const [rows, run] of benchmarks) {
  if (wanted && !rows.some((row) => wanted.includes(row))) continue;
  results.push(...(await run(options)));
}
console.log(renderTable(results));
