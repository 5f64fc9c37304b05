// SPDX-License-Identifier: Apache-2.0
import {
  asVariables,
  credentialsInWords,
  credentialsOf,
  shownCredential,
  withCredential,
  withoutCredential,
} from "../../cli/credentialEntry.ts";
import type { VaultDocument } from "../../cli/vaultDocument.ts";
import { testCredential, testKey } from "../support/testVault.ts";

const document: VaultDocument = { recipients: ["age1x"], keys: [testKey()] };

describe("the vault's credentials", () => {
  it("are none, then those that were stored, sorted, each once", () => {
    expect(credentialsOf(document)).toEqual([]);
    const stored = [
      testCredential("PULUMI_ACCESS_TOKEN", "one"),
      testCredential("DIGITALOCEAN_TOKEN", "two"),
      testCredential("PULUMI_ACCESS_TOKEN", "three"),
    ].reduce(withCredential, document);
    expect(credentialsOf(stored).map(({ name, value }) => [name, value.reveal()])).toEqual([
      ["DIGITALOCEAN_TOKEN", "two"],
      ["PULUMI_ACCESS_TOKEN", "three"],
    ]);
    expect({ recipients: stored.recipients, keys: stored.keys }).toEqual(document);
  });

  it("refuse two that exclude each other, as they are stored", () => {
    const first = withCredential(document, testCredential("TAILSCALE_API_KEY", "x"));
    expect(() => withCredential(first, testCredential("TAILSCALE_OAUTH_CLIENT_ID", "y"))).toThrow(
      "the provider refuses both",
    );
  });

  it("are dropped by name, and a name that is not there is an error", () => {
    const stored = withCredential(document, testCredential("DIGITALOCEAN_TOKEN", "x"));
    expect(credentialsOf(withoutCredential(stored, "DIGITALOCEAN_TOKEN"))).toEqual([]);
    expect(() => withoutCredential(stored, "TAILSCALE_API_KEY")).toThrow(
      "the vault has no credential TAILSCALE_API_KEY",
    );
  });

  it("leave as variables only when they are wanted", () => {
    const stored = [testCredential("PULUMI_ACCESS_TOKEN", "one"), testCredential("DIGITALOCEAN_TOKEN", "two")].reduce(
      withCredential,
      document,
    );
    expect(asVariables(stored, ["DIGITALOCEAN_TOKEN", "AWS_PROFILE"])).toEqual({ DIGITALOCEAN_TOKEN: "two" });
    expect(asVariables(document, ["DIGITALOCEAN_TOKEN"])).toEqual({});
  });

  it("are counted in words, with those that the environment replaces", () => {
    const one = withCredential(document, testCredential("DIGITALOCEAN_TOKEN", "x"));
    const two = withCredential(one, testCredential("PULUMI_ACCESS_TOKEN", "y"));
    expect(credentialsInWords(document, {})).toBe("");
    expect(credentialsInWords(one, {})).toBe(" and 1 cloud credential");
    expect(credentialsInWords(two, { DIGITALOCEAN_ACCESS_TOKEN: "mine" })).toBe(
      " and 2 cloud credentials (not used, because the environment wins: DIGITALOCEAN_TOKEN)",
    );
  });

  it("are shown without their values", () => {
    expect(shownCredential(testCredential("DIGITALOCEAN_TOKEN", "canary"))).toEqual({
      name: "DIGITALOCEAN_TOKEN",
      updated: "2026-11-23T12:00:00.000Z",
    });
  });
});
