// SPDX-License-Identifier: Apache-2.0
// What systemd itself says of the units' confinement, where it is installed.
import { execFile } from "node:child_process";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);
const units = join(import.meta.dirname, "../../agent-image/files/etc/systemd/system");
const LIMITS: Readonly<Record<string, number>> = { "clawsd.service": 1.1, "tailscaled.service": 2.7 };
const LIMIT_OF_OTHERS = 7;

/** Release of systemd here; 0 when it is not installed. */
async function findSystemd(): Promise<number> {
  const { stdout } = await run("systemd-analyze", ["--version"]).catch(() => ({ stdout: "" }));
  return Number(/^systemd (\d+)/.exec(stdout)?.[1] ?? 0);
}

const systemd = await findSystemd();
const names = (await readdir(units)).filter((name) => name.endsWith(".service"));

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "claws-units-"));
});
afterAll(() => rm(folder, { recursive: true }));

/** The overall exposure of a unit, 0 to 10. */
async function exposureOf(name: string): Promise<number> {
  const text = await readFile(join(units, name), "utf8");
  // Releases before 257 cannot read this kind of user namespace; for the score it is one like any other.
  await writeFile(join(folder, name), systemd < 257 ? text.replace("PrivateUsers=identity", "PrivateUsers=yes") : text);
  const { stdout } = await run("systemd-analyze", ["security", "--offline=true", "--no-pager", join(folder, name)]);
  const [, exposure] = /Overall exposure level for \S+: (\d+\.\d)/.exec(stdout) ?? [];
  if (exposure === undefined) throw new Error(`systemd-analyze said nothing of ${name}`);
  return Number(exposure);
}

(systemd >= 252 ? describe : describe.skip)("the exposure that systemd finds", () => {
  it("is measured for every unit of the image", () => {
    expect(names).toEqual(expect.arrayContaining(["clawsd.service", "tailscaled.service", "claws-workload.service"]));
  });

  it.each(names)("is within its limit for %s", async (name) => {
    expect(await exposureOf(name)).toBeLessThanOrEqual(LIMITS[name] ?? LIMIT_OF_OTHERS);
  });

  it("grows when a line of confinement is missing, so that the limit means something", async () => {
    const text = await readFile(join(units, "clawsd.service"), "utf8");
    await writeFile(
      join(folder, "open.service"),
      text.replace(/^(PrivateUsers|NoNewPrivileges|RestrictNamespaces)=.*$/gm, ""),
    );
    const { stdout } = await run("systemd-analyze", [
      "security",
      "--offline=true",
      "--no-pager",
      join(folder, "open.service"),
    ]);

    expect(Number(/Overall exposure level for \S+: (\d+\.\d)/.exec(stdout)?.[1])).toBeGreaterThan(1.1);
  });
});

describe("clawsd.service", () => {
  it("neither belongs to the workload's group nor may give files away", async () => {
    const text = await readFile(join(units, "clawsd.service"), "utf8");

    expect(text).not.toMatch(/^SupplementaryGroups=/m);
    expect(text).not.toMatch(/^SystemCallFilter=.*@chown/m);
    expect(text).toMatch(/^RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX$/m);
  });

  it("writes to a folder that hands its group, the workload's, to what is made in it", async () => {
    const lines = (await readFile(join(units, "../../tmpfiles.d/office-claws.conf"), "utf8")).split("\n");

    expect(lines).toContain("d /run/office-claws 2750 clawsd agent -");
    expect(await readFile(join(units, "clawsd.service"), "utf8")).toMatch(/^ReadWritePaths=\/run\/office-claws$/m);
  });

  it("may have the user namespace that it asks for", async () => {
    const sysctls = await readFile(join(units, "../../sysctl.d/zz-office-claws.conf"), "utf8");

    expect(await readFile(join(units, "clawsd.service"), "utf8")).toMatch(/^PrivateUsers=identity$/m);
    expect(sysctls).not.toMatch(/user\.max_user_namespaces/);
  });
});
