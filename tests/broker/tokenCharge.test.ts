// SPDX-License-Identifier: Apache-2.0
import { tokensToCharge, type Spending } from "../../broker/tokenCharge.ts";
import type { ExchangeEnd } from "../../broker/exchange.ts";

const post = { method: "POST", path: "/v1/messages" } as const;

function charge(code: ExchangeEnd["code"], rest: Partial<Spending> = {}): number {
  const end = { code, bytesIn: 100, bytesOut: 301 };
  return tokensToCharge({ end, metered: 0, endpoint: post, status: 200, ...rest });
}

describe("tokensToCharge", () => {
  it("takes the provider's word for a whole answer, be it more or less than the bytes say", () => {
    expect(charge("ok", { metered: 7 })).toBe(7);
    expect(charge("ok", { metered: 70_000 })).toBe(70_000);
  });

  it("puts an answer without usage at a token for every four bytes of request and answer", () => {
    expect(charge("ok")).toBe(101);
  });

  it.each(["client-left", "upstream-cut", "key-revoked"] as const)(
    "puts an answer that ends with %s at the bytes that passed, or at what was read when that is more",
    (code) => {
      expect(charge(code, { metered: 7 })).toBe(101);
      expect(charge(code, { metered: 900 })).toBe(900);
    },
  );

  it("charges a client that leaves before the answer for its request", () => {
    expect(charge("client-left", { status: 0, end: { code: "client-left", bytesIn: 4000, bytesOut: 0 } })).toBe(1000);
  });

  it.each<[string, number]>([
    ["a refusal of the provider", charge("ok", { status: 429 })],
    ["a refusal that was broken off", charge("upstream-cut", { status: 500 })],
    ["a redirect", charge("ok", { status: 307 })],
    ["a provider that could not be reached", charge("upstream-unreachable", { status: 502 })],
    ["a question about models", charge("ok", { endpoint: { method: "GET", path: "/v1/models" } })],
    ["a free endpoint", charge("ok", { endpoint: { ...post, isFree: true } })],
  ])("charges nothing for %s", (_name, tokens) => {
    expect(tokens).toBe(0);
  });
});
