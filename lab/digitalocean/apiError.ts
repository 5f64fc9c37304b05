// SPDX-License-Identifier: Apache-2.0

/** An answer of the API that is not a success. Its message is text for the client, in the API's own words. */
export class ApiError extends Error {
  override readonly name = "ApiError";
  readonly status: number;
  /** The `id` member of the answer, for example "not_found". */
  readonly id: string;
  /** Sent along with the answer, for example retry-after. */
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: number, message?: string, headers: Readonly<Record<string, string>> = {}) {
    const known = answers.get(status) ?? { id: "error", message: "The request failed." };
    super(message ?? known.message);
    this.status = status;
    this.id = known.id;
    this.headers = headers;
  }
}

/** What the API says for a status when there is nothing special to say. */
const answers: ReadonlyMap<number, { readonly id: string; readonly message: string }> = new Map([
  [400, { id: "bad_request", message: "error parsing request body" }],
  [401, { id: "unauthorized", message: "Unable to authenticate you" }],
  [403, { id: "forbidden", message: "You do not have access for the attempted action." }],
  [404, { id: "not_found", message: "The resource you were accessing could not be found." }],
  [409, { id: "conflict", message: "The request could not be completed due to a conflict." }],
  [412, { id: "precondition_failed", message: "The resource is not in a state that allows this." }],
  [413, { id: "request_entity_too_large", message: "The request body is too large." }],
  [415, { id: "unsupported_media_type", message: "The request body must be JSON." }],
  [422, { id: "unprocessable_entity", message: "request payload validation failed" }],
  [429, { id: "too_many_requests", message: "API rate limit exceeded." }],
  [500, { id: "server_error", message: "Unexpected server-side error" }],
  [502, { id: "bad_gateway", message: "Unexpected server-side error" }],
  [503, { id: "service_unavailable", message: "The service is temporarily unavailable." }],
  [504, { id: "gateway_timeout", message: "Unexpected server-side error" }],
]);

/** 400, for a body that cannot be read at all. */
export function badRequest(message?: string): ApiError {
  return new ApiError(400, message);
}

/** 404. */
export function notFound(): ApiError {
  return new ApiError(404);
}

/** 422, for a request that can be read but not be done. */
export function unprocessable(message: string): ApiError {
  return new ApiError(422, message);
}

/** The body of an error answer. */
export function renderError(error: { readonly id: string; readonly message: string }, requestId: string): object {
  return { id: error.id, message: error.message, request_id: requestId };
}
