// SPDX-License-Identifier: Apache-2.0
import { readSshAccess, renderSshPolicy } from "../../cli/tailnetSshPolicy.ts";
import { renderTailnetPolicy } from "../../cli/tailnetPolicy.ts";
import { runClaws } from "../support/cliHarness.ts";

const operators = ["alice@example.com", "group:ops", "tag:ci"];
const dst = ["tag:claw"];

describe("the SSH part of the tailnet policy", () => {
  it("lets people in as root after a check, and tags, which cannot be checked, without", () => {
    const { grants, ssh } = renderSshPolicy(operators, "tag:claw", "check");
    expect(grants).toEqual([{ src: operators, dst, ip: ["tcp:22"] }]);
    expect(ssh).toEqual([
      { action: "check", src: ["alice@example.com", "group:ops"], dst, users: ["root"], checkPeriod: "12h" },
      { action: "accept", src: ["tag:ci"], dst, users: ["root"] },
    ]);
  });

  it("lets everybody in without a check on request", () => {
    const { ssh } = renderSshPolicy(operators, "tag:claw", "accept");
    expect(ssh).toEqual([{ action: "accept", src: operators, dst, users: ["root"] }]);
  });

  it("opens no port when it is off, and keeps a rule for nobody: without one, nodes would keep their old rules", () => {
    const { grants, ssh, sshTests } = renderSshPolicy(["op@"], "tag:claw", "off");
    expect(grants).toEqual([]);
    expect(ssh).toEqual([{ action: "accept", src: ["op@"], dst, users: ["no-one"] }]);
    expect(sshTests).toEqual([
      { src: "op@", dst, deny: ["root", "agent", "clawsd"] },
      { src: "tag:claw", dst, deny: ["root", "agent", "clawsd"] },
    ]);
    const { tests } = renderTailnetPolicy({ operators: ["op@"], tag: "tag:claw", ssh: "off" });
    expect(tests[0]).toEqual({
      src: "op@",
      accept: ["tag:claw:7440", "tag:claw:7442"],
      deny: ["tag:claw:1", "tag:claw:22", "tag:claw:443"],
    });
  });

  it("is tried: who gets in how, as nobody else, and an agent nowhere", () => {
    expect(renderSshPolicy(operators, "tag:claw", "check").sshTests).toEqual([
      { src: "alice@example.com", dst, check: ["root"], deny: ["agent", "clawsd"] },
      { src: "group:ops", dst, check: ["root"], deny: ["agent", "clawsd"] },
      { src: "tag:ci", dst, accept: ["root"], deny: ["agent", "clawsd"] },
      { src: "tag:claw", dst, deny: ["root", "agent", "clawsd"] },
      { src: "tag:claw", dst: ["tag:ci"], deny: ["root", "agent", "clawsd"] },
    ]);
  });

  it.each(["check", "accept", "off"] as const)("never has an agent as a source (%s)", (access) => {
    const { grants, ssh } = renderTailnetPolicy({ operators, tag: "tag:claw", ssh: access });
    for (const { src } of [...grants, ...ssh]) expect(src).not.toContain("tag:claw");
  });

  it("is chosen by one of three words, a check being the default", async () => {
    expect([undefined, "check", "accept", "off"].map(readSshAccess)).toEqual(["check", "check", "accept", "off"]);
    const words = ["tailnet", "policy", "show", "--operator", "op@", "--ssh"];
    const { ssh } = JSON.parse((await runClaws([...words, "accept"])).stdout) as { ssh: unknown };
    expect(ssh).toEqual([{ action: "accept", src: ["op@"], dst: ["tag:agent"], users: ["root"] }]);
    const wrong = await runClaws([...words, "yes"]);
    expect(wrong).toEqual({
      exitCode: 2,
      stdout: "",
      stderr: 'claws: error: --ssh must be check, accept or off, not "yes"\n',
    });
  });
});
