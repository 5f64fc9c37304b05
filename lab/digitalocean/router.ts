// SPDX-License-Identifier: Apache-2.0
import { notFound } from "./apiError.ts";

/** A request that has passed authentication and whose body has been read. */
export interface ApiRequest {
  /** Values of the `:name` segments, decoded. */
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  /** Parsed JSON; undefined when there is no body. */
  readonly body: unknown;
  /** http://host:port as the client called it, for links. */
  readonly baseUrl: string;
  /** Path without the query. */
  readonly path: string;
  /** What a planned fault does to the actions that the request starts. */
  readonly actionFault: "stuck" | "fail" | undefined;
}

/** A success. */
export interface Reply {
  readonly status: number;
  /** Absent for 204. */
  readonly body?: object;
}

/** Serves one method of one path. */
export interface Route {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** Segments; those that start with ":" match anything but the empty segment. */
  readonly path: string;
  readonly handle: (request: ApiRequest) => Reply | Promise<Reply>;
}

/** Finds the first route for the request. @throws ApiError 404 when no path and method match. */
export function findRoute(
  routes: readonly Route[],
  method: string,
  path: string,
): { readonly route: Route; readonly params: Readonly<Record<string, string>> } {
  const segments = path.split("/").map(decodeSegment);
  for (const route of routes) {
    if (route.method !== method) continue;
    const params = matchPath(route.path.split("/"), segments);
    if (params !== undefined) return { route, params };
  }
  throw notFound();
}

function matchPath(pattern: readonly string[], segments: readonly string[]): Record<string, string> | undefined {
  if (pattern.length !== segments.length) return undefined;
  const params = new Map<string, string>();
  for (const [index, part] of pattern.entries()) {
    const segment = segments[index] ?? "";
    if (part.startsWith(":") && segment !== "") params.set(part.slice(1), segment);
    else if (part !== segment) return undefined;
  }
  return Object.fromEntries(params);
}

function decodeSegment(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    throw notFound();
  }
}

/** A path parameter. */
export function param(request: ApiRequest, name: string): string {
  const value = request.params[name];
  if (value === undefined) throw new Error(`cannot read the path parameter "${name}": the route has none`);
  return value;
}

/** A path parameter that must be a positive whole number. @throws ApiError 404 when it is not. */
export function numericParam(request: ApiRequest, name: string): number {
  const value = param(request, name);
  if (!/^[1-9][0-9]{0,15}$/.test(value)) throw notFound();
  return Number(value);
}
