// SPDX-License-Identifier: Apache-2.0
import fc from "fast-check";
import { PROVIDER_IDS } from "../../protocol/constants.ts";
import { readCustomProvider, readCustomProviders } from "../../protocol/customProvider.ts";
import { ParseError } from "../../protocol/parseError.ts";
import { readCustomProviders as readConfigured } from "../../stacks/customProviders.ts";

const GOOD = {
  id: "together",
  origin: "https://api.together.xyz",
  auth: { header: "authorization", prefix: "Bearer " },
  endpoints: ["POST /v1/chat/completions", "GET /v1/models"],
  usage: "openai",
};

const taken: readonly (readonly [object])[] = [
  [{ origin: "https://a.b" }],
  [{ origin: "https://xn--bcher-kva.example" }],
  [{ auth: { header: "api-key", prefix: "" } }],
  [{ auth: { header: "x-api-key", prefix: "" } }],
  [{ auth: { header: "x-goog-api-key", prefix: "" } }],
  [{ auth: { header: "x-acme-token", prefix: "Token " } }],
  [{ endpoints: ["POST /v1/models/*:predict"] }],
  [{ endpoints: ["GET /v1/*/items/*"] }],
  [{ id: "a" }],
  [{ usage: "none" }],
];

const refused: readonly (readonly [place: string, change: object])[] = [
  ["id", { id: "openai" }],
  ["id", { id: "Together" }],
  ["id", { id: "1st" }],
  ["id", { id: "" }],
  ["id", { id: `a${"b".repeat(31)}` }],
  ["origin", { origin: "http://api.together.xyz" }],
  ["origin", { origin: "https://api.together.xyz/" }],
  ["origin", { origin: "https://api.together.xyz:8443" }],
  ["origin", { origin: "https://api.together.xyz/v1" }],
  ["origin", { origin: "https://user@api.together.xyz" }],
  ["origin", { origin: "https://API.together.xyz" }],
  ["origin", { origin: "https://localhost" }],
  ["origin", { origin: "https://127.0.0.1" }],
  ["origin", { origin: "https://127.1" }],
  ["origin", { origin: "https://0x7f.1" }],
  ["origin", { origin: "https://1.2.3.0x4" }],
  ["origin", { origin: "https://[::1]" }],
  ["origin", { origin: "https://a..b" }],
  ["origin", { origin: "https://a.b." }],
  ["origin", { origin: "https://-a.b" }],
  ["origin", { origin: "https://a_b.c" }],
  ["origin", { origin: "https://bücher.example" }],
  ["origin", { origin: `https://${"a".repeat(64)}.b` }],
  ["auth.header", { auth: { header: "Authorization", prefix: "" } }],
  ["auth.header", { auth: { header: "host", prefix: "" } }],
  ["auth.header", { auth: { header: "content-length", prefix: "" } }],
  ["auth.header", { auth: { header: "cookie", prefix: "" } }],
  ["auth.header", { auth: { header: "x-request-id", prefix: "" } }],
  ["auth.header", { auth: { header: "x-monkey", prefix: "" } }],
  ["auth.header", { auth: { header: "x-forwarded-token", prefix: "" } }],
  ["auth.header", { auth: { header: "x-claws-key", prefix: "" } }],
  ["auth.header", { auth: { header: "x-key\r\nhost", prefix: "" } }],
  ["auth.prefix", { auth: { header: "authorization", prefix: "Bearer" } }],
  ["auth.prefix", { auth: { header: "authorization", prefix: "Bearer x\r\n" } }],
  ["auth.prefix", { auth: { header: "authorization" } }],
  ["endpoints", { endpoints: [] }],
  ["endpoints", { endpoints: ["GET /v1/models", "GET /v1/models"] }],
  ["endpoints", { endpoints: Array.from({ length: 65 }, (_, index) => `GET /v1/${index}`) }],
  ["endpoints[0]", { endpoints: ["DELETE /v1/models"] }],
  ["endpoints[0]", { endpoints: ["GET v1/models"] }],
  ["endpoints[0]", { endpoints: ["GET /"] }],
  ["endpoints[0]", { endpoints: ["GET /*"] }],
  ["endpoints[0]", { endpoints: ["GET /*/models"] }],
  ["endpoints[0]", { endpoints: ["GET /v1/../admin"] }],
  ["endpoints[0]", { endpoints: ["GET /v1/./admin"] }],
  ["endpoints[0]", { endpoints: ["GET /v1//models"] }],
  ["endpoints[0]", { endpoints: ["GET /v1/models/"] }],
  ["endpoints[0]", { endpoints: ["GET /v1/a*"] }],
  ["endpoints[0]", { endpoints: ["GET /v1/**"] }],
  ["endpoints[0]", { endpoints: ["GET /v1/models?x=1"] }],
  ["endpoints[0]", { endpoints: ["GET /v1/%2e%2e"] }],
  ["endpoints[0]", { endpoints: [`GET /${"a".repeat(200)}`] }],
  ["usage", { usage: "tokens" }],
];

function read(change: object): unknown {
  return readCustomProvider({ ...GOOD, ...change }, "customProviders[0]");
}

describe("readCustomProvider", () => {
  it("reads a whole one, and one without usage", () => {
    expect(read({})).toEqual(GOOD);
    expect(read({ usage: undefined })).toEqual({ ...GOOD, usage: undefined });
  });

  it.each(taken)("takes %j", (change) => {
    expect(read(change)).toMatchObject(change);
  });

  it.each(refused)("names %s in its refusal of %j", (place, change) => {
    const thrown = (): unknown => read(change);
    expect(thrown).toThrow(ParseError);
    expect(thrown).toThrow(`cannot read "customProviders[0].${place}"`);
  });

  it("refuses a member that it does not know", () => {
    expect(() => read({ tls: false })).toThrow("must not have the member tls");
  });

  it("takes no origin whose host a URL parser would read as an address or as another host", () => {
    const label = fc.constantFrom("api", "a-b", "127", "0x7f", "1", "com", "", "xn--a", "localhost", "0", "x.y", "１");
    fc.assert(
      fc.property(fc.array(label, { minLength: 1, maxLength: 5 }), (labels) => {
        const origin = `https://${labels.join(".")}`;
        const taken = attempt(() => read({ origin }));
        const host = taken ? new URL(origin).hostname : labels.join(".");
        expect(host).toBe(labels.join("."));
        expect(taken && /^[\d.]+$/.test(host)).toBe(false);
      }),
      { numRuns: 500 },
    );
  });
});

describe("readCustomProviders", () => {
  const many = (count: number): object[] =>
    Array.from({ length: count }, (_, index) => ({ ...GOOD, id: `own-${index}` }));

  it("reads up to sixteen", () => {
    expect(readCustomProviders(many(16), "customProviders")).toHaveLength(16);
    expect(readCustomProviders([], "customProviders")).toEqual([]);
    expect(() => readCustomProviders(many(17), "customProviders")).toThrow("must not have more than 16 items");
  });

  it("refuses an ID twice, and each ID of the table", () => {
    expect(() => readCustomProviders([GOOD, GOOD], "customProviders")).toThrow("must not name a provider twice");
    for (const id of PROVIDER_IDS)
      expect(() => readCustomProviders([{ ...GOOD, id }], "customProviders")).toThrow("a provider that is built in");
  });
});

describe("the reader of the stack's configuration, which shares no code with this one", () => {
  const problemsOf = (change: object): readonly string[] => {
    const problems: string[] = [];
    readConfigured([{ ...GOOD, ...change }], problems);
    return problems;
  };

  it.each(taken)("takes %j too", (change) => {
    expect(problemsOf(change)).toEqual([]);
  });

  it.each(refused)("refuses for %s %j too", (_place, change) => {
    expect(problemsOf(change)).not.toEqual([]);
  });
});

function attempt(act: () => unknown): boolean {
  try {
    act();
    return true;
  } catch (error) {
    expect(error).toBeInstanceOf(ParseError);
    return false;
  }
}
