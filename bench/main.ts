// SPDX-License-Identifier: Apache-2.0
// `npm run bench [-- --short] [-- --rows 7,8]`: our figures beside the peers', measured in one run, printed as ratios.
import { wordsOrExit } from "../scripts/scriptWords.ts";
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

const values = wordsOrExit({
  name: "bench",
  usage: `[-- OPTIONS]
  --rows LIST  only these rows of the table, as in 7,8 (default: all)
  --short      fewer rounds: figures that show whether it runs, not how fast`,
  options: { short: { type: "boolean" }, rows: { type: "string" } },
});
const wanted = values.rows?.split(",").map(Number);
const known = [...new Set(benchmarks.flatMap(([rows]) => rows))];
const stranger = wanted?.find((row) => !known.includes(row));
if (stranger !== undefined) {
  console.error(`bench: error: there is no row ${stranger}; the rows are ${known.join(", ")}`);
  process.exit(2);
}
const options = { short: values.short ?? false, onProgress: (line: string) => console.error(`bench: ${line}`) };

const results: Result[] = [];
for (const [rows, run] of benchmarks) {
  if (wanted && !rows.some((row) => wanted.includes(row))) continue;
  results.push(...(await run(options)));
}
console.log(renderTable(results));
