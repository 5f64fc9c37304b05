// SPDX-License-Identifier: Apache-2.0
import { once } from "node:events";
import { createServer, type IncomingMessage } from "node:http";
import { PROVIDERS } from "../../broker/providerTable.ts";
import { generateIdentity } from "../../cli/ageFile.ts";
import type { ApiRequest } from "../../cli/apiClient.ts";
import { checkKey, exitCodeOfCheck } from "../../cli/checkKey.ts";
import { withNewVersion } from "../../cli/keyEntry.ts";
import { createVault } from "../../cli/vault.ts";
import { PROVIDER_IDS } from "../../protocol/constants.ts";
import { Sensitive } from "../../protocol/sensitive.ts";
import { makeProject, runClaws } from "../support/cliHarness.ts";
import { scratchFolder } from "../support/scratchFolder.ts";

const folder = scratchFolder();
const VALUE = "sk-ant-canary-check-1";
const value = Sensitive.from(VALUE);

/** What one request to a provider held, and a call that answers it with a status and the key in its body. */
function provider(status: number) {
  const requests: ApiRequest[] = [];
  const call = (request: ApiRequest) => {
    requests.push(request);
    return Promise.resolve({ status, body: Buffer.from(`{"error":"wrong key ${VALUE}"}`) });
  };
  return { requests, call };
}

describe("a check of a key", () => {
  it.each([
    [200, "live", 0],
    [401, "invalid", 1],
    [403, "restricted", 0],
    [429, "quota", 0],
    [302, "unknown", 1],
    [500, "unknown", 1],
    [404, "unknown", 1],
  ])("takes status %d for %s", async (status, result, exitCode) => {
    const check = await checkKey({ provider: "anthropic", value }, PROVIDERS, provider(status).call);
    expect([check.result, exitCodeOfCheck(check)]).toEqual([result, exitCode]);
    expect(JSON.stringify(check)).not.toContain(VALUE);
  });

  it.each(PROVIDER_IDS)(
    "sends a key of %s to its provider only, in the header that takes it, and reads",
    async (id) => {
      const { requests, call } = provider(200);
      expect((await checkKey({ provider: id, value }, PROVIDERS, call)).result).toBe("live");
      const table = PROVIDERS.find((one) => one.id === id);
      expect(requests).toHaveLength(1);
      const [request] = requests;
      expect(request?.url.origin).toBe(table?.origin);
      expect(request?.url.href).not.toContain(VALUE);
      expect(request?.method).toBe("GET");
      expect(request?.body).toBeUndefined();
      const { header, prefix } = table?.auth ?? { header: "none", prefix: "" };
      const carrying = Object.entries(request?.headers ?? {}).filter(([, text]) => text.includes(VALUE));
      expect(carrying).toEqual([[header, `${prefix}${VALUE}`]]);
    },
  );

  it("takes a 400 of Gemini and xAI for an invalid key, and of others for nothing", async () => {
    const results = PROVIDER_IDS.map(async (id) => {
      const check = await checkKey({ provider: id, value }, PROVIDERS, provider(400).call);
      return check.result === "invalid" ? id : undefined;
    });
    expect((await Promise.all(results)).filter((id) => id !== undefined).sort()).toEqual(["gemini", "xai"]);
  });

  it("follows no redirect and says when nobody answers", async () => {
    const seen: IncomingMessage[] = [];
    const server = createServer((request, response) => {
      seen.push(request);
      response.writeHead(307, { location: "/elsewhere" }).end();
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    const address = server.address();
    const port = typeof address === "object" && address !== null ? address.port : 0;
    const local = PROVIDERS.map((one) => ({ ...one, origin: `http://127.0.0.1:${port}` }));
    expect(await checkKey({ provider: "openai", value }, local)).toEqual({
      result: "unknown",
      detail: "the provider answered with status 307",
    });
    expect(seen.map(({ url }) => url)).toEqual(["/v1/models"]);
    server.close();
    await once(server, "close");
    expect(await checkKey({ provider: "openai", value }, local)).toEqual({
      result: "unknown",
      detail: "the provider did not answer: connection refused",
    });
  });

  it("is refused for a provider that nobody described, before anything is sent", async () => {
    const { requests, call } = provider(200);
    await expect(checkKey({ provider: "acme", value }, PROVIDERS, call)).rejects.toThrow(
      'nobody told claws how to check a key of provider "acme"',
    );
    expect(requests).toEqual([]);
  });
});

describe("claws keys check", () => {
  it("names the key that the vault does not have, and a provider that cannot be asked", async () => {
    const { root, environment } = await makeProject(folder());
    const owner = await generateIdentity();
    const entry = { name: "acme", provider: "acme", agent: "a1", value, created: "2026-11-23T12:00:00.000Z" };
    const document = withNewVersion({ recipients: [owner.recipient], keys: [] }, entry, "none");
    await createVault(`${root}/vault.age`, document, { identities: [owner.identity], source: "test" });
    const effects = {
      workingDirectory: root,
      environment: { ...environment, CLAWS_AGE_KEY: owner.identity.reveal() },
    };
    for (const [name, message] of [
      ["anthropic", 'the vault has no key "anthropic" for agent "a1"'],
      ["acme", 'nobody told claws how to check a key of provider "acme"'],
    ] as const) {
      const { exitCode, stdout, stderr } = await runClaws(["keys", "check", name, "--agent", "a1"], effects);
      expect([exitCode, stdout]).toEqual([2, ""]);
      expect(stderr).toContain(`claws: error: ${message}\n`);
      expect(stderr).not.toContain(VALUE);
    }
  });
});
