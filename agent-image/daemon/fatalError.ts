// SPDX-License-Identifier: Apache-2.0
import { isError } from "./errorText.ts";

/**
 * Describes an error that nobody expected: its class, its code and where it was thrown. Its message stays out, because it may quote
 * whatever was being worked on.
 */
export function describeFatal(error: unknown): string {
  if (!isError(error)) return "fatal: something was thrown that is no error\n";
  const code = (error as NodeJS.ErrnoException).code;
  const isWord = typeof code === "string" && /^[A-Z][A-Z0-9_]{1,50}$/.test(code);
  const frames = (error.stack ?? "").split("\n").filter((line) => /^ {4}at /.test(line));
  return [`fatal: ${error.constructor.name}${isWord ? ` ${code}` : ""}`, ...frames, ""].join("\n");
}
