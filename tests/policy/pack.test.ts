// SPDX-License-Identifier: Apache-2.0
import { readdir, readFile } from "node:fs/promises";
import { resolve } from "node:path";

import { authKeyOneOffAndShort } from "../../policy/rules/authKeyOneOffAndShort.ts";
import { dropletBehindFirewall } from "../../policy/rules/dropletBehindFirewall.ts";
import { dropletUserDataFromAuthKey } from "../../policy/rules/dropletUserDataFromAuthKey.ts";
import { firewallNoInbound } from "../../policy/rules/firewallNoInbound.ts";
import { inputsNoSecretText } from "../../policy/rules/inputsNoSecretText.ts";
import { noPublicEntrance } from "../../policy/rules/noPublicEntrance.ts";

const folder = resolve(import.meta.dirname, "../../policy");
const rules = [
  firewallNoInbound,
  dropletBehindFirewall,
  authKeyOneOffAndShort,
  dropletUserDataFromAuthKey,
  inputsNoSecretText,
  noPublicEntrance,
];

describe("the policy pack", () => {
  it("has exactly these rules at these levels, so that none can vanish unnoticed", () => {
    expect(rules.map(({ name, enforcementLevel, severity }) => `${name} ${enforcementLevel} ${severity}`)).toEqual([
      "firewall-no-inbound mandatory critical",
      "droplet-behind-firewall mandatory critical",
      "auth-key-one-off-and-short mandatory critical",
      "droplet-user-data-from-auth-key mandatory critical",
      "inputs-no-secret-text mandatory critical",
      "no-public-entrance mandatory critical",
    ]);
  });

  it("tells for each rule in full sentences what it checks and what to do", () => {
    for (const { description, remediationSteps } of rules) {
      expect(description).toMatch(/^Checks that .+\.$/);
      expect(remediationSteps).toMatch(/^[A-Z].+\.$/);
    }
  });

  it("lists every file of rules/, each named like its export", async () => {
    const index = await readFile(resolve(folder, "index.ts"), "utf8");
    for (const file of await readdir(resolve(folder, "rules"))) {
      const name = file.replace(/\.ts$/, "");
      expect(index).toContain(`import { ${name} } from "./rules/${file}";`);
      expect(index).toMatch(new RegExp(`policies: \\[[^\\]]*\\b${name}\\b[^\\]]*\\]`));
    }
  });
});
