// SPDX-License-Identifier: Apache-2.0
import { type EgressFacts, type EgressOptions, runEgress } from "../../../../agent-image/daemon/network/egressRun.ts";
import { ParseError } from "../../../../protocol/parseError.ts";

interface Outcome {
  readonly code: number;
  readonly written: readonly string[];
  readonly lines: readonly string[];
  readonly asked: readonly string[];
}

async function run(facts: EgressFacts, changes: Partial<EgressOptions> = {}): Promise<Outcome> {
  const [written, lines, asked]: string[][] = [[], [], []];
  const code = await runEgress({
    readFacts: () => Promise.resolve(facts),
    origins: ["https://api.one.example"],
    resolve: (host) => {
      asked?.push(host);
      return Promise.resolve(["203.0.113.11"]);
    },
    write: (rules) => {
      written?.push(rules);
      return Promise.resolve();
    },
    log: (line) => lines?.push(line),
    ...changes,
  });
  return { code, written: written ?? [], lines: lines ?? [], asked: asked ?? [] };
}

describe("preparing the ways out", () => {
  it("writes empty sets and asks no name server when nothing is listed", async () => {
    const { code, written, lines, asked } = await run({});
    expect({ code, asked, lines }).toEqual({
      code: 0,
      asked: [],
      lines: ["the workload may reach nothing but the broker"],
    });
    expect(written).toEqual([expect.not.stringContaining("add element")]);
  });

  it("writes what is listed once no entry leads around the broker", async () => {
    const custom = { origin: "https://llm.own.example" };
    const { code, written, asked } = await run({ egress: ["140.82.112.0/20:443"], customProviders: [custom] });
    expect(code).toBe(0);
    expect(asked).toEqual(["api.one.example", "llm.own.example"]);
    expect(written).toEqual([expect.stringContaining("agent_egress4 { 140.82.112.0/20 . 443 }")]);
  });

  it("writes nothing at all for one bad entry, and does not try again", async () => {
    const { code, written, lines } = await run({ egress: ["140.82.112.0/20:443", "10.0.0.0/24:443"] });
    expect({ code, written }).toEqual({ code: 2, written: [] });
    expect(lines).toEqual([expect.stringMatching(/^cannot read "egress\[1\]": it must hold public addresses only/)]);
  });

  it("writes nothing when an entry holds a provider's address", async () => {
    const { code, written, lines } = await run({ egress: ["203.0.113.0/24:443"] });
    expect({ code, written }).toEqual({ code: 2, written: [] });
    expect(lines).toEqual([expect.stringMatching(/holds 203\.0\.113\.11, an address of api\.one\.example/)]);
  });

  it("writes nothing and tries again when no name server answers", async () => {
    const resolve = () => Promise.reject(new Error("getaddrinfo EAI_AGAIN api.one.example"));
    const { code, written } = await run({ egress: ["140.82.112.0/20:443"] }, { resolve });
    expect({ code, written }).toEqual({ code: 1, written: [] });
  });

  it("writes nothing for facts that cannot be read", async () => {
    const readFacts = () => Promise.reject(new ParseError("egress", "must be a list"));
    const { code, written } = await run({}, { readFacts });
    expect({ code, written }).toEqual({ code: 2, written: [] });
  });

  it("says that it failed when the rules cannot be written", async () => {
    const write = () => Promise.reject(new Error("EROFS"));
    expect(await run({}, { write })).toMatchObject({ code: 1, lines: ["EROFS"] });
  });
});
