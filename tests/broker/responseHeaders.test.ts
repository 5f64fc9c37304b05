// SPDX-License-Identifier: Apache-2.0
import { clientHeaders, withoutHeaders } from "../../broker/responseHeaders.ts";

const leaks = (value: string): boolean => value.includes("sk-real");

describe("clientHeaders", () => {
  it("passes on what SDKs steer by", () => {
    const headers = [
      "Retry-After",
      "7",
      "request-id",
      "req_1",
      "anthropic-ratelimit-requests-remaining",
      "3",
      "Content-Encoding",
      "gzip",
      "X-A",
      "1",
      "x-a",
      "2",
    ];

    expect(clientHeaders(headers, leaks)).toEqual(headers);
  });

  it.each([
    "Set-Cookie",
    "set-cookie2",
    "Connection",
    "Keep-Alive",
    "Transfer-Encoding",
    "Trailer",
    "Proxy-Authenticate",
    "Alt-Svc",
    "Authorization",
    "X-Api-Key",
    "x-claws-broker-error",
  ])("drops %s", (name) => {
    expect(clientHeaders([name, "x", "kept", "y"], leaks)).toEqual(["kept", "y"]);
  });

  it("drops a header that echoes the key, and those that Connection lists", () => {
    expect(
      clientHeaders(["x-echo", "you sent sk-real!", "Connection", "x-hop", "x-hop", "1", "kept", "y"], leaks),
    ).toEqual(["kept", "y"]);
  });
});

describe("withoutHeaders", () => {
  it("leaves out the named ones in any case", () => {
    expect(
      withoutHeaders(
        ["Content-Length", "1", "a", "b", "CONTENT-ENCODING", "gzip"],
        ["content-length", "content-encoding"],
      ),
    ).toEqual(["a", "b"]);
  });
});
