// SPDX-License-Identifier: Apache-2.0
// The service that claws watch --install writes: real files, and systemd's own reading of them where it is.
import { spawnSync } from "node:child_process";
import { cp, mkdir, readdir, readFile, stat, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { generateIdentity } from "../../../cli/ageFile.ts";
import { openSelection } from "../../../cli/selection.ts";
import { createVault } from "../../../cli/vault.ts";
import { installWatch } from "../../../cli/watch/installWatch.ts";
import { MARK, renderLaunchdPlist, renderSystemdUnit } from "../../../cli/watch/serviceFile.ts";
import { unattendedEnvironment } from "../../../cli/watch/unattended.ts";
import { makeProject, recordTerminal, testEffects } from "../../support/cliHarness.ts";
import { failureOf } from "../../support/failureOf.ts";
import { scratchFolder } from "../../support/scratchFolder.ts";

const folder = scratchFolder();
const owner = await generateIdentity();
let environment: Record<string, string> = {};
let root = "";
const program = ["/opt/node 24/bin/node", "/opt/claws $HOME %h/bin.js"];

beforeEach(async () => {
  const project = await makeProject(folder());
  root = project.root;
  const identity = join(folder(), "identity.txt");
  await writeFile(identity, `${owner.identity.reveal()}\n`, { mode: 0o600 });
  environment = { ...project.environment, CLAWS_AGE_KEY_FILE: identity, DIGITALOCEAN_TOKEN: "dop_canary" };
  const document = { recipients: [owner.recipient], keys: [] };
  await createVault(join(root, "vault.age"), document, { identities: [owner.identity], source: "test" });
});

async function install(values: Record<string, string> = {}, platform: NodeJS.Platform = "linux") {
  const terminal = recordTerminal();
  const effects = testEffects({ environment, workingDirectory: root, terminal, program });
  await installWatch(openSelection(values, effects), values, effects, platform);
  expect(terminal.stdout() + terminal.stderr()).not.toContain("canary");
  return { stdout: terminal.stdout(), stderr: terminal.stderr() };
}

const unitPath = (stack = "dev"): string =>
  join(environment["HOME"] ?? "", ".config", "systemd", "user", `claws-watch-${stack}.service`);

describe("claws watch --install", () => {
  it("writes a unit of this user and prints how to start it", async () => {
    expect(await install({ agent: "a1", interval: "30" })).toEqual({
      stdout:
        "systemctl --user daemon-reload\nsystemctl --user enable --now claws-watch-dev.service\nloginctl enable-linger\n",
      stderr: `claws: wrote ${unitPath()}\n`,
    });
    const unit = await readFile(unitPath(), "utf8");
    const vault = join(root, "vault.age");
    expect(unit).toContain(
      `ExecStart=:"/opt/node 24/bin/node" "/opt/claws $HOME %%h/bin.js" "watch" "--cwd" "${root}" "--stack" "dev" "--vault" "${vault}" "--agent" "a1" "--interval" "30"\n`,
    );
    expect(unit).toContain(`Environment="CLAWS_AGE_KEY_FILE=${environment["CLAWS_AGE_KEY_FILE"] ?? ""}"\n`);
    for (const line of ["NoNewPrivileges=yes", "LimitCORE=0", "UMask=0077", "SystemCallFilter=@system-service"])
      expect(unit.split("\n")).toContain(line);
    expect(unit).not.toContain("canary");
    expect((await stat(unitPath())).mode & 0o777).toBe(0o600);
  });

  it("names what is secret, set here and not written", async () => {
    Object.assign(environment, { PULUMI_CONFIG_PASSPHRASE: "canary", CLAWS_AGE_KEY: "canary" });
    const { stderr } = await install();
    const place = join(environment["HOME"] ?? "", ".config", "office-claws", "watch-dev.env");
    for (const name of ["CLAWS_AGE_KEY", "PULUMI_CONFIG_PASSPHRASE"])
      expect(stderr).toContain(
        `claws: ${name} is set here and was not written: the service must find it in the vault, the keychain or ${place}\n`,
      );
    expect(await readFile(unitPath(), "utf8")).not.toContain("canary");
  });

  it("writes nothing when the service could not open the vault with nobody there", async () => {
    environment = { ...environment, CLAWS_AGE_KEY_FILE: "", CLAWS_AGE_KEY: owner.identity.reveal() };
    const error = await failureOf(install());
    expect(error.message).toContain("nothing was written, because the service could not open the vault: ");
    expect(error.hints.join()).toContain("the identity must be in a file, the vault, the keychain or ");
    await expect(stat(unitPath())).rejects.toThrow("ENOENT");
  });

  it("trusts its owner who made a file of further variables", async () => {
    environment = { ...environment, CLAWS_AGE_KEY_FILE: "" };
    const place = join(environment["HOME"] ?? "", ".config", "office-claws", "watch-dev.env");
    await mkdir(dirname(place), { recursive: true });
    await writeFile(place, "CLAWS_AGE_KEY=x\n", { mode: 0o600 });
    expect((await install()).stderr).toBe(`claws: wrote ${unitPath()}\n`);
  });

  it("replaces what it wrote, and refuses what it did not", async () => {
    await install();
    await install({ interval: "60" });
    expect(await readFile(unitPath(), "utf8")).toContain('"--interval" "60"');
    await writeFile(unitPath(), "[Service]\nExecStart=/bin/true\n");
    expect((await failureOf(install())).message).toBe(`refusing to overwrite "${unitPath()}": claws did not write it`);
    expect(await readFile(unitPath(), "utf8")).toBe("[Service]\nExecStart=/bin/true\n");
  });

  it("leaves the service of another project's stack of that name alone, and has one beside it", async () => {
    await install();
    const first = await readFile(unitPath(), "utf8");
    const here = root;
    const other = join(folder(), "other");
    await cp(root, other, { recursive: true });
    root = other;
    for (const interval of ["20", "30"]) {
      const { stdout } = await install({ interval });
      const [, id = ""] = /enable --now claws-watch-dev-([0-9a-f]{8})\.service/.exec(stdout) ?? [];
      expect(await readFile(unitPath(`dev-${id}`), "utf8")).toContain(`"--cwd" "${other}"`);
      expect(await readFile(unitPath(`dev-${id}`), "utf8")).toContain(`"--interval" "${interval}"`);
    }
    expect(await readFile(unitPath(), "utf8")).toBe(first);
    root = here;
    await install({ interval: "40" });
    expect(await readFile(unitPath(), "utf8")).toContain('"--interval" "40"');
    expect(await readdir(dirname(unitPath()))).toHaveLength(2);
    for (const path of [here, other]) {
      root = path;
      await install({}, "darwin");
    }
    expect(await readdir(join(environment["HOME"] ?? "", "Library", "LaunchAgents"))).toHaveLength(2);
  });

  it("does not write through a link", async () => {
    const target = join(folder(), "target");
    await writeFile(target, `# ${MARK}\n`);
    await mkdir(dirname(unitPath()), { recursive: true });
    await symlink(target, unitPath());
    expect((await failureOf(install())).message).toContain("refusing to overwrite");
    expect(await readFile(target, "utf8")).toBe(`# ${MARK}\n`);
  });

  it("makes one file name of a stack's whole name", async () => {
    await install({ stack: "acme/office-claws/prod" });
    const unit = await readFile(unitPath("acme-office-claws-prod"), "utf8");
    expect(unit).toContain('"--stack" "acme/office-claws/prod"');
  });

  it("writes a property list on macOS", async () => {
    const { stdout } = await install({}, "darwin");
    const path = join(environment["HOME"] ?? "", "Library", "LaunchAgents", "com.officeclaws.watch.dev.plist");
    expect(stdout).toBe(`launchctl bootstrap gui/$(id -u) "${path}"\n`);
    expect(await readFile(path, "utf8")).toContain("<string>/opt/claws $HOME %h/bin.js</string>");
    await install({}, "darwin");
  });

  it("says what to do instead where there is no such service", async () => {
    const error = await failureOf(install({}, "win32"));
    expect([error.message, ...error.hints]).toEqual([
      "there is no service of a user to write on win32",
      "let the task scheduler run claws watch --once every few minutes",
    ]);
  });
});

describe("the file of a service", () => {
  const service = {
    stack: "dev",
    id: "0123abcd",
    argv: [process.execPath, '/a "b"\\c % $x ; d', "watch"],
    secrets: "/home/a b/100%/watch.env",
    environment: { PATH: "/usr/bin:/bin", CLAWS_AGE_KEY_CMD: "pass show 'a \"b\"' | cat $HOME %h" },
  };

  it("is one that systemd reads without a word", async () => {
    const path = join(folder(), "claws-watch-dev.service");
    await writeFile(path, renderSystemdUnit(service));
    const runtime = join(folder(), "run");
    await mkdir(runtime, { mode: 0o700 });
    const env = { PATH: process.env["PATH"], HOME: folder(), XDG_RUNTIME_DIR: runtime };
    const run = spawnSync("systemd-analyze", ["--user", "verify", path], { env, encoding: "utf8" });
    if (run.error !== undefined) return;
    expect({ code: run.status, output: run.stdout + run.stderr }).toEqual({ code: 0, output: "" });
  });

  it("says each word as it is, whatever is in it", () => {
    const unit = renderSystemdUnit(service);
    expect(unit).toContain(String.raw`"/a \"b\"\\c %% $x ; d"`);
    expect(unit).toContain(String.raw`Environment="CLAWS_AGE_KEY_CMD=pass show 'a \"b\"' | cat $HOME %%h"`);
    expect(unit).toContain("EnvironmentFile=-/home/a b/100%%/watch.env\n");
    const plist = renderLaunchdPlist({ ...service, argv: ["/a <b> & c"] });
    expect(plist).toContain("<string>/a &lt;b&gt; &amp; c</string>");
  });

  it.each(["a\nb", "a\u0000b", "a\u007fb"])("cannot hold %j, which would be another line", (word) => {
    const broken = { ...service, argv: [word] };
    for (const render of [renderSystemdUnit, renderLaunchdPlist])
      expect(() => render(broken)).toThrow("a path or variable has a control character in it");
  });
});

describe("the environment of a service", () => {
  it("has no place that comes with a password", () => {
    const given = { HTTPS_PROXY: "http://ann:secret@proxy:8080", NO_PROXY: "a@b", PULUMI_BACKEND_URL: "s3://b?x=1:2" };
    const { written, left } = unattendedEnvironment(given);
    expect(written).toEqual({ NO_PROXY: "a@b", PULUMI_BACKEND_URL: "s3://b?x=1:2" });
    expect(left).toEqual(["HTTPS_PROXY"]);
  });

  it("has the places of now, none of the secrets, and what the service manager gives", () => {
    const given = {
      ...{ HOME: "/h", PATH: "/bin", CLAWS_AGE_KEY: "s", PULUMI_HOME: "/p", XDG_RUNTIME_DIR: "/r" },
      ...{ DIGITALOCEAN_TOKEN: "s", TAILSCALE_API_KEY: "s", EMPTY: "", CLAWS_AGE_KEY_FILE: "" },
    };
    expect(unattendedEnvironment(given)).toEqual({
      written: { PATH: "/bin", PULUMI_HOME: "/p" },
      seen: { HOME: "/h", PATH: "/bin", PULUMI_HOME: "/p", XDG_RUNTIME_DIR: "/r" },
      left: ["CLAWS_AGE_KEY"],
    });
  });
});
