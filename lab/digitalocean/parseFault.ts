// SPDX-License-Identifier: Apache-2.0
import type { Fault, FaultEffect } from "./faults.ts";

type Members = ReadonlyMap<string, unknown>;

const methods = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"];

/**
 * Reads a fault that came as JSON.
 * @throws Error naming the member that is unknown, missing or of the wrong kind.
 */
export function parseFault(value: unknown): Fault {
  const members = readObject(value, "fault", ["method", "path", "skip", "count", "effect"]);
  const method = members.get("method");
  const path = members.get("path");
  const count = members.get("count");
  const isMethod = typeof method === "string" && methods.includes(method.toUpperCase());
  if (method !== undefined && !isMethod) throw wrong("method", "an HTTP method");
  if (typeof path !== "string" || !path.startsWith("/")) throw wrong("path", "a path pattern");
  return {
    path,
    effect: parseEffect(members.get("effect")),
    ...(isMethod && { method }),
    ...(members.has("skip") && { skip: readInteger(members, "skip", 0) }),
    ...(count !== undefined && { count: count === null ? null : readInteger(members, "count", 1) }),
  };
}

const effectMembers: ReadonlyMap<string, readonly string[]> = new Map([
  ["status", ["status", "id", "message", "retryAfter", "afterEffect"]],
  ["delay", ["milliseconds"]],
  ["hang", []],
  ["cut", ["when"]],
  ["stuck", []],
  ["fail", []],
]);

function parseEffect(value: unknown): FaultEffect {
  const kind = typeof value === "object" && value !== null && "kind" in value ? value.kind : undefined;
  const known = typeof kind === "string" ? effectMembers.get(kind) : undefined;
  if (known === undefined) throw wrong("effect.kind", [...effectMembers.keys()].join(", "));
  const members = readObject(value, "effect", ["kind", ...known]);
  switch (kind) {
    case "status":
      return parseStatus(members);
    case "delay":
      return { kind, milliseconds: readInteger(members, "milliseconds", 0) };
    case "cut": {
      const when = members.get("when");
      if (when !== "before" && when !== "after") throw wrong("effect.when", "before or after");
      return { kind, when };
    }
    case "hang":
    case "stuck":
      return { kind };
    default:
      return { kind: "fail" };
  }
}

function parseStatus(members: Members): FaultEffect {
  const status = readInteger(members, "status", 400);
  const afterEffect = members.get("afterEffect") ?? false;
  if (status > 599) throw wrong("effect.status", "an error status");
  if (typeof afterEffect !== "boolean") throw wrong("effect.afterEffect", "a boolean");
  return {
    kind: "status",
    status,
    afterEffect,
    ...(members.has("id") && { id: readText(members, "id") }),
    ...(members.has("message") && { message: readText(members, "message") }),
    ...(members.has("retryAfter") && { retryAfter: readInteger(members, "retryAfter", 0) }),
  };
}

function readObject(value: unknown, what: string, known: readonly string[]): Members {
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw wrong(what, "an object");
  const unknown = Object.keys(value).find((name) => !known.includes(name));
  if (unknown !== undefined) throw new Error(`cannot plan fault: ${what} has no member "${unknown}"`);
  return new Map(Object.entries(value));
}

function readInteger(members: Members, name: string, minimum: number): number {
  const value = members.get(name);
  if (typeof value === "number" && Number.isSafeInteger(value) && value >= minimum) return value;
  throw wrong(name, `a whole number from ${minimum} on`);
}

function readText(members: Members, name: string): string {
  const value = members.get(name);
  if (typeof value === "string") return value;
  throw wrong(name, "a string");
}

function wrong(name: string, kind: string): Error {
  return new Error(`cannot plan fault: ${name} must be ${kind}`);
}
