// SPDX-License-Identifier: Apache-2.0
import type { Caller } from "./apiAccess.ts";
import { ApiError } from "./apiError.ts";

/** One authenticated call. */
export interface ApiCall {
  /** The variable parts of the path, decoded, in order. */
  readonly parameters: readonly string[];
  readonly query: URLSearchParams;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: string;
  readonly caller: Caller;
}

/** What to answer: JSON, or `text` of another type. */
export interface ApiReply {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly json?: unknown;
  readonly text?: string;
}

type Members = Readonly<Record<string, unknown>>;

/** @throws ApiError 400 when the body is not a JSON object. */
export function bodyMembers(body: string): Members {
  try {
    return members(JSON.parse(body));
  } catch {
    throw new ApiError(400, "malformed request body");
  }
}

/** A member that may be absent; `{}` then. @throws ApiError 400 when it is not an object. */
export function optionalMembers(of: Members, name: string): Members {
  return of[name] === undefined || of[name] === null ? {} : members(of[name]);
}

/** @throws ApiError 400 when the member is there and not true or false. */
export function optionalFlag(of: Members, name: string): boolean {
  const value = of[name] ?? false;
  if (typeof value === "boolean") return value;
  throw new ApiError(400, `malformed request body: ${name} must be true or false`);
}

/** @throws ApiError 400 when the member is there and not a string. */
export function optionalText(of: Members, name: string): string {
  const value = of[name] ?? "";
  if (typeof value === "string") return value;
  throw new ApiError(400, `malformed request body: ${name} must be a string`);
}

/** @throws ApiError 400 when the member is there and not a list of tags. */
export function optionalTags(of: Members, name: string): readonly string[] {
  const value: unknown = of[name] ?? [];
  const isTag = (item: unknown): item is string => typeof item === "string" && /^tag:[a-zA-Z][a-zA-Z0-9-]*$/.test(item);
  if (Array.isArray(value) && value.every(isTag)) return [...new Set(value)];
  throw new ApiError(400, `malformed request body: ${name} must be a list of tags`);
}

function members(value: unknown): Members {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Members;
  throw new ApiError(400, "malformed request body: an object was expected");
}
