// SPDX-License-Identifier: Apache-2.0
// What the doctor finds out about credentials, asked of the lab's own services.
import { cloudChecks } from "../../../cli/doctor/cloudChecks.ts";
import { createDoctorWorld } from "../../../cli/doctor/doctorWorld.ts";
import { tailscaleChecks } from "../../../cli/doctor/tailscaleChecks.ts";
import { runChecks, type Finding } from "../../../cli/doctor.ts";
import { openDigitalOcean } from "../../../cli/digitalOcean.ts";
import { openTailscaleApi } from "../../../cli/tailscaleApi.ts";
import type { OauthClient } from "../../../lab/tailnet/apiAccess.ts";
import { fakeStack } from "../../support/agentWorld.ts";
import { makeProject, testEffects } from "../../support/cliHarness.ts";
import { scratchFolder } from "../../support/scratchFolder.ts";
import { startTailscaleApiBench, type TailscaleApiBench } from "../../support/tailscaleApiBench.ts";
import { closeTestClouds, startTestCloud, type TestCloud } from "../../support/testCloud.ts";

const folder = scratchFolder();
const client = (...scopes: string[]): OauthClient => ({ id: "id", secret: "secret", scopes, tags: ["tag:agent"] });
let cloud: TestCloud;
let tailscale: TailscaleApiBench | undefined;

beforeEach(async () => {
  cloud = await startTestCloud({ unusedRegions: ["ams3"] });
});
afterEach(async () => {
  await Promise.all([closeTestClouds(), tailscale?.close()]);
  tailscale = undefined;
});

async function findings(oauth = client("auth_keys", "devices:core", "policy_file:read")): Promise<readonly Finding[]> {
  tailscale = await startTailscaleApiBench({ oauthClients: [oauth] });
  const { root, environment } = await makeProject(folder());
  const credentials = {
    ...environment,
    ...{ DIGITALOCEAN_TOKEN: "token-1", DIGITALOCEAN_API_URL: cloud.api.url },
    ...{ TAILSCALE_OAUTH_CLIENT_ID: "id", TAILSCALE_OAUTH_CLIENT_SECRET: "secret" },
    TAILSCALE_BASE_URL: tailscale.api.url,
  };
  const effects = testEffects({
    ...{ environment: credentials, workingDirectory: root },
    digitalOcean: () => Promise.resolve(openDigitalOcean(credentials)),
    tailscaleApi: () => Promise.resolve(openTailscaleApi(credentials)),
    openStack: () => Promise.resolve(fakeStack({ outputs: () => Promise.resolve(new Map()) })),
  });
  const world = createDoctorWorld(effects, {});
  return await runChecks([...cloudChecks(world), ...tailscaleChecks(world)]);
}

function levels(found: readonly Finding[]): Readonly<Record<string, string>> {
  return Object.fromEntries(found.map(({ check, level }) => [check, level]));
}

describe("the doctor in the lab", () => {
  it("finds scopes that suffice, and a policy that lets nobody control agents", async () => {
    const found = await findings();
    expect(levels(found)).toEqual({
      ...{ DigitalOcean: "ok", "token scopes": "ok", VPC: "ok" },
      ...{ "Tailscale API": "ok", "OAuth scopes": "ok", "tailnet policy": "fault" },
    });
    const texts = Object.fromEntries(found.map((one) => [one.check, one.found]));
    expect(texts["OAuth scopes"]).toBe("auth_keys, devices:core, policy_file:read");
    expect(texts["tailnet policy"]).toContain("no grant lets an operator control tag:agent");
  });

  it("finds the scopes that an OAuth client lacks", async () => {
    const found = await findings(client("devices:core:read"));
    expect(levels(found)).toMatchObject({ "OAuth scopes": "fault", "tailnet policy": "warn" });
    expect(found.find(({ check }) => check === "OAuth scopes")?.found).toBe(
      "the OAuth client lacks auth_keys and devices:core",
    );
  });

  it("finds what a token may not read", async () => {
    const refused = { kind: "status", status: 403 } as const;
    cloud.api.faults.add({ method: "GET", path: "/v2/tags", count: null, effect: refused });
    const found = await findings();
    expect(found.find(({ check }) => check === "token scopes")).toMatchObject({
      ...{ level: "fault", found: "the token may not read tags" },
      fix: ["make one with the scopes tag as well"],
    });
  });

  it("changes nothing", async () => {
    await findings();
    expect(new Set(cloud.api.requests.map(({ method }) => method))).toEqual(new Set(["GET"]));
    const asked = (tailscale?.api.requests ?? []).map(({ method, path }) => `${method} ${path}`);
    expect(asked.filter((line) => !line.startsWith("GET ") && line !== "POST /api/v2/oauth/token")).toEqual([]);
  });
});
