// SPDX-License-Identifier: Apache-2.0
import { text, type OptionSpec, type Values } from "./command.ts";
import { UserError } from "./errors.ts";

const SHORTEST = 1;
const LONGEST = 3600;

/** The option of commands that look again and again. */
export function intervalOption(seconds: number): OptionSpec {
  return { kind: "text", value: "SECONDS", summary: `time between two looks (default: ${seconds})` };
}

/** Its value in milliseconds. @throws UserError when it is no number of seconds that makes sense */
export function readInterval(values: Values, seconds: number): number {
  const given = text(values, "interval");
  if (given === undefined) return seconds * 1000;
  const number = /^[1-9]\d{0,3}$/.test(given) ? Number(given) : 0;
  if (number >= SHORTEST && number <= LONGEST) return number * 1000;
  throw new UserError(`--interval must be a number of seconds from ${SHORTEST} to ${LONGEST}, not "${given}"`);
}

/** Waits so long, or until the signal. Never rejects. */
export async function pauseUntil(milliseconds: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  await new Promise<void>((resolve) => {
    const end = (): void => {
      clearTimeout(timer);
      signal.removeEventListener("abort", end);
      resolve();
    };
    const timer = setTimeout(end, milliseconds);
    signal.addEventListener("abort", end, { once: true });
  });
}
