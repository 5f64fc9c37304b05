// SPDX-License-Identifier: Apache-2.0

/** One request as it reached the API. Bodies are kept whole on purpose: tests hunt through them for secrets. */
export interface RequestRecord {
  /** RFC 3339 with milliseconds. */
  readonly time: string;
  /** The same as the response's x-request-id. */
  readonly requestId: string;
  /** Address of the client. */
  readonly source: string;
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  /** Without "?"; "" when there is none. */
  readonly query: string;
  /** Lower-case names; the value of `authorization` is replaced. */
  readonly headers: Readonly<Record<string, string>>;
  /** As received; "" when there is none. Cut at the size limit of the API. */
  readonly body: string;
  /** Null when the connection ended without an answer. */
  readonly status: number | null;
  /** From the first byte of the request to the end of the answer. */
  readonly milliseconds: number;
}

/** Records kept; older ones are dropped, so a lab that runs for days does not grow. */
export const requestLogLength = 20_000;

const hidden = "[hidden]";

/** The newest requests in order of their end. */
export class RequestLog {
  readonly records: RequestRecord[] = [];

  add(record: RequestRecord): void {
    this.records.push(record);
    if (this.records.length > requestLogLength) this.records.splice(0, this.records.length - requestLogLength);
  }
}

/** Headers for the log, with the credential taken out. */
export function loggedHeaders(headers: NodeJS.Dict<string | string[]>): Record<string, string> {
  const entries = Object.entries(headers).map(([name, value]): [string, string] => [
    name,
    name === "authorization" || name === "proxy-authorization" ? hidden : [value ?? ""].flat().join(", "),
  ]);
  return Object.fromEntries(entries);
}
