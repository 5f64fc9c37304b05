// SPDX-License-Identifier: Apache-2.0

/** One source of a failed policy test and what went wrong. */
export interface ApiErrorData {
  readonly user: string;
  readonly errors: readonly string[];
}

/** An error answer in the form of Tailscale's API: `{message, status}` and `data` for failed policy tests. */
export class ApiError extends Error {
  public readonly status: number;
  public readonly data: readonly ApiErrorData[];

  constructor(status: number, message: string, data: readonly ApiErrorData[] = []) {
    super(message);
    this.name = "ApiError";
    this.status = status;
    this.data = data;
  }
}

/** The JSON body of an error. */
export function errorBody({ message, status, data }: ApiError): object {
  return data.length === 0 ? { message, status } : { message, status, data };
}
