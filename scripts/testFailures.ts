// SPDX-License-Identifier: Apache-2.0
import { relative, resolve } from "node:path";

const root = resolve(import.meta.dirname, "..");
const LONGEST = 200;

/**
 * The failed tests in jest's JSON report as `file › name`, and files that could not run with the first line of why. A
 * report without them, or with something else in their place, names none: the counts are what decides.
 */
export function readFailures(text: string): readonly string[] {
  return listIn(JSON.parse(text), "testResults").flatMap(failuresIn);
}

function failuresIn(file: unknown): readonly string[] {
  const path = relative(root, textIn(file, "name"));
  const tests = listIn(file, "assertionResults");
  const failed = tests.filter((test) => textIn(test, "status") === "failed").map((test) => textIn(test, "fullName"));
  const isBroken = tests.length === 0 && textIn(file, "status") === "failed";
  const names = isBroken ? [`cannot run: ${firstReason(textIn(file, "message"))}`] : failed;
  return names.map((name) => oneLine(`${path} › ${name}`));
}

/** jest's message begins with the heading "● Test suite failed to run", and may be coloured. */
function firstReason(message: string): string {
  // eslint-disable-next-line no-control-regex -- the escape character begins a colour
  const lines = message.replaceAll(/\u001B\[[\d;]*m/g, "").split("\n");
  return lines.map((line) => line.trim()).find((line) => line !== "" && !line.startsWith("●")) ?? "unknown reason";
}

function oneLine(text: string): string {
  const line = text.replaceAll(/\s+/g, " ");
  return line.length > LONGEST ? `${line.slice(0, LONGEST - 1)}…` : line;
}

function listIn(value: unknown, name: string): readonly unknown[] {
  const list = member(value, name);
  return Array.isArray(list) ? list : [];
}

function textIn(value: unknown, name: string): string {
  const text = member(value, name);
  return typeof text === "string" ? text : "";
}

function member(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null ? Reflect.get(value, name) : undefined;
}
