// SPDX-License-Identifier: Apache-2.0
import { ApiError, badRequest, notFound, renderError, unprocessable } from "../../../lab/digitalocean/apiError.ts";

describe("ApiError", () => {
  it.each([
    [400, "bad_request", "error parsing request body"],
    [401, "unauthorized", "Unable to authenticate you"],
    [403, "forbidden", "You do not have access for the attempted action."],
    [404, "not_found", "The resource you were accessing could not be found."],
    [409, "conflict", "The request could not be completed due to a conflict."],
    [412, "precondition_failed", "The resource is not in a state that allows this."],
    [422, "unprocessable_entity", "request payload validation failed"],
    [429, "too_many_requests", "API rate limit exceeded."],
    [500, "server_error", "Unexpected server-side error"],
    [503, "service_unavailable", "The service is temporarily unavailable."],
    [418, "error", "The request failed."],
  ])("for %i has the ID %s", (status, id, message) => {
    const error = new ApiError(status);
    expect([error.status, error.id, error.message, error.headers]).toEqual([status, id, message, {}]);
  });

  it("keeps its own message and headers", () => {
    const error = new ApiError(429, "slow down", { "retry-after": "3" });
    expect([error.message, error.headers]).toEqual(["slow down", { "retry-after": "3" }]);
  });

  it("has short names for what happens most", () => {
    expect([badRequest().status, badRequest("why").message]).toEqual([400, "why"]);
    expect(notFound().status).toBe(404);
    expect([unprocessable("why").status, unprocessable("why").message]).toEqual([422, "why"]);
  });

  it("is shown with the request ID", () => {
    expect(renderError(notFound(), "4d9d8375")).toEqual({
      id: "not_found",
      message: "The resource you were accessing could not be found.",
      request_id: "4d9d8375",
    });
  });
});
