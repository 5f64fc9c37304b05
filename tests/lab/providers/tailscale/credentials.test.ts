// SPDX-License-Identifier: Apache-2.0
import { type GivenCredentials, parseCredentials } from "../../../../lab/providers/tailscale/credentials.ts";

const none: GivenCredentials = {
  apiKey: "",
  oauthClientId: "",
  oauthClientSecret: "",
  identityToken: "",
  audience: "",
};
const parse = (given: Partial<GivenCredentials>) => parseCredentials({ ...none, ...given });

describe("parseCredentials", () => {
  it("accepts an API key or an OAuth client", () => {
    expect(parse({ apiKey: "k" })).toEqual({ kind: "apiKey", apiKey: "k" });
    expect(parse({ oauthClientId: "i", oauthClientSecret: "s" })).toEqual({
      kind: "oauth",
      clientId: "i",
      clientSecret: "s",
    });
  });

  it.each<[string, Partial<GivenCredentials>]>([
    ["no API key and no OAuth client ID are set", {}],
    ["no API key and no OAuth client ID are set", { oauthClientSecret: "s" }],
    ["are both set, but only one may be", { apiKey: "k", oauthClientId: "i", oauthClientSecret: "s" }],
    ["are both set, but only one may be", { apiKey: "k", oauthClientSecret: "s" }],
    ["are both set, but only one may be", { apiKey: "k", audience: "a" }],
    ["without a client secret", { oauthClientId: "i" }],
    ["a client secret and an identity token", { oauthClientId: "i", oauthClientSecret: "s", identityToken: "t" }],
    ["does not know workload identity", { oauthClientId: "i", identityToken: "t" }],
    ["does not know workload identity", { oauthClientId: "i", audience: "a" }],
  ])("says %p", (reason, given) => {
    expect(() => parse(given)).toThrow(
      new RegExp(`^Provider credentials error: .*${reason.replace("a client", ".*client")}`),
    );
  });
});
