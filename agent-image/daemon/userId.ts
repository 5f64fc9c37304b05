// SPDX-License-Identifier: Apache-2.0
import { readFile } from "node:fs/promises";

/** Number of a user of this machine. @throws Error when the machine has no such user */
export async function findUserId(name: string, userFile = "/etc/passwd"): Promise<number> {
  const lines = (await readFile(userFile, "utf8")).split("\n").map((line) => line.split(":"));
  const digits = lines.find(([user]) => user === name)?.[2] ?? "";
  if (/^\d{1,10}$/.test(digits)) return Number(digits);
  throw new Error(`cannot tell the workload from others: there is no user "${name}"`);
}
