// SPDX-License-Identifier: Apache-2.0
import { parseArgs, type ParseArgsConfig } from "node:util";

/** A script that `npm run` starts. */
export interface Script<Options> {
  readonly name: string;
  /** What stands behind `npm run NAME`, and lines that explain it. */
  readonly usage: string;
  readonly options: Options;
}

/** The values of a script's options; or what it says in their place, and its exit code: how it is used, when that was asked for or not known. */
export type ScriptWords<Values> = { readonly values: Values } | { readonly text: string; readonly exitCode: 0 | 2 };

/** Reads the words behind `npm run NAME --`. */
export function scriptWords<const Options extends NonNullable<ParseArgsConfig["options"]>>(
  { name, usage, options }: Script<Options>,
  args: readonly string[],
): ScriptWords<ReturnType<typeof parseArgs<{ options: Options }>>["values"]> {
  const text = `usage: npm run ${name} ${usage}`;
  if (args.includes("--help")) return { text, exitCode: 0 };
  try {
    return { values: parseArgs({ options, args: [...args] }).values };
  } catch (error) {
    // The rest of Node's message is about words that start with a hyphen.
    const [problem = ""] = (error as Error).message.split(/\. |\n/);
    return { text: `${name}: error: ${problem.charAt(0).toLowerCase()}${problem.slice(1)}\n${text}`, exitCode: 2 };
  }
}

/** The same for a script itself: it ends here when there is something to say in place of its work. */
export function wordsOrExit<const Options extends NonNullable<ParseArgsConfig["options"]>>(script: Script<Options>) {
  const words = scriptWords(script, process.argv.slice(2));
  if ("values" in words) return words.values;
  (words.exitCode === 0 ? process.stdout : process.stderr).write(`${words.text}\n`);
  process.exit(words.exitCode);
}
