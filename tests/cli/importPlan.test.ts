// SPDX-License-Identifier: Apache-2.0
import { PROVIDERS } from "../../broker/providerTable.ts";
import { UserError } from "../../cli/errors.ts";
import { planImport, type ImportChoices, type ImportPlan } from "../../cli/importPlan.ts";
import { readVariables } from "../../cli/importText.ts";
import { knownTargets, withMappings } from "../../cli/variableTargets.ts";
import { currentKeys, type VaultDocument } from "../../cli/vaultDocument.ts";
import { testCredential, testKey } from "../support/testVault.ts";

const now = "2026-12-01T00:00:00.000Z";
const empty: VaultDocument = { recipients: ["age1x"], keys: [] };

function choices(changes: Partial<ImportChoices> = {}, mappings: readonly string[] = []): ImportChoices {
  const targets = withMappings(knownTargets(PROVIDERS), mappings);
  return { targets, agent: "a1", ignoreOthers: false, now, ...changes };
}

function plan(text: string, document = empty, chosen = choices()): ImportPlan {
  return planImport(document, readVariables(Buffer.from(text)), chosen);
}

function complaintAbout(text: string, document = empty, chosen = choices()): UserError {
  try {
    plan(text, document, chosen);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    expect(error.message + error.hints.join()).not.toContain("canary");
    return error;
  }
  throw new Error("expected the import to be refused");
}

describe("an import", () => {
  it("makes keys of the agent and credentials of the vault", () => {
    const { document, steps } = plan("ANTHROPIC_API_KEY=one\nDIGITALOCEAN_TOKEN=two");
    expect(steps).toEqual([
      { variable: "ANTHROPIC_API_KEY", becomes: "a1/anthropic", action: "new", version: 1 },
      { variable: "DIGITALOCEAN_TOKEN", becomes: "DIGITALOCEAN_TOKEN", action: "new" },
    ]);
    expect(currentKeys(document).map(({ value, ...key }) => ({ ...key, value: value.reveal() }))).toEqual([
      {
        name: "anthropic",
        provider: "anthropic",
        agent: "a1",
        version: 1,
        created: now,
        notAfter: null,
        value: "one",
      },
    ]);
    expect(document.credentials?.map(({ value, ...one }) => ({ ...one, value: value.reveal() }))).toEqual([
      { name: "DIGITALOCEAN_TOKEN", updated: now, value: "two" },
    ]);
  });

  it("gives a key that is there the next version, under the name that it has", () => {
    const document = { ...empty, keys: [testKey({ name: "claude", provider: "anthropic", version: 3 })] };
    const { steps, document: after } = plan("ANTHROPIC_API_KEY=other", document);
    expect(steps).toEqual([{ variable: "ANTHROPIC_API_KEY", becomes: "a1/claude", action: "replaced", version: 4 }]);
    expect(after.keys.map(({ name, version }) => [name, version])).toEqual([["claude", 4]]);
  });

  it("leaves what is the same as it is, so that importing again changes nothing", () => {
    const document = {
      ...empty,
      keys: [testKey({ value: "one" })],
      credentials: [testCredential("DIGITALOCEAN_TOKEN", "two")],
    };
    const { steps, document: after } = plan("ANTHROPIC_API_KEY=one\nDIGITALOCEAN_TOKEN=two", document);
    expect(steps.map(({ action }) => action)).toEqual(["unchanged", "unchanged"]);
    expect(after).toBe(document);
  });

  it("takes another name for what it is told", () => {
    const { steps } = plan("K=one\nT=two", empty, choices({}, ["K=my-proxy", "T=PULUMI_ACCESS_TOKEN"]));
    expect(steps.map(({ becomes }) => becomes)).toEqual(["a1/my-proxy", "PULUMI_ACCESS_TOKEN"]);
  });

  it("needs no agent when it brings credentials alone", () => {
    const without: ImportChoices = { targets: choices().targets, ignoreOthers: false, now };
    expect(plan("DIGITALOCEAN_TOKEN=x", empty, without).steps).toHaveLength(1);
    expect(complaintAbout("OPENAI_API_KEY=canary", empty, without).message).toBe("whose key is OPENAI_API_KEY?");
  });

  it("refuses names that it does not know, all of them at once, unless they are to be left out", () => {
    const text = "OPENAI_API_KEY=canary1\nPATH=canary2\nEDITOR=canary3";
    expect(complaintAbout(text).message).toBe("nothing was imported: no place is known for PATH, EDITOR");
    const { steps } = plan(text, empty, choices({ ignoreOthers: true }));
    expect(steps.map(({ variable, action }) => [variable, action])).toEqual([
      ["OPENAI_API_KEY", "new"],
      ["PATH", "ignored"],
      ["EDITOR", "ignored"],
    ]);
    expect(complaintAbout("PATH=x", empty, choices({ ignoreOthers: true })).message).toBe(
      "nothing to import: no place is known for any of its variables",
    );
  });

  it("does not show a name that may be anything", () => {
    expect(complaintAbout('{"canary one": "x"}').message).toBe(
      "nothing was imported: no place is known for (a name that is not shown)",
    );
  });

  it.each([
    ["an empty value", "OPENAI_API_KEY=", "OPENAI_API_KEY: it is empty"],
    [
      "a key with a space",
      "OPENAI_API_KEY='canary x'",
      "OPENAI_API_KEY: a key must be 1 to 4096 printable ASCII characters without spaces",
    ],
    [
      "a reference",
      "OPENAI_API_KEY=$canary",
      "OPENAI_API_KEY: line 1 refers to another variable or command, which is not expanded",
    ],
    [
      "a credential of two lines",
      "DIGITALOCEAN_TOKEN='canary\nx'",
      "DIGITALOCEAN_TOKEN: it must be 1 to 4096 bytes of text on one line",
    ],
    ["a number", '{"OPENAI_API_KEY": 5}', "OPENAI_API_KEY: it is no text"],
  ])("refuses everything because of %s", (_, text, defect) => {
    const { message, hints } = complaintAbout(text);
    expect(message).toBe("nothing was imported: some values cannot be taken");
    expect(hints).toEqual([defect]);
  });

  it("cares for defects only in what is wanted", () => {
    expect(plan("OPENAI_API_KEY=x\nOTHER=$x", empty, choices({ ignoreOthers: true })).steps).toHaveLength(2);
  });

  it("refuses two variables for one place, unless they hold the same", () => {
    expect(complaintAbout("ANTHROPIC_API_KEY=canary1\nANTHROPIC_AUTH_TOKEN=canary2").message).toBe(
      "nothing was imported: ANTHROPIC_API_KEY and ANTHROPIC_AUTH_TOKEN are for the same place and differ",
    );
    const { steps } = plan("ANTHROPIC_API_KEY=x\nANTHROPIC_AUTH_TOKEN=x");
    expect(steps.map(({ action }) => action)).toEqual(["new", "unchanged"]);
  });

  it("refuses credentials that exclude each other", () => {
    const document = { ...empty, credentials: [testCredential("TAILSCALE_API_KEY", "x")] };
    expect(complaintAbout("TAILSCALE_OAUTH_CLIENT_ID=canary", document).message).toContain("the provider refuses both");
  });
});

describe("the name of what has no place", () => {
  it.each(["MY_TOKEN_2", "someOther.name", "api2", "lower-case"])("is shown: %s", (name) => {
    expect(complaintAbout(JSON.stringify({ [name]: "x" })).message).toBe(
      `nothing was imported: no place is known for ${name}`,
    );
  });

  it.each([
    ["a secret in base64, whose padding looks like an assignment", "c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0=\n"],
    ["a key in the place of a name", '{"sk-ant-api03-abcdefgh":"x"}'],
    ["what would move the cursor", '{"a\\nb":"x"}'],
    ["what is not a word", '{"two words":"x"}'],
  ])("is not shown, nor in the table: %s", (_, text) => {
    const hidden = "(a name that is not shown)";
    expect(complaintAbout(text).message).toBe(`nothing was imported: no place is known for ${hidden}`);
    const isJson = text.startsWith("{");
    const both = isJson ? text.replace("{", '{"XAI_API_KEY":"one",') : `XAI_API_KEY=one\n${text}`;
    const { steps } = plan(both, empty, choices({ ignoreOthers: true }));
    expect(steps).toEqual([
      { variable: "XAI_API_KEY", becomes: "a1/xai", action: "new", version: 1 },
      { variable: hidden, becomes: null, action: "ignored" },
    ]);
  });
});
