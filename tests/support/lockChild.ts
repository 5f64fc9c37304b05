// SPDX-License-Identifier: Apache-2.0
// Takes the lock argv[2], appends "in" and "out" to argv[3], and waits for a line on standard input in between.
import { appendFileSync } from "node:fs";
import { once } from "node:events";
import { acquireLock } from "../../toolchain/entryLock.ts";

const [, , path = "", log = ""] = process.argv;
const lock = await acquireLock(path, { pollMilliseconds: 5 });
appendFileSync(log, "in\n");
process.stdout.write("held\n");
await once(process.stdin, "data");
appendFileSync(log, "out\n");
await lock.release();
process.exit(0);
