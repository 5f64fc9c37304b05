// SPDX-License-Identifier: Apache-2.0
import fc from "fast-check";
import { parseRequestTarget } from "../../broker/requestTarget.ts";

describe("parseRequestTarget", () => {
  it.each([
    ["/anthropic/v1/messages", { provider: "anthropic", path: "/v1/messages", query: "" }],
    ["/anthropic/v1/messages?beta=true", { provider: "anthropic", path: "/v1/messages", query: "?beta=true" }],
    ["/openai/v1/models/gpt-4.1:x", { provider: "openai", path: "/v1/models/gpt-4.1:x", query: "" }],
    [
      "/openai/v1/models?after=a%20b&limit=2",
      { provider: "openai", path: "/v1/models", query: "?after=a%20b&limit=2" },
    ],
    [
      "/gemini/v1beta/models/x:generateContent?%24alt=json%3Benum-encoding%3Dint",
      { provider: "gemini", path: "/v1beta/models/x:generateContent", query: "?%24alt=json%3Benum-encoding%3Dint" },
    ],
    [
      "/openai/v1/models?url=https://evil.example/",
      { provider: "openai", path: "/v1/models", query: "?url=https://evil.example/" },
    ],
  ])("splits %s", (target, parts) => {
    expect(parseRequestTarget(target)).toEqual(parts);
  });

  it.each([
    ["absolute form", "http://evil.example/anthropic/v1/messages"],
    ["authority form", "evil.example:443"],
    ["asterisk form", "*"],
    ["nothing", ""],
    ["no slash in front", "anthropic/v1/messages"],
    ["two slashes in front", "//anthropic/v1/messages"],
    ["two slashes inside", "/anthropic//v1/messages"],
    ["no path after the provider", "/anthropic"],
    ["an empty path after the provider", "/anthropic/"],
    ["a final slash", "/anthropic/v1/messages/"],
    ["a dot segment", "/anthropic/./v1/messages"],
    ["a double dot segment", "/anthropic/v1/../messages"],
    ["a double dot segment at the end", "/anthropic/v1/.."],
    ["an encoded double dot segment", "/anthropic/v1/%2e%2e/files"],
    ["an encoded slash", "/anthropic/v1%2fmessages"],
    ["an encoded letter", "/anthropic/v1/%6dessages"],
    ["a backslash", "/anthropic\\v1\\messages"],
    ["a user in front of a host", "/@evil.example/v1/messages"],
    ["an at sign", "/anthropic/v1/messages@evil"],
    ["a fragment", "/anthropic/v1/messages#x"],
    ["a path parameter", "/anthropic/v1/messages;x=1"],
    ["a space", "/anthropic/v1/mess ages"],
    ["a line break", "/anthropic/v1/messages\r\nx: y"],
    ["a NUL", "/anthropic/v1/messages\0"],
    ["a letter outside ASCII", "/anthropic/v1/messagеs"],
    ["an upper-case provider", "/Anthropic/v1/messages"],
    ["a backslash in the query", "/anthropic/v1/messages?a=\\"],
    ["a fragment in the query", "/anthropic/v1/messages?a=1#b"],
    ["a broken escape in the query", "/anthropic/v1/messages?a=%zz"],
    ["a key in the query", "/openai/v1/models?key=AIzaX"],
    ["a key under an encoded name", "/openai/v1/models?%6bey=AIzaX"],
    ["a key under an upper-case name", "/openai/v1/models?API_KEY=x"],
    ["a token in the query", "/openai/v1/models?a=1&access_token=x"],
    ["a token of Google's in the query", "/gemini/v1beta/models?oauth_token=x"],
    ["a token of Google's under its old name", "/gemini/v1beta/models?alt=json&bearer_token=x"],
    ["a method of Google's in the query", "/gemini/v1beta/models/x?$httpMethod=DELETE"],
    ["a method of Google's under an encoded name", "/gemini/v1beta/models/x?%24http%4Dethod=POST"],
    ["a method in the query", "/openai/v1/models/x?_method=DELETE"],
    ["headers in the query", "/gemini/v1beta/models?$httpHeaders=X-Goog-Api-Key:AIzaX%0D%0A"],
    ["a body in the query", "/gemini/v1beta/models/x?%24req=e30"],
    ["a key under Google's long name", "/gemini/v1beta/models?$key=AIzaX"],
    ["a token under Google's longest name", "/gemini/v1beta/models?%24.oauth_token=x"],
    ["a header's name in the query", "/gemini/v1beta/models?X-Goog-Api-Key=AIzaX"],
    ["a subscription's key in the query", "/openai/v1/models?subscription-key=x"],
    ["a key behind a blank", "/openai/v1/models?+key=x"],
    ["more than 2048 characters", `/openai/v1/${"a".repeat(2048)}`],
  ])("refuses %s", (_name, target) => {
    expect(parseRequestTarget(target)).toBeUndefined();
  });

  const placeholder = `agt_${"t".repeat(43)}`;

  it.each([
    [`?key=${placeholder}`, ""],
    [`?alt=sse&key=${placeholder}`, "?alt=sse"],
    [`?key=${placeholder}&alt=sse`, "?alt=sse"],
    [`?key=${placeholder}&key=${placeholder}&a=1`, "?a=1"],
    [`?key=AIza${placeholder}`, ""],
  ])("takes the placeholder out of %s", (query, left) => {
    expect(parseRequestTarget(`/gemini/v1beta/models${query}`)).toEqual({
      provider: "gemini",
      path: "/v1beta/models",
      query: left,
    });
  });

  it.each([`?key=${placeholder}&key=AIzaX`, `?%6bey=${placeholder}`, `?KEY=${placeholder}`, `?key=${placeholder}%20`])(
    "refuses %s, which is not only the placeholder in its place",
    (query) => {
      expect(parseRequestTarget(`/gemini/v1beta/models${query}`)).toBeUndefined();
    },
  );

  it("sends every target that it accepts to the same path as a URL parser does", () => {
    const pieces = [
      "/",
      "anthropic",
      "v1",
      "messages",
      ".",
      "..",
      "%2e",
      "%2F",
      "\\",
      "@",
      "?",
      "a=b",
      "&",
      ";",
      "#",
      ":",
      "//",
      "\t",
      "é",
    ];
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...pieces), { maxLength: 10 }), (parts) => {
        const target = `/${parts.join("")}`;
        const parsed = parseRequestTarget(target);
        const url = new URL("https://provider.example/");
        if (parsed !== undefined) url.href = `https://provider.example/${parsed.provider}${parsed.path}${parsed.query}`;
        // Nothing was normalised away, and the host did not move.
        expect(parsed === undefined || url.pathname + url.search === target).toBe(true);
        expect(url.host).toBe("provider.example");
      }),
      { numRuns: 2000 },
    );
  });
});
