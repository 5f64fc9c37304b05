// SPDX-License-Identifier: Apache-2.0
import {
  CREDENTIAL_NAMES,
  credentialName,
  isCredentialValue,
  missingFrom,
  readCredential,
  refuseBothKinds,
} from "../../cli/credentials.ts";
import { UserError } from "../../cli/errors.ts";
import { ParseError } from "../../protocol/parseError.ts";
import { Sensitive } from "../../protocol/sensitive.ts";

const CANARY = "dop_v1_canary";

function thrownBy(work: () => unknown): UserError {
  try {
    work();
  } catch (error) {
    if (error instanceof UserError) return error;
  }
  throw new Error("expected a UserError");
}

describe("the name of a credential", () => {
  it.each(CREDENTIAL_NAMES)("may be %s", (name) => expect(credentialName(name)).toBe(name));

  it("is suggested when it is mistyped", () => {
    expect(thrownBy(() => credentialName("DIGITALOCEAN_TOKN")).hints[0]).toBe("did you mean DIGITALOCEAN_TOKEN?");
  });

  it("is not shown when it is none, because it may be a pasted credential", () => {
    const { message, hints } = thrownBy(() => credentialName(CANARY));
    expect(message).toBe("NAME is not the name of a credential that the vault holds");
    expect(message + hints.join()).not.toContain(CANARY);
  });
});

describe("the credentials that an environment lacks", () => {
  it("are all of them when it has none", () => {
    expect([...missingFrom({})].sort()).toEqual([...CREDENTIAL_NAMES].sort());
  });

  it.each([
    [{ DIGITALOCEAN_TOKEN: "x" }, ["DIGITALOCEAN_TOKEN"]],
    [{ DIGITALOCEAN_ACCESS_TOKEN: "x" }, ["DIGITALOCEAN_TOKEN"]],
    [{ TAILSCALE_API_KEY: "x" }, ["TAILSCALE_API_KEY", "TAILSCALE_OAUTH_CLIENT_ID", "TAILSCALE_OAUTH_CLIENT_SECRET"]],
    [
      { TAILSCALE_OAUTH_CLIENT_ID: "x" },
      ["TAILSCALE_API_KEY", "TAILSCALE_OAUTH_CLIENT_ID", "TAILSCALE_OAUTH_CLIENT_SECRET"],
    ],
    [{ PULUMI_CONFIG_PASSPHRASE_FILE: "x" }, ["PULUMI_CONFIG_PASSPHRASE"]],
    [{ AWS_PROFILE: "x" }, ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"]],
    [{ AWS_ACCESS_KEY_ID: "x" }, ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"]],
    [{ DIGITALOCEAN_TOKEN: "" }, []],
  ])("leave out, with %j, %j: halves of a pair are never mixed", (environment, present) => {
    expect([...missingFrom(environment)].sort()).toEqual(
      CREDENTIAL_NAMES.filter((name) => !present.includes(name)).sort(),
    );
  });
});

describe("the value of a credential", () => {
  it.each(["x", "a passphrase with spaces", "pässwörd", "x".repeat(4096), "$`'\"\\"])("may be %j", (value) => {
    expect(isCredentialValue(Sensitive.from(value))).toBe(true);
  });

  it.each(["", "x\n", "a\0b", "\u007f", "x".repeat(4097)])("must not be %j", (value) => {
    expect(isCredentialValue(Sensitive.from(value))).toBe(false);
    const credential = { name: "DIGITALOCEAN_TOKEN", value: Sensitive.from(value), updated: "2026-11-23T12:00:00Z" };
    expect(() => readCredential(credential, "credentials[0]")).toThrow(ParseError);
  });

  it("must have come as a secret", () => {
    const credential = { name: "DIGITALOCEAN_TOKEN", value: "plain", updated: "2026-11-23T12:00:00Z" };
    expect(() => readCredential(credential, "credentials[0]")).toThrow(ParseError);
  });
});

describe("two ways to prove the same", () => {
  it("are refused together, and taken alone", () => {
    const both = [{ name: "TAILSCALE_API_KEY" }, { name: "TAILSCALE_OAUTH_CLIENT_SECRET" }] as const;
    expect(thrownBy(() => refuseBothKinds(both)).message).toBe(
      "the vault would hold both TAILSCALE_API_KEY and TAILSCALE_OAUTH_CLIENT_SECRET: the provider refuses both",
    );
    for (const one of both) expect(() => refuseBothKinds([one])).not.toThrow();
  });
});
