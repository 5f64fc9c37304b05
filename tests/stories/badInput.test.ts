// SPDX-License-Identifier: Apache-2.0
// Bad input gets an error that names the field, file or agent, exit code 2, and nothing is changed by it.
import { createHash } from "node:crypto";
import { chmod, copyFile, cp, mkdtemp, readdir, readFile, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { makeCanary } from "../../scripts/demo/canaries.ts";
import { succeed } from "../../scripts/demo/demoFailure.ts";
import { type Ended, runCommand, type RunOptions } from "../../scripts/demo/operator.ts";
import { repositoryRoot } from "../../scripts/demo/projectFolder.ts";
import { startStoryLab, type StoryLab } from "../support/storyLab.ts";

let story: StoryLab;
let stackFile: string;
let vault: string;
const key = makeCanary("ada", "anthropic", 1).value;

beforeAll(async () => {
  story = await startStoryLab({ ada: ["anthropic"] });
  const { operator, stack } = story;
  stackFile = join(operator.project, `stacks/Pulumi.${stack}.yaml`);
  vault = join(operator.project, "vault.age");
  succeed("claws vault init", await operator.claws(["vault", "init"]));
  const words = ["keys", "set", "anthropic", "--agent", "ada"];
  succeed("claws keys set", await operator.claws(words, { input: key }));
  succeed("pulumi stack init", await operator.run(["pulumi", "stack", "init", stack]));
}, 300_000);

afterAll(() => story.lab.stop(), 60_000);

function up(options: RunOptions = {}): Promise<Ended> {
  return story.operator.claws(["up", "--stack", story.stack], options);
}

/** Digest of every file that a command could have changed, and every call that could have changed the cloud. */
async function fingerprint(): Promise<string> {
  const { project } = story.operator;
  const home = story.lab.environment["HOME"] ?? "";
  const hash = createHash("sha256");
  for (const folder of [project, join(home, ".config")]) {
    for (const entry of (await readdir(folder, { recursive: true, withFileTypes: true })).sort(byPath)) {
      const file = join(entry.parentPath, entry.name);
      if (entry.isFile() && !file.includes("node_modules")) hash.update(file).update(await readFile(file));
    }
  }
  const changing = (await story.lab.digitalOceanRequests()).filter(({ method }) => method !== "GET");
  return hash.update(String(changing.length)).digest("hex");
}

function byPath(a: { parentPath: string; name: string }, b: { parentPath: string; name: string }): number {
  return join(a.parentPath, a.name) < join(b.parentPath, b.name) ? -1 : 1;
}

/** Runs something that must be refused with exit code 2 and a text, and must change nothing. */
async function expectRefusal(act: () => Promise<Ended>, text: RegExp): Promise<void> {
  const before = await fingerprint();
  const { code, stdout, stderr } = await act();
  expect({ code, stdout, stderr }).toEqual({ code: 2, stdout: "", stderr: expect.stringMatching(text) });
  expect(stderr).toMatch(/^claws: error: /m);
  expect(stderr).not.toContain(key);
  expect(await fingerprint()).toBe(before);
}

describe("a configuration", () => {
  const original = () => readFile(stackFile, "utf8");

  it.each([
    [
      "an unknown field",
      '{"name":"ada","sise":"big"}',
      /line \d+: agents\[0\]\.sise: unknown field; did you mean "size"\?/,
    ],
    [
      "a wrong type",
      '{"name":"ada","providers":"anthropic"}',
      /line \d+: agents\[0\]\.providers: must be a list, not "anthropic"/,
    ],
    [
      "a name that is no DNS label",
      '{"name":"Ada_1"}',
      /line \d+: agents\[0\]\.name: must be a DNS label .*, not "Ada_1"/,
    ],
    ["a missing name", '{"size":"s-1vcpu-1gb"}', /line \d+: agents\[0\]\.name: is required/],
  ])(
    "with %s is refused",
    async (_what, entry, text) => {
      const good = await original();
      await writeFile(stackFile, good.replace(/^ {4}- \{.*\}$/m, `    - ${entry}`));
      try {
        expect(await original()).toContain(entry);
        await expectRefusal(() => up(), text);
      } finally {
        await writeFile(stackFile, good);
      }
    },
    120_000,
  );

  it("with several mistakes is refused with all of them at once", async () => {
    const good = await original();
    await writeFile(stackFile, good.replace(/^ {4}- \{.*\}$/m, '    - {"name":"Ada","sise":1}'));
    try {
      await expectRefusal(
        () => up(),
        /configuration: 2 problems in ".*"\n {2}line \d+: agents\[0\]\.name: .*\n {2}line \d+: agents\[0\]\.sise: /,
      );
    } finally {
      await writeFile(stackFile, good);
    }
  });
});

describe("a vault", () => {
  const list = (options?: RunOptions) => story.operator.claws(["keys", "list"], options);
  let copy: string;

  beforeEach(async () => {
    copy = join(await mkdtemp(join(tmpdir(), "claws-vault-")), "vault.age");
    await copyFile(vault, copy);
    await chmod(copy, 0o600);
  });

  afterEach(() => rm(join(copy, ".."), { recursive: true }));

  const at = (file: string) => ({ environment: { CLAWS_VAULT: file } });

  it("that is missing is named", async () => {
    await expectRefusal(() => list(at("/nowhere/vault.age")), /\/nowhere\/vault\.age/);
  });

  it.each([0, 1, 100, 200])("that is cut to %d bytes is named", async (bytes) => {
    await truncate(copy, bytes);
    await expectRefusal(() => list(at(copy)), /claws-vault-\w+\/vault\.age/);
  });

  it("that is cut by one byte gives an error and never fewer keys", async () => {
    await truncate(copy, (await readFile(copy)).length - 1);
    await expectRefusal(() => list(at(copy)), /claws-vault-\w+\/vault\.age/);
  });

  it("for another identity is refused", async () => {
    const other = await mkdtemp(join(tmpdir(), "claws-other-"));
    await cp(story.operator.project, join(other, "project"), {
      recursive: true,
      filter: (path) => !/node_modules|vault\.age/.test(path),
    });
    const environment = { CLAWS_VAULT: join(other, "vault.age"), HOME: other, XDG_CONFIG_HOME: join(other, "config") };
    succeed("claws vault init", await story.operator.claws(["vault", "init"], { environment }));
    const CLAWS_AGE_KEY_FILE = join(other, "config/office-claws/identity.txt");
    await expectRefusal(() => list({ environment: { CLAWS_AGE_KEY_FILE } }), /no identity/);
    await rm(other, { recursive: true });
  });

  it.each(["", "\n", "   \n"])("takes no empty key: %j", async (input) => {
    const words = ["keys", "set", "anthropic", "--agent", "ada"];
    await expectRefusal(() => story.operator.claws(words, { input }), /empty|no key|without spaces/);
  });

  it("takes no key as an argument, and says why without repeating it", async () => {
    const words = ["keys", "set", "anthropic", key, "--agent", "ada"];
    await expectRefusal(() => story.operator.claws(words), /argument/);
  });
});

describe("an up", () => {
  it.each([
    ["DIGITALOCEAN_TOKEN", { DIGITALOCEAN_TOKEN: "" }],
    ["TAILSCALE_API_KEY", { TAILSCALE_API_KEY: "" }],
    ["PULUMI_CONFIG_PASSPHRASE", { PULUMI_CONFIG_PASSPHRASE: "" }],
  ])(
    "without %s is refused",
    async (name, environment: Record<string, string>) => {
      await expectRefusal(() => up({ environment }), new RegExp(name));
    },
    60_000,
  );

  it("with a token that DigitalOcean does not take is refused", async () => {
    await expectRefusal(
      () => up({ environment: { DIGITALOCEAN_TOKEN: "dop_v1_wrong" } }),
      /DIGITALOCEAN_TOKEN|DigitalOcean/,
    );
  });

  it("with an API that cannot be reached is refused", async () => {
    const environment = { DIGITALOCEAN_API_URL: "http://127.0.0.1:9" };
    await expectRefusal(() => up({ environment }), /127\.0\.0\.1:9/);
  });
});

describe("the demo", () => {
  it("says in one line that it needs root", async () => {
    const argv = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", process.execPath];
    const log = join(await mkdtemp(join(tmpdir(), "claws-log-")), "demo.log");
    await chmod(join(log, ".."), 0o777);
    const demo = [join(repositoryRoot, "scripts/demo/main.ts"), "--log", log];
    const environment = {
      PATH: process.env["PATH"] ?? "",
      HOME: "/nonexistent",
      CLAWS_TOOLCHAIN: process.env["CLAWS_TOOLCHAIN"] ?? "",
    };
    const { code, stderr } = await runCommand([...argv, ...demo], { environment });
    expect({ code, stderr }).toEqual({
      code: 2,
      stderr: expect.stringMatching(/^demo: error: the lab needs root[^\n]*devcontainer[^\n]*\n$/),
    });
    await rm(join(log, ".."), { recursive: true });
  });
});
