// SPDX-License-Identifier: Apache-2.0
import { AUTH_SLOTS } from "../../broker/authSlots.ts";
import { PROVIDERS } from "../../broker/providerTable.ts";
import { statusesIn } from "../support/rawHttp.ts";
import { keyFor, PROVIDER_IDS, startExchangeBench, type ExchangeBench } from "./support/exchangeBench.ts";

let bench: ExchangeBench;
let token: string;
beforeAll(async () => {
  bench = await startExchangeBench();
  token = bench.daemon.token;
  bench.answerWell();
});
afterAll(() => bench.close());

/** A request that each provider's list allows, as its request line. */
function lineFor(id: string): string {
  const { endpoints = [] } = PROVIDERS.find((provider) => provider.id === id) ?? {};
  const { path = "" } = endpoints.find(({ method }) => method === "POST") ?? {};
  return `POST /${id}${path.replaceAll("*", "model-1")} HTTP/1.1`;
}

interface Outcome {
  readonly statuses: readonly number[];
  /** Every header that reached the provider with something of a credential in name or value: `name: value`. */
  readonly credentials: readonly string[];
}

async function ask(provider: string, lines: readonly string[]): Promise<Outcome> {
  const work = (): ReturnType<ExchangeBench["raw"]> =>
    bench.raw(lineFor(provider), [...lines, "Content-Length: 2"], "{}");
  const { value, seen } = await bench.during(work);
  const flat = seen.flatMap(({ rawHeaders }) => rawHeaders);
  const pairs = flat.flatMap((name, index) => (index % 2 === 0 ? [[name, flat[index + 1] ?? ""] as const] : []));
  const isCredential = ([name, text]: readonly [string, string]): boolean =>
    AUTH_SLOTS.has(name.toLowerCase().replaceAll("_", "-")) || /canary|attacker|agt_/.test(text);
  return {
    statuses: statusesIn(value.text),
    credentials: pairs.filter(isCredential).map(([name, text]) => `${name.toLowerCase()}: ${text}`),
  };
}

/** What must reach the provider: one header with the real key. */
function onlyReal(id: string): readonly string[] {
  const { auth } = PROVIDERS.find((provider) => provider.id === id) ?? {};
  return [`${auth?.header ?? ""}: ${auth?.prefix ?? ""}${keyFor(id)}`];
}

describe.each(PROVIDER_IDS)("a request to %s with credentials of the client's own", (provider) => {
  it.each<[string, readonly string[]]>([
    ["none but the placeholder", []],
    ["x-api-key", ["x-api-key: sk-attacker"]],
    ["Authorization", ["Authorization: Bearer sk-attacker"]],
    ["both", ["x-api-key: sk-attacker", "Authorization: Bearer sk-attacker"]],
    ["two of the same name", ["x-api-key: sk-attacker-1", "x-api-key: sk-attacker-2"]],
    ["mixed case", ["X-ApI-kEy: sk-attacker", "AUTHORIZATION: bearer sk-attacker"]],
    ["underscores for dashes", ["x_api_key: sk-attacker", "X_Goog_Api_Key: sk-attacker"]],
    ["other schemes", ["Authorization: Basic c2stYXR0YWNrZXI=", "Authorization: Token sk-attacker"]],
    ["a proxy's", ["Proxy-Authorization: Bearer sk-attacker", "Proxy-Authenticate: sk-attacker"]],
    ["every slot of every provider", [...AUTH_SLOTS].map((name) => `${name}: sk-attacker`)],
    ["cookies", ["Cookie: session=sk-attacker", "Cookie2: sk-attacker"]],
    ["one that Connection declares hop-by-hop", ["Connection: x-api-key", "x-api-key: sk-attacker"]],
  ])("45 sends exactly one, the real one: %s", async (_name, lines) => {
    expect(await ask(provider, [`x-api-key: ${token}`, ...lines])).toEqual({
      statuses: [200],
      credentials: onlyReal(provider),
    });
  });

  it("45 takes the placeholder as Authorization too, and hands it on in no header", async () => {
    expect(await ask(provider, [`authorization: Bearer ${token}`])).toEqual({
      statuses: [200],
      credentials: onlyReal(provider),
    });
  });
});

describe("a credential that is hidden", () => {
  it.each<[string, readonly string[]]>([
    ["behind a fold", ["X-A: b", " x-api-key: sk-attacker"]],
    ["behind a fold with a tab", ["X-A: b", "\tauthorization: sk-attacker"]],
    ["as a folded value", ["x-api-key:", " sk-attacker"]],
    ["behind a bare line feed", ["X-A: b\nx-api-key: sk-attacker"]],
    ["behind a bare carriage return", ["X-A: b\rx-api-key: sk-attacker"]],
    ["behind a NUL", ["X-A: b\0x-api-key: sk-attacker"]],
    ["with a space before its colon", ["x-api-key : sk-attacker"]],
    ["with a space before its name", [" x-api-key: sk-attacker"]],
  ])("45 %s is refused, and nothing reaches the provider", async (_name, lines) => {
    expect(await ask("anthropic", [`x-api-key: ${token}`, ...lines])).toEqual({ statuses: [400], credentials: [] });
  });

  it.each(["key", "api_key", "access_token", "KEY", "api-key", "token"])(
    "45 in the query as %s is refused, and nothing reaches the provider",
    async (name) => {
      const line = `POST /anthropic/v1/messages?${name}=sk-attacker HTTP/1.1`;
      const { value, seen } = await bench.during(() => bench.raw(line, [`x-api-key: ${token}`, "Content-Length: 0"]));

      expect([statusesIn(value.text), seen]).toEqual([[400], []]);
    },
  );

  it("45 in a trailer does not pass", async () => {
    const lines = [`x-api-key: ${token}`, "Transfer-Encoding: chunked", "Trailer: x-api-key"];
    const body = "2\r\n{}\r\n0\r\nx-api-key: sk-attacker\r\n\r\n";
    const { value, seen } = await bench.during(() => bench.raw(lineFor("anthropic"), lines, body));

    expect(statusesIn(value.text)).toEqual([200]);
    expect(JSON.stringify(seen)).not.toContain("attacker");
    expect(seen.map(({ headers }) => headers["x-api-key"])).toEqual([keyFor("anthropic")]);
  });

  it("45 as the placeholder of another start, of none or of somebody else is refused with 401", async () => {
    const wrong = [`x-api-key: agt_${"u".repeat(43)}`, "x-api-key:", `x-api-key: ${keyFor("anthropic")}`, "x-other: 1"];
    for (const line of wrong) expect(await ask("anthropic", [line])).toEqual({ statuses: [401], credentials: [] });
  });
});
