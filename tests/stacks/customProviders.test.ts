// SPDX-License-Identifier: Apache-2.0
import fc from "fast-check";

import { PROVIDER_IDS } from "../../protocol/constants.ts";
import { readCustomProviders as readAtFirstBoot } from "../../protocol/customProvider.ts";
import { ConfigurationError, parseConfiguration } from "../../stacks/configuration.ts";
import { knownProviders, readCustomProviders } from "../../stacks/customProviders.ts";

const acme = {
  id: "acme",
  origin: "https://api.acme.example",
  auth: { header: "authorization", prefix: "Bearer " },
  endpoints: ["POST /v1/chat/completions"],
};

function problemsOf(value: unknown): readonly string[] {
  const problems: string[] = [];
  readCustomProviders(value, problems);
  return problems;
}

function dropletTakes(value: unknown): boolean {
  try {
    readAtFirstBoot(value, "customProviders");
    return true;
  } catch {
    return false;
  }
}

it("knows the providers that the broker knows", () => {
  expect([...knownProviders].sort()).toEqual([...PROVIDER_IDS].sort());
});

describe("customProviders", () => {
  it.each([
    ["the smallest", acme],
    [
      "one with everything",
      { ...acme, usage: "openai", endpoints: ["GET /v1/models/*", "POST /v1/models/*:generate"] },
    ],
    ["one with a header of its own", { ...acme, auth: { header: "x-api-key", prefix: "" } }],
    ["one with the longest ID", { ...acme, id: `a${"b".repeat(30)}` }],
  ])("reads %s", (_, provider) => {
    const problems: string[] = [];
    expect(readCustomProviders([provider], problems)).toEqual([provider]);
    expect(problems).toEqual([]);
    expect(dropletTakes([provider])).toBe(true);
  });

  it("reach those agents only that name them", () => {
    const agents = parseConfiguration({
      customProviders: [acme, { ...acme, id: "other" }],
      defaults: { image: "42" },
      agents: [{ name: "ada", providers: ["anthropic", "acme"] }, { name: "grace" }],
    });
    expect(agents.map(({ customProviders }) => customProviders)).toEqual([[acme], []]);
  });

  it("are not reported again in each agent that names a malformed one", () => {
    const raw = {
      customProviders: [{ ...acme, origin: "http://api.acme.example" }],
      agents: [{ name: "ada", image: "42", providers: ["acme"] }],
    };
    expect(() => parseConfiguration(raw)).toThrow(
      new ConfigurationError([
        "customProviders[0].origin: must be https:// and a DNS name such as https://api.example.com, without port and path, not a text of 23 characters",
      ]),
    );
  });

  it("report every problem with its path", () => {
    const broken = { id: "openai", origin: 7, auth: { header: "Host", prefx: "" }, endpoints: [], limit: 1 };
    expect(problemsOf([broken, {}, "acme", { ...acme, auth: {} }])).toEqual([
      'customProviders[0].id: must not be the ID of a provider that is built in, as "openai" is',
      "customProviders[0].origin: must be https:// and a DNS name such as https://api.example.com, without port and path, not 7",
      "customProviders[0].endpoints: must have at least 1 element",
      "customProviders[0].limit: unknown field",
      'customProviders[0].auth.header: must be authorization, api-key, apikey or an x- header with key, token, auth or secret in it, in lower case, not "Host"',
      'customProviders[0].auth.prefx: unknown field; did you mean "prefix"?',
      "customProviders[1].id: is required",
      "customProviders[1].origin: is required",
      "customProviders[1].auth: is required",
      "customProviders[1].endpoints: is required",
      'customProviders[2]: must be a map of fields, not "acme"',
      "customProviders[3].auth.header: is required",
      "customProviders[3].auth.prefix: is required",
    ]);
  });

  it.each([
    ["no list", acme, "customProviders: must be a list, not a map"],
    ["an ID twice", [acme, acme], 'customProviders[1].id: "acme" is another provider\'s ID already'],
    [
      "too many",
      Array.from({ length: 17 }, (_, index) => ({ ...acme, id: `p${index}` })),
      "customProviders: must have at most 16 elements",
    ],
  ])("refuse %s", (_, value, problem) => {
    expect(problemsOf(value)).toEqual([problem]);
    expect(dropletTakes(value)).toBe(false);
  });

  it.each([
    ...["http://api.acme.example", "https://api.acme.example:8443", "https://api.acme.example/v1", "https://localhost"],
    ...["https://127.0.0.1", "https://[::1]", "https://0x7f.1", "https://169.254.169.254", "https://1.2.3.0x4"],
    ...[
      "https://u@api.acme.example",
      "https://api.acme.example\n",
      "https://API.acme.example",
      "https://-a.example",
      "",
    ],
    ...[
      `https://${"a".repeat(64)}.example`,
      "https://a..example",
      "ftp://api.acme.example",
      "https://api.acme.example.",
    ],
  ])("refuse %j as an origin", (origin) => {
    expect(problemsOf([{ ...acme, origin }])).toEqual([expect.stringContaining("customProviders[0].origin: must be")]);
    expect(dropletTakes([{ ...acme, origin }])).toBe(false);
  });

  it.each([
    ...["host", "content-length", "cookie", "x-forwarded-for", "x-forwarded-token", "x-claws-token", "Authorization"],
    ...[
      "x-",
      "x-color",
      "transfer-encoding",
      "proxy-authorization",
      "x-api-key\r\nhost",
      "sec-fetch-key",
      "",
      "x--key",
    ],
  ])("refuse %j as the header of the key", (header) => {
    const provider = { ...acme, auth: { header, prefix: "" } };
    expect(problemsOf([provider])).toEqual([expect.stringContaining("customProviders[0].auth.header: must be")]);
    expect(dropletTakes([provider])).toBe(false);
  });

  it.each(["Bearer", " ", "Bearer  ", "Bearer x ", "Bearer\r\n", "sk-", "B".repeat(18)])(
    "refuse %j before the key",
    (prefix) => {
      const provider = { ...acme, auth: { header: "x-api-key", prefix } };
      expect(problemsOf([provider])).toEqual([expect.stringContaining("customProviders[0].auth.prefix: must be")]);
      expect(dropletTakes([provider])).toBe(false);
    },
  );

  it.each([
    ...[
      "POST /*",
      "POST /*/chat",
      "DELETE /v1/keys",
      "POST v1/chat",
      "POST //v1",
      "POST /v1/",
      "POST /v1/../keys",
      "GET /",
    ],
    ...[
      "POST /v1/a*",
      "POST /v1?x=1",
      "POST /v1/%2e%2e",
      "post /v1",
      "POST  /v1",
      `POST /${"a".repeat(200)}`,
      "POST /v1\n",
    ],
  ])("refuse %j as an endpoint", (endpoint) => {
    const provider = { ...acme, endpoints: [endpoint] };
    expect(problemsOf([provider])).toEqual([
      expect.stringContaining("customProviders[0].endpoints: element 0 must be"),
    ]);
    expect(dropletTakes([provider])).toBe(false);
  });

  it("are never such that the droplet would refuse them at its first boot", () => {
    const word = fc.stringMatching(/^[a-z0-9-]{0,34}$/);
    const near = fc.record(
      {
        id: fc.oneof(word, fc.constantFrom("acme", "openai")),
        origin: fc.oneof(fc.stringMatching(/^https:\/\/[a-z0-9.-]{1,20}$/), fc.constant("https://api.acme.example")),
        auth: fc.record({
          header: fc.oneof(fc.stringMatching(/^x-[a-z-]{0,6}(key|token|auth)[a-z-]{0,4}$/), word),
          prefix: fc.stringMatching(/^[A-Za-z]{0,3} ?$/),
        }),
        endpoints: fc.array(fc.stringMatching(/^(GET|POST) \/[a-z*:.]{1,6}(\/[a-z*:.]{1,6})?$/), { maxLength: 3 }),
        usage: fc.constantFrom("anthropic", "openai", "gemini", "none", "other"),
      },
      { requiredKeys: ["id", "origin", "auth", "endpoints"] },
    );
    fc.assert(
      fc.property(fc.array(near, { maxLength: 3 }), (value) => problemsOf(value).length > 0 || dropletTakes(value)),
      { numRuns: 2000 },
    );
  });

  it("of any form are read or reported, never otherwise", () => {
    fc.assert(fc.property(fc.anything(), (value) => Array.isArray(problemsOf(value))));
  });
});
