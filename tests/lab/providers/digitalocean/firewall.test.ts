// SPDX-License-Identifier: Apache-2.0
import { checkInputs } from "../../../../lab/providers/bridge/checkInputs.ts";
import { diffInputs } from "../../../../lab/providers/bridge/diffInputs.ts";
import { firewall } from "../../../../lab/providers/digitalocean/firewall.ts";
import { type PropertyMap, UNKNOWN } from "../../../../lab/providers/engine/propertyValue.ts";
import { type ProviderCloud, startProviderCloud } from "../../../support/providerCloud.ts";
import { providerOperation } from "../../../support/providerOperation.ts";

const everywhere = ["0.0.0.0/0", "::/0"];
const rules = [
  { protocol: "tcp", portRange: "all", destinationAddresses: everywhere },
  { protocol: "udp", portRange: "53", destinationAddresses: everywhere },
  { protocol: "icmp", destinationAddresses: everywhere },
];

describe("firewall", () => {
  let started: ProviderCloud | undefined;

  async function start() {
    started = await startProviderCloud();
    await started.client.call("POST", "/v2/tags", { name: "claws-a1" });
    started.takeChanges();
    return started;
  }

  afterEach(async () => {
    await started?.close();
    started = undefined;
  });

  it("comes back from the API as it was given, all ports and ICMP included", async () => {
    const { client, bodyOf } = await start();
    const inputs = { name: "a1", tags: ["claws-a1"], outboundRules: rules };
    const made = await firewall.create(client, inputs, providerOperation());
    expect(bodyOf("POST", "/v2/firewalls")).toEqual({
      name: "a1",
      droplet_ids: [],
      tags: ["claws-a1"],
      inbound_rules: [],
      outbound_rules: [
        { protocol: "tcp", ports: "all", destinations: { addresses: everywhere } },
        { protocol: "udp", ports: "53", destinations: { addresses: everywhere } },
        { protocol: "icmp", destinations: { addresses: everywhere } },
      ],
    });
    const outputs = await firewall.read(client, made);
    expect(outputs).toMatchObject({
      name: "a1",
      tags: ["claws-a1"],
      inboundRules: [],
      outboundRules: rules,
      dropletIds: [],
    });
    const request = { id: made.id, outputs: outputs ?? {}, inputs, oldInputs: {}, ignoreChanges: [] };
    expect([...diffInputs(firewall.schema, request).changes]).toEqual([]);
  });

  it("sends the whole firewall on an update and replaces for nothing", async () => {
    const { client, bodyOf } = await start();
    const made = await firewall.create(
      client,
      { name: "a1", tags: ["claws-a1"], outboundRules: rules },
      providerOperation(),
    );
    const inboundRules = [
      { protocol: "tcp", portRange: "22", sourceAddresses: ["203.0.113.1"], sourceTags: ["claws-a1"] },
    ];
    const inputs = { name: "a2", inboundRules };
    const request = { ...made, inputs: { ...inputs, __defaults: [] }, oldInputs: {}, ignoreChanges: [] };
    const { changes } = diffInputs(firewall.schema, request);
    expect([...changes.keys()].toSorted()).toEqual(["inboundRules", "name", "outboundRules", "tags"]);
    expect([...changes.values()].some(({ replace }) => replace)).toBe(false);

    const outputs = await firewall.update(client, made, inputs, providerOperation());
    expect(bodyOf("PUT", `/v2/firewalls/${made.id}`)).toMatchObject({ name: "a2", tags: [], outbound_rules: [] });
    expect(outputs).toMatchObject({ name: "a2", tags: [], outboundRules: [], inboundRules });
  });

  it("needs a rule of some kind and ports for TCP and UDP, as the official plan says", () => {
    const plan = (inputs: PropertyMap) => () => firewall.plan?.(inputs);
    expect(plan({ name: "a1" })).toThrow("At least one rule must be specified");
    expect(plan({ inboundRules: [], outboundRules: [] })).toThrow("At least one rule must be specified");
    expect(plan({ outboundRules: [{ protocol: "udp" }] })).toThrow(
      "`port_range` of outbound rules is required if protocol is `tcp` or `udp`",
    );
    expect(plan({ inboundRules: [{ protocol: "tcp", portRange: "" }] })).toThrow("`port_range` of inbound rules");
    expect(plan({ outboundRules: rules })).not.toThrow();
    expect(plan({ outboundRules: UNKNOWN })).not.toThrow();
    expect(plan({ outboundRules: [{ protocol: UNKNOWN }] })).not.toThrow();
  });

  it("checks protocols, tags and the names of a rule's members", () => {
    const outboundRules = [
      { protocol: "sctp", ports: "1" },
      { sourceAddresses: ["::/0"], portRange: "" },
    ];
    const request = { inputs: { tags: ["a.b"], outboundRules }, oldInputs: {}, seed: new Uint8Array() };
    expect(checkInputs(firewall.schema, "a1", request).failures.map(({ property }) => property)).toEqual([
      "tags",
      "outboundRules[0].protocol",
      "outboundRules[0].ports",
      "outboundRules[1].sourceAddresses",
      "outboundRules[1].portRange",
      "outboundRules[1].protocol",
    ]);
  });

  it("is gone when the API says so, on a read and on a delete", async () => {
    const { client } = await start();
    const made = await firewall.create(client, { name: "a1", outboundRules: rules }, providerOperation());
    await firewall.delete(client, made, providerOperation());
    expect(await firewall.read(client, made)).toBeUndefined();
    await expect(firewall.delete(client, made, providerOperation())).resolves.toBeUndefined();
  });

  it("reports a tag that does not exist", async () => {
    const { client, cloud } = await start();
    const making = firewall.create(
      client,
      { name: "a1", tags: ["unknown"], outboundRules: rules },
      providerOperation(),
    );
    await expect(making).rejects.toThrow(`Error creating firewall: POST ${cloud.url}/v2/firewalls: 4`);
  });
});
