// SPDX-License-Identifier: Apache-2.0
// Each thing that claws doctor looks at: fine in one world, and at fault, with its fix, when that one thing is broken.
import { chmod, mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { generateIdentity } from "../../cli/ageFile.ts";
import { runChecks, reportFindings, type Finding } from "../../cli/doctor.ts";
import { checkPulumi, doctorChecks } from "../../cli/doctorChecks.ts";
import type { Effects } from "../../cli/effects.ts";
import { failure, UserError } from "../../cli/errors.ts";
import { createVault } from "../../cli/vault.ts";
import { emptyTailscale, healthyCloud, tailnetWith } from "../support/agentWorld.ts";
import { makeProject, recordTerminal, testEffects } from "../support/cliHarness.ts";
import { makeFakePulumi } from "../support/fakePulumi.ts";
import { scratchFolder } from "../support/scratchFolder.ts";

const folder = scratchFolder();
const owner = await generateIdentity();
let world: Partial<Effects>;
let environment: Record<string, string> = {};
let root = "";

beforeEach(async () => {
  const project = await makeProject(folder());
  root = project.root;
  const pulumi = await makeFakePulumi(join(folder(), "bin"), []);
  const pack = join(folder(), "pack");
  await writeFile(pack, "#!/bin/sh\n");
  await chmod(pack, 0o755);
  environment = {
    ...project.environment,
    PATH: `${pulumi.folder}:${project.environment["PATH"] ?? ""}`,
    CLAWS_POLICY_PACK: pack,
    CLAWS_AGE_KEY: owner.identity.reveal(),
    PULUMI_CONFIG_PASSPHRASE: "p",
  };
  await createVault(
    join(root, "vault.age"),
    { recipients: [owner.recipient], keys: [] },
    { identities: [owner.identity], source: "test" },
  );
  world = {
    environment,
    workingDirectory: root,
    now: () => new Date("2026-11-23T12:00:00Z"),
    digitalOcean: () => Promise.resolve(healthyCloud()),
    tailscaleApi: () => Promise.resolve(emptyTailscale()),
    tailnetStatus: () => Promise.resolve(tailnetWith({ nAGENT: "100.64.0.1" })),
  };
});

async function examine(given: Partial<Effects> = {}, cwd?: string): Promise<readonly Finding[]> {
  const where = cwd === undefined ? {} : { cwd };
  const checks = doctorChecks(testEffects({ ...world, ...given }), where);
  // The Node that runs the tests may be another than the one that the toolkit brings.
  return await runChecks(checks.filter(({ title }) => title !== "node"));
}

/** The findings that are faults; every test breaks one thing and must find no other. */
async function faults(given: Partial<Effects> = {}, cwd?: string): Promise<readonly Omit<Finding, "ok">[]> {
  const found = await examine(given, cwd);
  return found.filter(({ ok }) => !ok).map(({ check, found: text, fix }) => ({ check, found: text, fix }));
}

describe("where everything is right", () => {
  it("nothing is found, and each check says what it saw", async () => {
    const findings = await examine();
    expect(findings.filter(({ ok }) => !ok)).toEqual([]);
    const seen = Object.fromEntries(findings.map(({ check, found }) => [check, found]));
    expect(seen).toMatchObject({
      pulumi: "v3.259.0",
      "policy pack": environment["CLAWS_POLICY_PACK"],
      project: `${root}, stacks dev`,
      DigitalOcean: "the token works, at most 10 droplets",
      "Tailscale API": "answers, 0 devices",
      tailscaled: "running, 1 nodes in sight",
      identity: "CLAWS_AGE_KEY",
      vault: `${join(root, "vault.age")}, 0 keys for 1 recipients`,
      clock: "2026-11-23T12:00:00.000Z",
    });
  });

  it("no check shows a secret", async () => {
    const text = JSON.stringify(await examine());
    expect(text).not.toContain(owner.identity.reveal());
    expect(text).not.toContain("AGE-SECRET-KEY");
  });
});

describe("where one thing is wrong", () => {
  it("the engine that is missing is found", async () => {
    const [fault, ...others] = await faults({ environment: { ...environment, PATH: folder() } });
    expect(others).toEqual([]);
    expect(fault).toEqual({
      check: "pulumi",
      found: "cannot run pulumi: it is not on the PATH",
      fix: ["install Pulumi, or run npm run toolchain", "claws doctor"],
    });
  });

  it("the policy pack that is not executable is found", async () => {
    await chmod(environment["CLAWS_POLICY_PACK"] ?? "", 0o644);
    const pack = environment["CLAWS_POLICY_PACK"] ?? "";
    expect(await faults()).toEqual([
      {
        check: "policy pack",
        found: `cannot use the policy pack "${pack}": it is not there or not executable`,
        fix: ["CLAWS_POLICY_PACK names it"],
      },
    ]);
  });

  it("the project without a stack is found", async () => {
    await rm(join(root, "stacks", "Pulumi.dev.yaml"));
    expect(await faults()).toEqual([
      {
        check: "project",
        found: `"${join(root, "stacks")}" has no file Pulumi.<stack>.yaml`,
        fix: ["list your agents in one, as the README shows"],
      },
    ]);
  });

  it("the folder without a project is found, and the vault with it", async () => {
    const empty = join(folder(), "empty");
    await mkdir(empty);
    const found = await faults({}, empty);
    expect(found.map(({ check }) => check)).toEqual(["project", "vault"]);
    for (const { found: text } of found) expect(text).toBe(`no Pulumi.yaml in "${empty}"`);
  });

  it.each([
    ["missing", { PULUMI_CONFIG_PASSPHRASE: "" }, "PULUMI_CONFIG_PASSPHRASE is not set or empty"],
    [
      "in a file that is not there",
      { PULUMI_CONFIG_PASSPHRASE: "", PULUMI_CONFIG_PASSPHRASE_FILE: "/nonexistent/p" },
      "/nonexistent/p",
    ],
  ])("the passphrase that is %s is found", async (_, changes, text) => {
    const found = await faults({ environment: { ...environment, ...changes } });
    expect(found.map(({ check }) => check)).toEqual(["passphrase"]);
    expect(found[0]?.found).toContain(text);
  });

  it.each([
    [
      "a locked account",
      () => Promise.resolve(healthyCloud({ account: () => Promise.resolve({ status: "locked", dropletLimit: 0 }) })),
      {
        check: "DigitalOcean",
        found: 'the account is "locked"',
        fix: ["look at the account in DigitalOcean's console"],
      },
    ],
    [
      "no token",
      () => Promise.reject(new UserError("DIGITALOCEAN_TOKEN is not set", ["export it"])),
      { check: "DigitalOcean", found: "DIGITALOCEAN_TOKEN is not set", fix: ["export it"] },
    ],
  ])("DigitalOcean with %s is found", async (_, digitalOcean, fault) => {
    expect(await faults({ digitalOcean })).toEqual([fault]);
  });

  it("the Tailscale API that does not answer is found", async () => {
    const devices = (): Promise<never> =>
      Promise.reject(failure("Tailscale says there were too many requests", "wait"));
    expect(await faults({ tailscaleApi: () => Promise.resolve(emptyTailscale({ devices })) })).toEqual([
      { check: "Tailscale API", found: "Tailscale says there were too many requests", fix: ["wait"] },
    ]);
  });

  it.each([
    ["stopped", { backendState: "Stopped" }, "is in state Stopped", "tailscale up"],
    [
      "in userspace",
      { tun: false },
      "uses userspace networking, so this machine cannot open connections to agents",
      "start tailscaled without --tun=userspace-networking",
    ],
  ])("the tailscaled that is %s is found", async (_, changes, found, fix) => {
    const tailnetStatus: Effects["tailnetStatus"] = () => Promise.resolve({ ...tailnetWith({}), ...changes });
    expect(await faults({ tailnetStatus })).toEqual([{ check: "tailscaled", found, fix: [fix] }]);
  });

  it("the identity that is missing is found, and the vault with it", async () => {
    const found = await faults({ environment: { ...environment, CLAWS_AGE_KEY: "" } });
    expect(found.map(({ check }) => check)).toEqual(["identity", "vault"]);
    expect(found[0]).toMatchObject({
      found: "no age identity was found",
      fix: ["claws vault init makes one, or name yours with CLAWS_AGE_KEY_FILE"],
    });
  });

  it("the identity of somebody else is found by the vault", async () => {
    const { identity } = await generateIdentity();
    const found = await faults({ environment: { ...environment, CLAWS_AGE_KEY: identity.reveal() } });
    expect(found.map(({ check }) => check)).toEqual(["vault"]);
    expect(found[0]?.found).toBe(
      `cannot open the vault "${join(root, "vault.age")}": no identity matches its recipients`,
    );
    expect(found[0]?.fix).toContain("identity used: CLAWS_AGE_KEY");
  });

  it("the vault that is missing is found with the command that makes it", async () => {
    await rm(join(root, "vault.age"));
    expect(await faults()).toEqual([
      {
        check: "vault",
        found: `there is no vault at "${join(root, "vault.age")}"`,
        fix: ["make one: claws vault init"],
      },
    ]);
  });

  it("the clock that is years behind is found", async () => {
    expect(await faults({ now: () => new Date("1970-01-01T00:00:00Z") })).toEqual([
      {
        check: "clock",
        found: "says 1970-01-01T00:00:00.000Z",
        fix: ["set it: with a wrong clock, TLS and the short life of auth keys fail"],
      },
    ]);
  });

  it("a fault of claws itself is no finding", async () => {
    await expect(examine({ tailnetStatus: () => Promise.reject(new TypeError("ours")) })).rejects.toThrow("ours");
  });
});

describe("a version of the engine", () => {
  it.each([["v3.200.0"], ["v3.259.0"], ["v3.1000.1-dev"]])("%s will do", (version) => {
    expect(checkPulumi(version)).toBe(version);
  });

  it.each([["v3.199.9"], ["v2.300.0"], ["v4.0.0"], ["3.259.0"], [""], ["v3"], ["v3.x.0"]])("%j will not", (version) => {
    expect(() => checkPulumi(version)).toThrow("is not one of 3.200 or later");
  });
});

describe("the report of the findings", () => {
  const findings: readonly Finding[] = [
    { check: "project", ok: true, found: "/p", fix: [] },
    { check: "vault", ok: false, found: "there is none", fix: ["make one", "or name one"] },
  ];

  it("has a line for each check on stdout and the fixes on stderr", () => {
    const terminal = recordTerminal();
    reportFindings(findings, { terminal }, false);
    expect(terminal.stdout()).toBe("ok     project: /p\nFAULT  vault: there is none\n");
    expect(terminal.stderr()).toBe("claws: hint: vault: make one\nclaws: hint: vault: or name one\n");
  });

  it("is the findings themselves as JSON", () => {
    const terminal = recordTerminal();
    reportFindings(findings, { terminal }, true);
    expect(JSON.parse(terminal.stdout())).toEqual(findings);
  });
});
