// SPDX-License-Identifier: Apache-2.0
// The CLI is optional: plain `pulumi` at the root of a clone does the whole infrastructure job.
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { canaryHunt } from "../../lab/hunt/canaryHunt.ts";
import { succeed } from "../../scripts/demo/demoFailure.ts";
import { nameOperatorKey } from "../../scripts/demo/projectFolder.ts";
import type { AgentOutputs } from "../../stacks/outputs.ts";
import { startStoryLab, type StoryLab, withoutWaits } from "../support/storyLab.ts";

let story: StoryLab;
const operatorKey = Buffer.alloc(32, 7).toString("base64url");

beforeAll(async () => {
  story = await startStoryLab({ ada: ["anthropic"], grace: ["anthropic", "openai"] });
  await nameOperatorKey(story.operator.project, story.stack, operatorKey);
}, 300_000);

afterAll(() => story.lab.stop(), 60_000);

function pulumi(...words: readonly string[]) {
  return story.operator.run(["pulumi", ...words, "--stack", story.stack], withoutWaits);
}

function policyPack(): string[] {
  return ["--policy-pack", join(story.operator.project, "policy/run")];
}

async function outputs(): Promise<Record<string, AgentOutputs>> {
  const { stdout } = succeed("pulumi stack output", await pulumi("stack", "output", "agents", "--json"));
  return JSON.parse(stdout) as Record<string, AgentOutputs>;
}

async function nodeNames(): Promise<string[]> {
  return (await story.lab.devices()).map(({ hostname }) => hostname).sort();
}

describe("plain pulumi", () => {
  it("up makes both agents, each with a node of its own, under the policy pack", async () => {
    succeed("pulumi stack init", await story.operator.run(["pulumi", "stack", "init", story.stack]));
    const ended = succeed("pulumi up", await pulumi("up", "--yes", "--skip-preview", ...policyPack()));
    expect(ended.stdout).toMatch(/office-claws@v\d+\.\d+\.\d+ \(local: .*policy\/run\)/);

    const { ada, grace } = await outputs();
    const devices = await story.lab.devices();
    const tagged = devices.filter(({ tags }) => tags.includes("tag:agent"));
    expect(tagged.map(({ id }) => id).sort()).toEqual([ada?.nodeId, grace?.nodeId].sort());
    expect(ada).toMatchObject({ nodeTag: "tag:agent", tag: "claws-office-claws-story-ada", providers: ["anthropic"] });
    expect(grace).toMatchObject({ providers: ["anthropic", "openai"], operatorKeys: [operatorKey], broker: null });
  }, 240_000);

  it("spends each auth key, and keeps it and the enrolment secret out of the state", async () => {
    const droplets = await story.lab.droplets();
    const told = droplets.map(({ userData }) => JSON.parse(userData ?? "{}") as { authKey: string; enrolment: string });
    const keys = told.flatMap(({ authKey, enrolment }) => [authKey, enrolment]);
    expect(new Set(keys).size).toBe(4);
    const shown = await pulumi("stack", "output", "enrolments", "--json", "--show-secrets");
    expect(Object.values(JSON.parse(succeed("pulumi stack output", shown).stdout) as object).sort()).toEqual(
      told.map(({ enrolment }) => enrolment).sort(),
    );
    for (const { authKeyId } of Object.values(await outputs())) {
      // A spent one-off key reads as gone.
      expect(await status(`${story.lab.environment["TAILSCALE_BASE_URL"]}/api/v2/tailnet/-/keys/${authKeyId}`)).toBe(
        404,
      );
    }
    const state = fileURLToPath(story.lab.environment["PULUMI_BACKEND_URL"] ?? "");
    const needles = keys.map((value, index) => ({ name: `secret ${index}`, value }));
    const { findings, sources } = await canaryHunt(needles, [{ kind: "path", path: state }]);
    expect(findings).toEqual([]);
    expect(sources).toBeGreaterThan(2);
  });

  it("preview and refresh show no change afterwards", async () => {
    expect(await pulumi("preview", "--expect-no-changes")).toMatchObject({ code: 0 });
    expect(await pulumi("refresh", "--yes", "--skip-preview")).toMatchObject({ code: 0 });
    expect(await pulumi("preview", "--expect-no-changes")).toMatchObject({ code: 0 });
  }, 240_000);

  it("destroy leaves no droplet, no cloud resource and no device behind", async () => {
    const known = await outputs();
    succeed("pulumi destroy", await pulumi("destroy", "--yes", "--skip-preview"));
    expect(await nodeNames()).not.toContain("ada");
    expect(await nodeNames()).not.toContain("grace");
    expect(await story.lab.droplets()).toEqual([]);
    for (const path of ["droplets", "firewalls", "tags"]) expect(await listed(path)).toEqual([]);
    const vpcs = await listed("vpcs");
    expect(vpcs).not.toContain(known["ada"]?.vpcId);
    expect(vpcs).not.toContain(known["grace"]?.vpcId);
  }, 240_000);
});

/** IDs (or names) that DigitalOcean's API lists at a path. */
async function listed(path: string): Promise<string[]> {
  const { body } = await fetchAsOperator(`${story.lab.environment["DIGITALOCEAN_API_URL"]}/v2/${path}?per_page=200`);
  const items = (JSON.parse(body) as Record<string, { id?: string | number; name?: string }[]>)[path];
  if (!items) throw new Error(`no list of ${path}: ${body}`);
  return items.map(({ id, name }) => String(id ?? name));
}

async function status(url: string): Promise<number> {
  return (await fetchAsOperator(url)).status;
}

/** One GET from the operator's machine with the credential that the host takes. */
async function fetchAsOperator(url: string): Promise<{ status: number; body: string }> {
  const program = `const { DIGITALOCEAN_TOKEN: token, TAILSCALE_API_KEY: key, TAILSCALE_BASE_URL: base } = process.env;
    const url = process.argv[1];
    const authorization = url.startsWith(base) ? "Basic " + btoa(key + ":") : "Bearer " + token;
    const response = await fetch(url, { headers: { authorization } });
    console.log(JSON.stringify({ status: response.status, body: await response.text() }));`;
  const ended = await story.operator.run([process.execPath, "--input-type=module", "-e", program, url]);
  return JSON.parse(succeed(`GET ${url}`, ended).stdout) as { status: number; body: string };
}
