// SPDX-License-Identifier: Apache-2.0
import fc from "fast-check";
import { AUTH_SLOTS } from "../../broker/authSlots.ts";
import { canonicalName, headerPairs } from "../../broker/hopByHop.ts";
import { anthropic } from "../../broker/providers/anthropic.ts";
import { openai } from "../../broker/providers/openai.ts";
import { findHeaderFault, readFraming, upstreamHeaders } from "../../broker/requestHeaders.ts";
import { Sensitive } from "../../protocol/sensitive.ts";

const KEY = "sk-real-key";
const LOAN = { secret: Sensitive.from(KEY), countsTokens: false };

describe("upstreamHeaders", () => {
  it("asks for an answer that can be read while tokens are counted, whatever the client accepts", () => {
    const sent = ["Accept-Encoding", "gzip", "accept_encoding", "br", "Accept", "*/*"];
    const loan = { ...LOAN, countsTokens: true };

    expect(upstreamHeaders(sent, anthropic, loan)).toEqual([
      ...["host", "api.anthropic.com"],
      ...["Accept", "*/*"],
      ...["accept-encoding", "identity"],
      ...["x-api-key", KEY],
    ]);
    expect(upstreamHeaders(sent, anthropic, LOAN)).toEqual([
      ...["host", "api.anthropic.com"],
      ...sent,
      ...["x-api-key", KEY],
    ]);
  });

  it("passes on what is not in the way, in order and with its spelling", () => {
    const sent = [
      "Accept",
      "text/event-stream",
      "anthropic-version",
      "2023-06-01",
      "Anthropic-Beta",
      "a",
      "anthropic-beta",
      "b",
      "User-Agent",
      "sdk",
    ];

    expect(upstreamHeaders(sent, anthropic, LOAN)).toEqual(["host", "api.anthropic.com", ...sent, "x-api-key", KEY]);
  });

  it.each([
    "Authorization",
    "AUTHORIZATION",
    "authoriZation",
    "X-API-Key",
    "x_api_key",
    "Api-Key",
    "ApiKey",
    "x-goog-api-key",
    "xi-api-key",
    "Cookie",
    "Proxy-Authorization",
    "Proxy-Anything",
    "Connection",
    "Keep-Alive",
    "TE",
    "Trailer",
    "Upgrade",
    "HTTP2-Settings",
    "Host",
    "Expect",
    "Forwarded",
    "X-Forwarded-For",
    "X-Forwarded-Host",
    "X_Forwarded_For",
    "X-Real-IP",
    "X-Host",
    "X-Original-Method",
    "X_Original_Host",
    "X-Rewrite-Path",
    "X-Envoy-Original-Path",
    "Ocp-Apim-Subscription-Key",
    "X-Serverless-Authorization",
    "Via",
    "Tailscale-User-Login",
    "Sec-Fetch-Site",
    "X-HTTP-Method",
    "X-HTTP-Method-Override",
    "x_http_method_override",
    "X-Method-Override",
    "X-Original-URL",
    "X-Rewrite-URL",
    "Origin",
    "X-Claws-Broker-Error",
  ])("strips %s", (name) => {
    expect(upstreamHeaders([name, "mine"], openai, LOAN)).toEqual([
      "host",
      "api.openai.com",
      "authorization",
      `Bearer ${KEY}`,
    ]);
  });

  it("strips what Connection lists, in any case, with spaces and over several lines", () => {
    const sent = [
      "Connection",
      "close, X-One ,x-two",
      "connection",
      "X-Three",
      "x-one",
      "1",
      "X-Two",
      "2",
      "x-three",
      "3",
      "x-four",
      "4",
    ];

    expect(upstreamHeaders(sent, openai, LOAN)).toEqual([
      "host",
      "api.openai.com",
      "x-four",
      "4",
      "authorization",
      `Bearer ${KEY}`,
    ]);
  });

  it("keeps the framing and the one credential even when Connection lists them", () => {
    const sent = ["Connection", "content-length, authorization, host", "Content-Length", "2"];

    expect(upstreamHeaders(sent, openai, LOAN)).toEqual([
      "host",
      "api.openai.com",
      "content-length",
      "2",
      "authorization",
      `Bearer ${KEY}`,
    ]);
  });

  it("has exactly one credential, whatever the client sends", () => {
    const name = fc.constantFrom(
      "authorization",
      "Authorization",
      "x-api-key",
      "X_Api_Key",
      "cookie",
      "api-key",
      "accept",
      "x-custom",
    );
    const pair = fc.tuple(name, fc.string({ unit: fc.constantFrom("a", "b", " "), minLength: 1 }));
    fc.assert(
      fc.property(fc.array(pair), fc.constantFrom(anthropic, openai), (pairs, provider) => {
        const sent = headerPairs(upstreamHeaders(pairs.flat(), provider, LOAN));
        const credentials = sent.filter(([one]) => AUTH_SLOTS.has(canonicalName(one)));
        expect(credentials).toEqual([[provider.auth?.header, `${provider.auth?.prefix ?? ""}${KEY}`]]);
      }),
    );
  });
});

describe("readFraming", () => {
  it.each<[readonly string[], unknown]>([
    [[], "none"],
    [["Content-Length", "0"], { length: "0" }],
    [["content-length", "12"], { length: "12" }],
    [["Transfer-Encoding", "chunked"], "chunked"],
    [["Transfer-Encoding", "Chunked"], "chunked"],
    [["Transfer-Encoding", "gzip, chunked"], undefined],
    [["Transfer-Encoding", "identity"], undefined],
    [["Transfer-Encoding", "chunked", "Content-Length", "2"], undefined],
    [["Content-Length", "-1"], undefined],
    [["Content-Length", "+2"], undefined],
    [["Content-Length", "0x2"], undefined],
    [["Content-Length", "2, 2"], undefined],
    [["Content-Length", ""], undefined],
  ])("reads %j as %j", (headers, framing) => {
    expect(readFraming(headers)).toEqual(framing);
  });
});

describe("findHeaderFault", () => {
  it.each([
    ["two hosts", ["Host", "a", "host", "b"]],
    ["two lengths", ["Content-Length", "2", "Content-Length", "2"]],
    ["two types", ["Content-Type", "a", "content-type", "b"]],
    ["a length and a coding", ["Content-Length", "2", "Transfer-Encoding", "chunked"]],
    ["a coding in disguise", ["Transfer_Encoding", "chunked"]],
    ["a length in disguise", ["content_length", "9"]],
  ])("finds %s", (_name, headers) => {
    expect(findHeaderFault(headers)).toBe("bad-request");
  });

  it("takes 100 headers and no more", () => {
    expect(findHeaderFault(Array.from({ length: 200 }, (_, index) => `x${index}`))).toBeUndefined();
    expect(findHeaderFault(Array.from({ length: 202 }, (_, index) => `x${index}`))).toBe("headers-too-large");
  });
});
