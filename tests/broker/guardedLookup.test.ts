// SPDX-License-Identifier: Apache-2.0
import type { LookupAddress, LookupOptions } from "node:dns";
import { publicAddresses } from "../../broker/addressPolicy.ts";
import { ADDRESS_DENIED, createGuardedLookup } from "../../broker/guardedLookup.ts";

const PUBLIC: LookupAddress = { address: "203.0.113.20", family: 4 };
const PRIVATE: LookupAddress = { address: "10.0.0.1", family: 4 };

/** What a socket would be told about a name with these addresses. */
function look(found: LookupAddress[] | Error, options: LookupOptions = {}): Promise<unknown> {
  const guarded = createGuardedLookup(publicAddresses, (_name, _options, done) =>
    found instanceof Error ? done(found, []) : done(null, found),
  );
  return new Promise((resolve) =>
    guarded("api.example", options, (error, address, family) => resolve(error === null ? { address, family } : error)),
  );
}

describe("createGuardedLookup", () => {
  it("gives one address, or all of them when asked for all", async () => {
    expect(await look([PUBLIC])).toEqual({ address: "203.0.113.20", family: 4 });
    expect(await look([PUBLIC], { all: true })).toEqual({ address: [PUBLIC], family: undefined });
  });

  it.each([
    ["a private address", [PRIVATE]],
    ["a private address behind a public one", [PUBLIC, PRIVATE]],
    ["no address", []],
  ])("denies a name with %s", async (_name, addresses) => {
    const error = await look(addresses, { all: true });

    expect(error).toMatchObject({
      code: ADDRESS_DENIED,
      message: 'cannot connect to "api.example": its address is not public',
    });
  });

  it("passes on the resolver's own error", async () => {
    const failure = new Error("ENOTFOUND");

    expect(await look(failure)).toBe(failure);
  });
});
