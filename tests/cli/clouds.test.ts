// SPDX-License-Identifier: Apache-2.0
import { ScopeMissing } from "../../cli/cloudReply.ts";
import { openDigitalOcean } from "../../cli/digitalOcean.ts";
import type { UserError } from "../../cli/errors.ts";
import { openTailscaleApi, tailscaleCredentials } from "../../cli/tailscaleApi.ts";
import { startFakeCloud, type CloudAnswer, type FakeCloud } from "../support/fakeCloud.ts";

let cloud: FakeCloud | undefined;

afterEach(async () => {
  await cloud?.close();
  cloud = undefined;
});

async function digitalOcean(answers: Record<string, CloudAnswer>) {
  cloud = await startFakeCloud(answers);
  return openDigitalOcean({ DIGITALOCEAN_TOKEN: "dop_secret", DIGITALOCEAN_API_URL: cloud.url });
}

async function tailscale(
  answers: Record<string, CloudAnswer>,
  extra: Record<string, string> = { TAILSCALE_API_KEY: "tskey-secret" },
) {
  cloud = await startFakeCloud(answers);
  return openTailscaleApi({ TAILSCALE_BASE_URL: cloud.url, ...extra });
}

async function failureOf(work: Promise<unknown>): Promise<UserError> {
  const error = (await work.catch((thrown: unknown) => thrown)) as UserError;
  expect(error.name).toBe("UserError");
  expect(error.message + error.hints.join()).not.toContain("secret");
  return error;
}

describe("the DigitalOcean client", () => {
  it("reads what the commands need and sends the token", async () => {
    const client = await digitalOcean({
      "GET /v2/account": { json: { account: { status: "active", droplet_limit: 25, email: "x" } } },
      "GET /v2/droplets/7": { json: { droplet: { id: 7, status: "active" } } },
      "GET /v2/droplets?per_page=200&tag_name=claws%3Ax": { json: { droplets: [{ id: 7 }, { id: 8 }] } },
      "GET /v2/droplets/7/firewalls?per_page=200": {
        json: {
          firewalls: [
            { id: "f", name: "fw", status: "waiting", inbound_rules: null, pending_changes: [{ droplet_id: 7 }] },
          ],
        },
      },
      "GET /v2/firewalls/f": { json: { firewall: {} } },
      "GET /v2/vpcs/v": { json: { vpc: {} } },
      "GET /v2/tags/t": { json: { tag: {} } },
    });
    expect(await client.account()).toEqual({ status: "active", dropletLimit: 25 });
    expect(await client.dropletStatus("7")).toBe("active");
    expect(await client.dropletsWithTag("claws:x")).toEqual(["7", "8"]);
    expect(await client.firewallsOf("7")).toEqual([
      { id: "f", name: "fw", status: "waiting", inboundRules: 0, pendingChanges: 1, dropletIds: [], tags: [] },
    ]);
    expect(await Promise.all([client.firewallExists("f"), client.vpcExists("v"), client.tagExists("t")])).toEqual([
      true,
      true,
      true,
    ]);
    expect(new Set(cloud?.requests.map(({ authorization }) => authorization))).toEqual(new Set(["Bearer dop_secret"]));
  });

  it("takes 404 for gone", async () => {
    const client = await digitalOcean({});
    expect(await client.dropletStatus("7")).toBeUndefined();
    expect(await client.dropletsWithTag("t")).toEqual([]);
    expect(await client.firewallsOf("7")).toEqual([]);
    expect(await Promise.all([client.firewallExists("f"), client.vpcExists("v"), client.tagExists("t")])).toEqual([
      false,
      false,
      false,
    ]);
  });

  it("does not let an ID climb out of its path", async () => {
    const client = await digitalOcean({});
    await client.dropletStatus("../account?x=");
    expect(cloud?.requests[0]?.line).toBe("GET /v2/droplets/..%2Faccount%3Fx%3D");
  });

  it.each([
    [{ status: 401, json: {} }, 2, "DigitalOcean refuses the credentials in DIGITALOCEAN_TOKEN"],
    [
      { status: 403, json: {} },
      2,
      'DigitalOcean does not let the credentials in DIGITALOCEAN_TOKEN do "GET /v2/account"',
    ],
    [{ status: 429, json: {} }, 1, "DigitalOcean says there were too many requests"],
    [{ status: 503, text: "busy" }, 1, 'DigitalOcean answered "GET /v2/account" with status 503'],
    [{ status: 200, text: "<html>" }, 1, 'DigitalOcean answered "GET /v2/account" with something that is not JSON'],
    [
      { status: 200, json: { account: {} } },
      1,
      'cannot read DigitalOcean\'s answer to "/v2/account": cannot read "account.status": it must be text',
    ],
    [{ status: 404, json: {} }, 1, 'DigitalOcean does not know "/v2/account"'],
    [{ status: 301, json: {} }, 1, 'DigitalOcean answered "GET /v2/account" with status 301'],
  ])("turns %j into exit code %d: %s", async (answer, exitCode, message) => {
    const client = await digitalOcean({ "GET /v2/account": answer });
    const error = await failureOf(client.account());
    expect(error.message).toBe(message);
    expect(error.exitCode).toBe(exitCode);
  });

  it("needs a token, under either of its names", () => {
    expect(() => openDigitalOcean({})).toThrow("DIGITALOCEAN_TOKEN is not set");
    expect(() => openDigitalOcean({ DIGITALOCEAN_ACCESS_TOKEN: "x" })).not.toThrow();
  });
});

describe("the Tailscale client", () => {
  it("speaks Basic with an API key", async () => {
    const client = await tailscale({
      "GET /api/v2/tailnet/-/devices?fields=all": {
        json: {
          devices: [
            { nodeId: "n1", hostname: "a1", tags: ["tag:agent"] },
            { nodeId: "n2", hostname: "laptop" },
          ],
        },
      },
      "GET /api/v2/device/n1": { json: {} },
    });
    expect(await client.devices()).toEqual([
      { nodeId: "n1", hostname: "a1", tags: ["tag:agent"] },
      { nodeId: "n2", hostname: "laptop", tags: [] },
    ]);
    expect(await client.deviceExists("n1")).toBe(true);
    expect(await client.deviceExists("n9")).toBe(false);
    expect(cloud?.requests[0]?.authorization).toBe(`Basic ${Buffer.from("tskey-secret:").toString("base64")}`);
  });

  it("gets one token for an OAuth client and uses it for every call", async () => {
    const extra = {
      TAILSCALE_OAUTH_CLIENT_ID: "id",
      TAILSCALE_OAUTH_CLIENT_SECRET: "secret",
      TAILSCALE_TAILNET: "example.com",
    };
    const client = await tailscale(
      {
        "POST /api/v2/oauth/token": { json: { access_token: "tok", expires_in: 3600 } },
        "GET /api/v2/tailnet/example.com/keys/k": { json: {} },
      },
      extra,
    );
    expect(await Promise.all([client.authKeyUsable("k"), client.deviceExists("n")])).toEqual([true, false]);
    expect(cloud?.requests.filter(({ line }) => line.startsWith("POST"))).toEqual([
      {
        line: "POST /api/v2/oauth/token",
        authorization: "",
        body: "grant_type=client_credentials&client_id=id&client_secret=secret",
      },
    ]);
    expect(cloud?.requests.slice(1).map(({ authorization }) => authorization)).toEqual(["Bearer tok", "Bearer tok"]);
  });

  it.each([
    ["auth_keys devices:core:read", ["auth_keys", "devices:core:read"]],
    [undefined, undefined],
  ])("says which scopes an OAuth client was given: %s", async (scope, granted) => {
    const extra = { TAILSCALE_OAUTH_CLIENT_ID: "id", TAILSCALE_OAUTH_CLIENT_SECRET: "secret" };
    const client = await tailscale({ "POST /api/v2/oauth/token": { json: { access_token: "tok", scope } } }, extra);
    expect(await client.grantedScopes()).toEqual(granted);
  });

  it("knows that an API key has no scopes, without asking", async () => {
    expect(await (await tailscale({})).grantedScopes()).toBe("api key");
    expect(cloud?.requests).toEqual([]);
  });

  it("reads the policy, and tells a missing scope from a missing tailnet", async () => {
    const answers: Record<string, CloudAnswer> = { "GET /api/v2/tailnet/-/acl": { json: { grants: [] } } };
    const client = await tailscale(answers);
    expect(await client.policy()).toEqual({ grants: [] });
    answers["GET /api/v2/tailnet/-/acl"] = { status: 403, json: {} };
    expect(await failureOf(client.policy())).toBeInstanceOf(ScopeMissing);
    answers["GET /api/v2/tailnet/-/acl"] = { status: 404, json: {} };
    expect((await failureOf(client.policy())).message).toBe("Tailscale does not know the tailnet");
  });

  it("asks for a token again after a failed attempt", async () => {
    const extra = { TAILSCALE_OAUTH_CLIENT_ID: "id", TAILSCALE_OAUTH_CLIENT_SECRET: "secret" };
    const answers: Record<string, CloudAnswer> = { "POST /api/v2/oauth/token": { status: 503, text: "busy" } };
    const client = await tailscale(answers, extra);
    expect((await failureOf(client.deviceExists("n"))).message).toContain("with status 503");
    answers["POST /api/v2/oauth/token"] = { json: { access_token: "tok" } };
    expect(await client.deviceExists("n")).toBe(false);
  });

  it.each([
    [{ json: { id: "k", invalid: true } }, false],
    [{ status: 404, json: { message: "gone" } }, false],
    [{ json: { id: "k", invalid: false } }, true],
    [{ json: { id: "k" } }, true],
  ])("says of an auth key that is read as %j: usable %s", async (answer, usable) => {
    const client = await tailscale({ "GET /api/v2/tailnet/-/keys/k": answer });
    expect(await client.authKeyUsable("k")).toBe(usable);
  });

  it("names the variables when the credentials are refused", async () => {
    const client = await tailscale({ "GET /api/v2/device/n": { status: 401, json: {} } });
    expect((await failureOf(client.deviceExists("n"))).message).toBe(
      "Tailscale refuses the credentials in TAILSCALE_API_KEY or TAILSCALE_OAUTH_CLIENT_ID and _SECRET",
    );
  });

  it.each([
    [{}, "TAILSCALE_API_KEY is not set, nor are"],
    [{ TAILSCALE_OAUTH_CLIENT_ID: "i" }, "TAILSCALE_OAUTH_CLIENT_SECRET is not set"],
    [{ TAILSCALE_API_KEY: "k", TAILSCALE_OAUTH_CLIENT_SECRET: "s" }, "are both set"],
  ])("refuses the credentials %j: %s", (environment, message) => {
    expect(() => tailscaleCredentials(environment)).toThrow(message);
  });
});
