// SPDX-License-Identifier: Apache-2.0
import fc from "fast-check";
import { ApiError } from "../../../lab/digitalocean/apiError.ts";
import { type ApiRequest, findRoute, numericParam, param, type Route } from "../../../lab/digitalocean/router.ts";

const handle = (): { status: number } => ({ status: 200 });
const routes: readonly Route[] = [
  { method: "GET", path: "/v2/things", handle },
  { method: "GET", path: "/v2/things/all", handle },
  { method: "GET", path: "/v2/things/:id", handle },
  { method: "DELETE", path: "/v2/things/:id/parts/:part", handle },
];

function requestWith(params: Record<string, string>): ApiRequest {
  return { params, query: new URLSearchParams(), body: undefined, baseUrl: "", path: "", actionFault: undefined };
}

describe("findRoute", () => {
  it("matches literal and named segments and decodes them", () => {
    expect(findRoute(routes, "GET", "/v2/things").route.path).toBe("/v2/things");
    expect(findRoute(routes, "GET", "/v2/things/a%3Ab").params).toEqual({ id: "a:b" });
    expect(findRoute(routes, "DELETE", "/v2/things/1/parts/2").params).toEqual({ id: "1", part: "2" });
  });

  it("takes the first of two that match", () => {
    expect(findRoute(routes, "GET", "/v2/things/all").route.path).toBe("/v2/things/all");
  });

  it.each([
    ["GET", "/"],
    ["GET", "/v2/things/"],
    ["GET", "/v2//things"],
    ["GET", "/v2/THINGS"],
    ["POST", "/v2/things"],
    ["TRACE", "/v2/things"],
    ["GET", "/v2/things/1/parts"],
    ["GET", "/v2/things/%ff"],
    ["GET", "/v2/things/%"],
  ])("answers 404 for %s %s", (method, path) => {
    expect(() => findRoute(routes, method, path)).toThrow("The resource you were accessing could not be found.");
  });

  it("keeps an encoded slash inside its segment", () => {
    expect(findRoute(routes, "GET", "/v2/things/a%2Fb").params).toEqual({ id: "a/b" });
  });

  it("decodes every name that a client encodes", () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1, unit: "grapheme" }), (name) => {
        expect(findRoute(routes, "GET", `/v2/things/${encodeURIComponent(name)}`).params["id"] ?? "all").toBe(name);
      }),
    );
  });
});

describe("parameters", () => {
  it("fails loudly for a name that the route has not", () => {
    expect(() => param(requestWith({}), "id")).toThrow('cannot read the path parameter "id": the route has none');
  });

  it.each(["0", "-1", "1.5", "1e3", "0x10", " 1", "abc", "99999999999999999999", "१"])(
    "takes %s for no ID: 404",
    (id) => {
      expect(() => numericParam(requestWith({ id }), "id")).toThrow(ApiError);
    },
  );

  it("reads an ID", () => {
    expect(numericParam(requestWith({ id: "510000001" }), "id")).toBe(510000001);
  });
});
