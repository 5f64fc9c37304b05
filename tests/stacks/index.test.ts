// SPDX-License-Identifier: Apache-2.0
import * as pulumi from "@pulumi/pulumi";

import { inspectOutput, mockedEnrolment, mockPulumi } from "../support/pulumiMocks.ts";

const operatorKey = Buffer.alloc(32, 7).toString("base64url");
const { rawConfiguration } = await import("../../stacks/config.ts");

describe("rawConfiguration", () => {
  it("keeps the project's own settings and undoes the JSON of lists and maps", () => {
    const all = { "office-claws:agents": '[{"name":"ada"}]', "office-claws:tailnetTag": "tag:x", "aws:region": "r" };
    expect(rawConfiguration("office-claws", all)).toEqual({ agents: [{ name: "ada" }], tailnetTag: "tag:x" });
  });

  it("leaves a text alone that only looks like a list", () => {
    expect(rawConfiguration("p", { "p:agents": "[ada" })).toEqual({ agents: "[ada" });
  });
});

describe("the program", () => {
  it("makes one agent for each entry and exports what the CLI reads, nothing of it secret", async () => {
    pulumi.runtime.setAllConfig({
      "office-claws:defaults": '{"image":"42"}',
      "office-claws:agents":
        '[{"name":"ada"},{"name":"grace","runtime":"hello","providers":["openai"],"ttlHours":72,"broker":"100.64.0.9:7441"}]',
      "office-claws:operatorKeys": JSON.stringify([operatorKey]),
    });
    const mocks = await mockPulumi();
    const { agents, enrolments = {} } = await import("../../stacks/index.ts");
    await mocks.settled();

    expect(Object.keys(agents)).toEqual(["ada", "grace"]);
    const grace = agents["grace"];
    if (!grace) throw new Error("no output for grace");
    expect(await inspectOutput(grace)).toEqual({
      secret: false,
      value: {
        dropletId: "grace-id",
        createdAt: "2026-01-02T03:04:05Z",
        publicAddress: "198.51.100.16",
        vpcId: "grace-vpc-id",
        firewallId: "grace-firewall-id",
        tag: "claws-office-claws-test-grace",
        nodeId: "id-of-grace-node",
        nodeName: "a1.example",
        nodeTag: "tag:agent",
        authKeyId: "grace-key-id",
        imageId: "42",
        region: "nyc3",
        size: "s-1vcpu-1gb",
        runtime: "hello",
        providers: ["openai"],
        operatorKeys: [operatorKey],
        broker: "100.64.0.9:7441",
        customProviders: [],
        ttlHours: 72,
      },
    });
    expect(Object.keys(enrolments)).toEqual(["ada", "grace"]);
    for (const enrolment of Object.values(enrolments))
      expect(await inspectOutput(enrolment)).toEqual({ secret: true, value: mockedEnrolment });
    expect(mocks.ofType("digitalocean:index/droplet:Droplet").map(({ name }) => name)).toEqual(["ada", "grace"]);
  });

  it("is at most 60 lines, as the design promises", async () => {
    const { readFile } = await import("node:fs/promises");
    const source = await readFile(new URL("../../stacks/index.ts", import.meta.url), "utf8");
    expect(source.split("\n").length).toBeLessThanOrEqual(60);
  });
});
