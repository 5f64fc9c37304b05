// SPDX-License-Identifier: Apache-2.0
// claws cost: live prices, the table that stands in for them, and sums that are exact.
import { fetchStackCost } from "../../cli/agentCost.ts";
import { openDigitalOcean } from "../../cli/digitalOcean.ts";
import type { Effects } from "../../cli/effects.ts";
import { UserError } from "../../cli/errors.ts";
import { listPrice, PRICES_OF } from "../../cli/priceTable.ts";
import type { KnownAgent } from "../../cli/stackOutputs.ts";
import { sizes } from "../../lab/digitalocean/sizes.ts";
import { cloudDroplet, cloudImage, fakeStack, healthyCloud, knownAgent } from "../support/agentWorld.ts";
import { makeProject, runClaws } from "../support/cliHarness.ts";
import { scratchFolder } from "../support/scratchFolder.ts";
import { closeTestClouds, startTestCloud } from "../support/testCloud.ts";

const folder = scratchFolder();
const now = (): Date => new Date("2026-11-23T12:00:00Z");

afterEach(closeTestClouds);

async function cost(agents: Record<string, Partial<KnownAgent>>, given: Partial<Effects> = {}, words: string[] = []) {
  const { root, environment } = await makeProject(folder());
  const known = new Map(Object.entries(agents).map(([name, changes]) => [name, knownAgent(changes)]));
  return await runClaws(["cost", ...words], {
    ...{ environment, workingDirectory: root, now },
    openStack: () => Promise.resolve(fakeStack({ outputs: () => Promise.resolve(known) })),
    digitalOcean: () => Promise.resolve(healthyCloud()),
    ...given,
  });
}

const away: Effects["digitalOcean"] = () => Promise.reject(new UserError("cannot reach DigitalOcean"));

describe("claws cost", () => {
  it("shows each agent and the image that they boot from, and adds up", async () => {
    const { exitCode, stdout, stderr } = await cost({ a1: { ttlHours: 480 } });
    expect(exitCode).toBe(0);
    expect(stdout).toBe(
      [
        "AGENT     SIZE         $/MONTH  $/HOUR    AGE   SO FAR  TTL LEFT  BY THEN",
        "a1        s-1vcpu-1gb  $6.00    $0.00893  12 d  $2.57   8 d       $4.29",
        "image 42  1.5 GB       $0.09",
        "total                  $6.09                    $2.57             $4.29",
        "",
      ].join("\n"),
    );
    expect(stderr).toBe("claws: without tax, traffic above the free amount, and what else the account has\n");
  });

  it("gives a program every decimal, in a form that stays", async () => {
    const { stdout } = await cost({ a1: { ttlHours: 480 } }, {}, ["--json"]);
    expect(JSON.parse(stdout)).toEqual({
      stack: "dev",
      currency: "USD",
      agents: [
        {
          ...{ agent: "a1", size: "s-1vcpu-1gb", droplet: "there", source: "live", createdAt: "2026-11-11T12:00:00Z" },
          ...{ monthly: 6, hourly: 0.00893, accrued: 2.57184, untilTtl: 4.2864 },
          ttl: { hours: 480, endsAt: "2026-12-01T12:00:00.000Z", secondsLeft: 691_200 },
        },
      ],
      images: [{ imageId: "42", gigabytes: 1.5, monthly: 0.09 }],
      total: { monthly: 6.09, accrued: 2.57184, untilTtl: 4.2864 },
    });
  });

  it("adds what is exact, not what is shown", async () => {
    // Each of the three is shown as two cents; together they are five.
    const made = { createdAt: "2026-11-23T10:10:00Z" };
    const droplets = ["1", "2", "3"].map((id) => cloudDroplet({ id, ...made }));
    const agents = { a1: { dropletId: "1" }, a2: { dropletId: "2" }, a3: { dropletId: "3" } };
    const digitalOcean: Effects["digitalOcean"] = () =>
      Promise.resolve(
        healthyCloud({ droplets: () => Promise.resolve(droplets), ownImages: () => Promise.resolve([]) }),
      );
    const { stdout } = await cost(agents, { digitalOcean });
    expect(stdout.match(/\$0\.02/g)).toHaveLength(3);
    expect(stdout).toMatch(/^total .* \$0\.05 /m);
  });

  it("takes the list prices of a day when DigitalOcean does not answer, and says so", async () => {
    const { exitCode, stdout, stderr } = await cost({ a1: {} }, { digitalOcean: away });
    expect(exitCode).toBe(0);
    expect(stdout).toContain("a1     s-1vcpu-1gb  $6.00    $0.00893  12 d  $2.57   -         -\n");
    expect(stderr).toContain("claws: cannot reach DigitalOcean\n");
    expect(stderr).toContain(
      `claws: a1: list prices as in the table of ${PRICES_OF}, not what DigitalOcean says now\n`,
    );
  });

  it("never guesses: a size that nobody knows makes the sum unknown", async () => {
    const { stdout } = await cost({ a1: { size: "x-9" }, a2: {} }, { digitalOcean: away });
    expect(stdout).toMatch(/^a1 +x-9 +unknown +unknown +12 d +unknown +- +-$/m);
    expect(stdout).toMatch(/^total +unknown +unknown +-$/m);
  });

  it("of a droplet that is gone says so and counts nothing for it a month", async () => {
    const digitalOcean: Effects["digitalOcean"] = () =>
      Promise.resolve(healthyCloud({ droplets: () => Promise.resolve([]) }));
    const { stdout } = await cost({ a1: {} }, { digitalOcean });
    expect(stdout).toMatch(/^a1 +s-1vcpu-1gb +gone +- +12 d +unknown/m);
    expect(stdout).toMatch(/^total +\$0\.09 +unknown/m);
  });

  it("goes on counting after the end that the owner named", async () => {
    const { stdout } = await cost({ a1: { ttlHours: 24 } });
    expect(stdout).toMatch(/^a1 .* \$2\.57 +over +\$2\.57$/m);
  });

  it("fits 80 columns for usual names", async () => {
    const { stdout } = await cost({ "research-bot": { ttlHours: 480 } });
    expect(Math.max(...stdout.split("\n").map((line) => line.length))).toBeLessThanOrEqual(80);
  });

  it("says what fails in a stack without agents", async () => {
    const { exitCode, stderr } = await cost({});
    expect({ exitCode, stderr }).toEqual({
      exitCode: 2,
      stderr: 'claws: error: the stack "dev" has no agents\nclaws: hint: create them: claws up\n',
    });
  });
});

describe("the cost of a stack", () => {
  it("comes from the size that the droplet has now, as the service prices it", async () => {
    const cloud = await startTestCloud();
    const { id } = await cloud.droplet({ size: "s-2vcpu-4gb" });
    const imageId = String(cloud.api.addSnapshot({ name: "i", regions: ["nyc3"], sizeGigabytes: 2.35 }));
    cloud.api.addSnapshot({ name: "of others", regions: ["nyc3"] });
    const environment = { DIGITALOCEAN_TOKEN: "token-1", DIGITALOCEAN_API_URL: cloud.api.url };
    const found = await fetchStackCost(new Map([["a1", knownAgent({ dropletId: String(id), imageId })]]), {
      digitalOcean: () => Promise.resolve(openDigitalOcean(environment)),
      now: () => new Date("2026-01-02T00:00:00Z"),
    });
    expect(found).toEqual({
      agents: [
        {
          ...{ agent: "a1", size: "s-2vcpu-4gb", droplet: "there", source: "live", createdAt: "2026-01-01T00:00:00Z" },
          ...{ price: { monthly: 2_400_000, hourly: 3571 }, accrued: 24 * 3571, ttl: null, untilTtl: null },
        },
      ],
      images: [{ imageId, gigabytes: 2.35, monthly: 14_100 }],
      problems: [],
    });
  });

  it("is that of the stack's size at today's price when only the droplets cannot be listed", async () => {
    const refused = (): Promise<never> => Promise.reject(new UserError("no scope"));
    const digitalOcean = (): Promise<ReturnType<typeof healthyCloud>> =>
      Promise.resolve(
        healthyCloud({
          droplets: refused,
          sizes: () => Promise.resolve(new Map([["s-1vcpu-1gb", { monthly: 700_000, hourly: 1042 }]])),
          ownImages: () => Promise.resolve([cloudImage({ id: "7" })]),
        }),
      );
    const { agents, images, problems } = await fetchStackCost(new Map([["a1", knownAgent()]]), { digitalOcean, now });
    expect(agents[0]).toMatchObject({ droplet: "unknown", source: "live", price: { hourly: 1042 } });
    expect({ images, problems }).toEqual({ images: [], problems: ["no scope"] });
  });
});

describe("the table of list prices", () => {
  it("has what the service says for each size that it knows", () => {
    for (const { slug, priceMonthly } of sizes)
      expect({ slug, price: listPrice(slug)?.monthly }).toEqual({ slug, price: priceMonthly * 100_000 });
    expect(listPrice("s-1vcpu-1gb")).toEqual({ monthly: 600_000, hourly: 893 });
  });

  it("has nothing else", () => {
    expect([listPrice("x-9"), listPrice("toString"), listPrice("__proto__")]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  });
});
