// SPDX-License-Identifier: Apache-2.0
import { ParseError } from "../../protocol/parseError.ts";

/** Refuses a query on a route that has none. @throws ParseError */
export function refuseQuery(query: string): void {
  if (query !== "") throw new ParseError("query", "must be empty");
}
