// SPDX-License-Identifier: Apache-2.0
import { writeFile } from "node:fs/promises";

/** Writes a CommonJS program that this Node runs. Its path may hold spaces, which the first line of a script cannot name. */
export async function writeNodeScript(path: string, source: string): Promise<void> {
  const node = `'${process.execPath.replaceAll("'", String.raw`'\''`)}'`;
  // To the shell the second line is commands, which leave no variable of its own; to Node it is a text and a comment.
  await writeFile(path, `#!/bin/sh\n":" //; unset PWD OLDPWD SHLVL _; exec ${node} "$0" "$@"\n${source}`, {
    mode: 0o755,
  });
}
