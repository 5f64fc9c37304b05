// SPDX-License-Identifier: Apache-2.0
// The real engine drives the stand-in providers against the DigitalOcean emulator and a fake of Tailscale's key calls.
import { type DigitalOcean, startDigitalOcean } from "../../lab/digitalocean/emulator.ts";
import { createEngineStack, type EngineStack } from "../support/engineStack.ts";
import { fakeApiKey, type FakeTailscaleKeys, startFakeTailscaleKeys } from "../support/fakeTailscaleKeys.ts";

const TAG = "digitalocean:index/tag:Tag";
const FIREWALL = "digitalocean:index/firewall:Firewall";
const VPC = "digitalocean:index/vpc:Vpc";
const DROPLET = "digitalocean:index/droplet:Droplet";
const KEY = "tailscale:index/tailnetKey:TailnetKey";
const COMMAND = "command:local:Command";
const TOKEN = "dop_v1_story";
const authorization = { authorization: `Bearer ${TOKEN}` };

const program = `
import * as command from "@pulumi/command";
import * as digitalocean from "@pulumi/digitalocean";
import * as pulumi from "@pulumi/pulumi";
import * as tailscale from "@pulumi/tailscale";

const config = new pulumi.Config();
const imageId = config.require("image");
const image = digitalocean.getImageOutput({ id: Number(imageId) });
const tag = new digitalocean.Tag("a1", { name: "claws-story-a1" });
const firewall = new digitalocean.Firewall("a1", {
  tags: [tag.name],
  outboundRules: [
    { protocol: "tcp", portRange: "all", destinationAddresses: ["0.0.0.0/0", "::/0"] },
    { protocol: "icmp", destinationAddresses: ["::/0", "0.0.0.0/0"] },
  ],
});
const vpc = new digitalocean.Vpc("a1", { region: "nyc3" });
const key = new tailscale.TailnetKey(
  "a1",
  { preauthorized: true, tags: ["tag:agent"], expiry: 900, recreateIfInvalid: "never" },
  { replacementTrigger: imageId },
);
const droplet = new digitalocean.Droplet(
  "a1",
  {
    name: "a1",
    image: image.id.apply(String),
    region: "nyc3",
    size: config.get("size") ?? "s-1vcpu-1gb",
    tags: [tag.name],
    vpcUuid: vpc.id,
    userData: pulumi.jsonStringify({ authKey: pulumi.secret(key.key) }),
    monitoring: false,
    dropletAgent: false,
    gracefulShutdown: true,
  },
  {
    dependsOn: firewall,
    replacementTrigger: imageId,
    deleteBeforeReplace: true,
    customTimeouts: { create: config.get("patience") ?? "10m" },
  },
);
const node = new command.local.Command("a1", {
  create: 'echo "node of $DROPLET"',
  delete: 'echo "$PULUMI_COMMAND_STDOUT" >> ../removed.txt',
  environment: { DROPLET: droplet.name },
  triggers: [droplet.id],
});
export const dropletId = droplet.id;
export const address = droplet.ipv4Address;
export const userData = droplet.userData;
export const said = node.stdout;
`;

describe("the stand-in providers under the real engine", () => {
  let [cloud, tailscale, stack]: [DigitalOcean?, FakeTailscaleKeys?, EngineStack?] = [];
  let images: readonly string[] = [];

  async function start(environment: Record<string, string>) {
    cloud = await startDigitalOcean({
      ...{ host: "127.0.0.1", port: 0, tokens: [TOKEN] },
      timing: { create: 20, action: 10, firewall: 10, delete: 10 },
    });
    tailscale = await startFakeTailscaleKeys();
    images = [
      String(cloud.addSnapshot({ name: "agent-1", regions: ["nyc3"] })),
      String(cloud.addSnapshot({ name: "agent-2", regions: ["nyc3"] })),
    ];
    stack = await createEngineStack(program, {
      ...{ TAILSCALE_BASE_URL: tailscale.url, TAILSCALE_API_KEY: fakeApiKey, CLAWS_LAB_PROVIDER_WAITS: "none" },
      ...environment,
    });
    await stack.run("config", "set", "image", images[0] ?? "");
    return { cloud, tailscale, stack };
  }

  afterEach(async () => {
    await stack?.remove();
    await cloud?.close();
    await tailscale?.close();
  });

  it("makes, keeps, replaces and destroys an agent's resources in the order of the official plugins", async () => {
    const { cloud, tailscale, stack } = await start({ DIGITALOCEAN_TOKEN: TOKEN });
    const withUrl = await stack.run("config", "set", "digitalocean:apiEndpoint", cloud.url);
    expect(withUrl.exitCode).toBe(0);

    const first = await stack.run("up", "--yes", "--json");
    expect(first.problems.filter((message) => !/^using pulumi-(resource|language)-/.test(message))).toEqual([]);
    expect(first.exitCode).toBe(0);
    // Tag, VPC and key are made at once and the firewall as soon as the tag is there.
    expect(first.steps.slice(0, 4).toSorted()).toEqual([FIREWALL, TAG, VPC, KEY].map((type) => `create ${type}`));
    expect(first.steps.indexOf(`create ${TAG}`)).toBeLessThan(first.steps.indexOf(`create ${FIREWALL}`));
    expect(first.steps.slice(4)).toEqual([`create ${DROPLET}`, `create ${COMMAND}`]);

    // What a droplet is given holds the key; the state, the events and the shown outputs do not.
    const [secret = "none"] = tailscale.secrets;
    const created = cloud.requests.filter(({ method, path }) => method === "POST" && path === "/v2/droplets");
    expect(created.map(({ body }) => body.includes(secret))).toEqual([true]);
    expect((await stack.stateText()).includes(secret)).toBe(false);
    expect(first.shown).toContain(`"op":"create","urn":"urn:pulumi:test::providers::${KEY}::a1"`);
    expect(first.shown.includes(secret)).toBe(false);
    const outputs = await stack.outputs();
    expect(outputs).toEqual({
      dropletId: expect.stringMatching(/^\d+$/),
      address: expect.stringMatching(/^198\.51\.100\.\d+$/),
      userData: expect.stringMatching(/^[0-9a-f]{40}$/),
      said: "node of a1",
    });

    // A spent key is gone from the API, which is no change.
    tailscale.keys.clear();
    expect(await stack.run("preview", "--expect-no-changes", "--json")).toMatchObject({ exitCode: 0, steps: [] });
    expect(await stack.run("refresh", "--yes", "--json", "--skip-preview")).toMatchObject({ exitCode: 0 });
    expect(await stack.run("preview", "--expect-no-changes", "--json")).toMatchObject({ exitCode: 0, steps: [] });
    expect((await stack.stateText()).includes(secret)).toBe(false);

    await stack.run("config", "set", "image", images[1] ?? "");
    const second = await stack.run("up", "--yes", "--json", "--skip-preview");
    expect(second.steps).toEqual([
      `create-replacement ${KEY}`,
      `delete-replaced ${COMMAND}`,
      `delete-replaced ${DROPLET}`,
      `create-replacement ${DROPLET}`,
      `create-replacement ${COMMAND}`,
      `delete-replaced ${KEY}`,
    ]);
    expect((await stack.outputs())["dropletId"]).not.toEqual(outputs["dropletId"]);
    expect(tailscale.secrets).toHaveLength(2);
    expect(await stack.run("refresh", "--yes", "--json", "--skip-preview")).toMatchObject({ exitCode: 0 });
    expect(await stack.run("preview", "--expect-no-changes", "--json")).toMatchObject({ exitCode: 0, steps: [] });

    const end = await stack.run("destroy", "--yes", "--json", "--skip-preview");
    expect(end.exitCode).toBe(0);
    expect(end.steps.slice(0, 3)).toEqual([`delete ${COMMAND}`, `delete ${DROPLET}`, `delete ${FIREWALL}`]);
    expect(end.steps.slice(3).toSorted()).toEqual([`delete ${TAG}`, `delete ${VPC}`, `delete ${KEY}`]);
    expect([...tailscale.keys]).toEqual([]);
    await expectEmpty(cloud);
  }, 400_000);

  it("keeps a droplet that never starts in the state, so that destroy finds it and no second one is made", async () => {
    const { cloud, stack } = await start({ DIGITALOCEAN_ACCESS_TOKEN: TOKEN, DIGITALOCEAN_TOKEN: "" });
    await stack.run("config", "set", "digitalocean:apiEndpoint", cloud.url);
    await stack.run("config", "set", "patience", "1s");
    cloud.faults.add({ method: "POST", path: "/v2/droplets", effect: { kind: "stuck" } });

    const first = await stack.run("up", "--yes", "--json", "--skip-preview");
    expect(first.exitCode).not.toBe(0);
    expect(first.problems.join("\n")).toContain("to become ready: timeout while waiting for state to become 'active'");
    expect(await stack.stateText()).toContain('"initErrors"');

    // It is locked for ever, so only the owner can delete it; what is left then goes as usual.
    const [droplet] = await listed(cloud, "/v2/droplets", "droplets");
    await fetch(`${cloud.url}/v2/droplets/${String(droplet?.id)}`, { method: "DELETE", headers: authorization });
    expect(await stack.run("refresh", "--yes", "--json", "--skip-preview")).toMatchObject({ exitCode: 0 });
    expect(await stack.run("destroy", "--yes", "--json", "--skip-preview")).toMatchObject({ exitCode: 0 });
    expect(cloud.requests.filter(({ method, path }) => method === "POST" && path === "/v2/droplets")).toHaveLength(1);
    await expectEmpty(cloud);
  }, 200_000);

  it("reads a secret token from the stack's configuration and names what is wrong with a refused one", async () => {
    const { cloud, stack } = await start({ DIGITALOCEAN_TOKEN: "", DIGITALOCEAN_ACCESS_TOKEN: "" });
    await stack.run("config", "set", "digitalocean:apiEndpoint", cloud.url);
    await stack.run("config", "set", "--secret", "digitalocean:token", "dop_v1_wrong");

    const refused = await stack.run("preview", "--json");
    expect(refused.exitCode).not.toBe(0);
    expect(refused.output).toContain(`GET ${cloud.url}/v2/images/${images[0] ?? ""}: 401 (request `);
    expect(refused.output.includes("dop_v1_wrong")).toBe(false);

    await stack.run("config", "set", "--secret", "digitalocean:token", TOKEN);
    expect(await stack.run("preview", "--json")).toMatchObject({ exitCode: 0 });
  }, 200_000);
});

async function listed(cloud: DigitalOcean, path: string, root: string) {
  const answer = await fetch(`${cloud.url}${path}`, { headers: authorization });
  const lists = (await answer.json()) as Record<string, { id: unknown; name: string; default?: boolean }[]>;
  return lists[root] ?? [];
}

/** Everything the program made is gone; what every account has stays. */
async function expectEmpty(cloud: DigitalOcean): Promise<void> {
  const left = async (path: string, root: string) => {
    const found = await listed(cloud, path, root);
    return found.filter((resource) => resource.default !== true).map(({ name }) => name);
  };
  expect({
    droplets: await left("/v2/droplets", "droplets"),
    firewalls: await left("/v2/firewalls", "firewalls"),
    tags: await left("/v2/tags", "tags"),
    vpcs: await left("/v2/vpcs", "vpcs"),
  }).toEqual({ droplets: [], firewalls: [], tags: [], vpcs: [] });
}
