// SPDX-License-Identifier: Apache-2.0
import { mkdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { configuredStacks, findProject, stackName, vaultPath } from "../../cli/project.ts";
import { UserError } from "../../cli/errors.ts";
import { scratchFolder } from "../support/scratchFolder.ts";

const folder = scratchFolder();

async function project(yaml = "name: p\n", ...stacks: readonly string[]): Promise<string> {
  const root = join(folder(), "project");
  await mkdir(join(root, "stacks"), { recursive: true });
  await mkdir(join(root, "a", "b"), { recursive: true });
  await writeFile(join(root, "Pulumi.yaml"), yaml);
  for (const stack of stacks) await writeFile(join(root, "stacks", `Pulumi.${stack}.yaml`), "config: {}\n");
  return root;
}

describe("a project", () => {
  it("is the nearest folder with a Pulumi.yaml, from anywhere below it", async () => {
    const root = await project();
    for (const from of [root, join(root, "a"), join(root, "a", "b")]) expect(findProject(from).root).toBe(root);
  });

  it("is the named folder and no other, even when one above it would do", async () => {
    const root = await project();
    expect(findProject("/", root).root).toBe(root);
    expect(findProject(folder(), "project").root).toBe(root);
    expect(() => findProject(root, "a")).toThrow(`no Pulumi.yaml in "${join(root, "a")}"`);
  });

  it("that is not there is complained about with the way to name one", () => {
    expect(() => findProject(folder())).toThrow(new UserError(`no Pulumi.yaml in "${folder()}" or above it`));
  });

  it.each([
    ["stackConfigDir: stacks/\n", "stacks"],
    ["stackConfigDir: stacks\n", "stacks"],
    ['stackConfigDir: "stacks" # here\n', "stacks"],
    ["stackConfigDir: 'stacks'\n", "stacks"],
    ["stackConfigDir:   stacks   # here\n", "stacks"],
    ["name: p\n", "."],
    ["# stackConfigDir: stacks\n", "."],
    ["  stackConfigDir: stacks\n", "."],
    ["stackConfigDir: stacks\r\n", "stacks"],
    ["stackConfigDir:\nruntime: nodejs\n", "."],
    [`stackConfigDir:${" ".repeat(20_000)}"a"b\n`, "."],
    [`stackConfigDir:${"\n".repeat(20_000)}"a"b\n`, "."],
  ])("whose file says %j keeps its stacks in %s", async (line, expected) => {
    const root = await project(`name: p\n${line}`);
    expect(findProject(root).configFolder).toBe(join(root, expected));
  });
});

describe("a file Pulumi.yaml that came with a clone", () => {
  it("may be a link, but to no device that never ends", async () => {
    const root = join(folder(), "linked");
    await mkdir(root);
    await symlink("/dev/zero", join(root, "Pulumi.yaml"));
    expect(() => findProject(root)).toThrow(
      `cannot use project file "${join(root, "Pulumi.yaml")}": it is not a regular file`,
    );
  });

  it("is not read beyond a megabyte", async () => {
    const root = await project(`name: p\n${"#".repeat(1024 * 1024)}\n`);
    expect(() => findProject(root)).toThrow("more than the limit of 1048576");
  });
});

describe("the stack to work on", () => {
  const yaml = "name: p\nstackConfigDir: stacks\n";

  it.each<[string, readonly string[], string | undefined, string | undefined, string]>([
    ["the named one", ["dev", "prod"], "prod", "other", "prod"],
    ["else the variable's", ["dev", "prod"], undefined, "prod", "prod"],
    ["else the only one", ["prod"], undefined, undefined, "prod"],
    ["else the only one beside the example", ["example", "prod"], undefined, undefined, "prod"],
    ["else dev, where there is only the example", ["example"], undefined, undefined, "dev"],
    ["else dev, among several", ["dev", "prod"], undefined, undefined, "dev"],
    ["else dev, where there is none", [], undefined, "", "dev"],
    ["a name with its organization", ["dev"], "acme/project/dev", undefined, "acme/project/dev"],
  ])("is %s", async (_, stacks, named, variable, expected) => {
    const found = findProject(await project(yaml, ...stacks));
    expect(stackName(found, { PULUMI_STACK: variable }, named)).toBe(expected);
  });

  it("must be named when there are several and none is dev", async () => {
    const found = findProject(await project(yaml, "prod", "staging"));
    expect(() => stackName(found, {})).toThrow("which stack? prod, staging");
  });

  it.each([
    [""],
    ["a b"],
    ["../x"],
    ["a/b/c/d"],
    ["-x"],
    ["a;b"],
    ["--show-secrets"],
    ["a\nb"],
    ["/"],
    ["x".repeat(200)],
  ])("is never %j", async (name) => {
    const found = findProject(await project(yaml, "dev"));
    expect(() => stackName(found, {}, name)).toThrow("is not a stack name");
  });

  it("is none whose file's name would be a line of a service, an option or an escape sequence", async () => {
    const names = ["a\nExecStartPre=:touch x", "--show-secrets", "a\u001b[2J", "a b", ".."];
    const found = findProject(await project(yaml, ...names, "prod"));
    expect(configuredStacks(found)).toEqual(["prod"]);
    expect(stackName(found, {})).toBe("prod");
  });

  it("is looked for among files of the right name only", async () => {
    const root = await project(yaml, "dev", "prod");
    for (const file of ["Pulumi.yaml", "Pulumi.x.yaml.bak", "notes.txt", "Pulumi..yaml.swp"])
      await writeFile(join(root, "stacks", file), "");
    await writeFile(join(root, "stacks", "Pulumi.old.yml"), "");
    expect(configuredStacks(findProject(root))).toEqual(["dev", "old", "prod"]);
  });
});

describe("the vault's path", () => {
  it("is the option's, else the variable's, else the project's", async () => {
    const root = await project();
    const environment = { CLAWS_VAULT: "v2.age" };
    expect(vaultPath(root, environment, { vault: "v1.age" })).toBe(join(root, "v1.age"));
    expect(vaultPath(root, environment, { vault: "/v1.age" })).toBe("/v1.age");
    expect(vaultPath(join(root, "a"), environment, {})).toBe(join(root, "a", "v2.age"));
    expect(vaultPath(join(root, "a"), {}, {})).toBe(join(root, "vault.age"));
    expect(vaultPath("/", { CLAWS_VAULT: "" }, { cwd: root })).toBe(join(root, "vault.age"));
  });

  it("needs no project when it is named", () => {
    expect(vaultPath(folder(), {}, { vault: "v.age" })).toBe(join(folder(), "v.age"));
    expect(() => vaultPath(folder(), {}, {})).toThrow("no Pulumi.yaml");
  });
});
