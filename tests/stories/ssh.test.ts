// SPDX-License-Identifier: Apache-2.0
// An operator logs in to a droplet and reads its journal; nobody else does, and no conversation leaves it.
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { succeed } from "../../scripts/demo/demoFailure.ts";
import { makeCanary } from "../../scripts/demo/canaries.ts";
import { runCommand, type Ended } from "../../scripts/demo/operator.ts";
import { repositoryRoot } from "../../scripts/demo/projectFolder.ts";
import { fetchTailnetPolicy } from "../../scripts/demo/tailnetPolicy.ts";
import { eventually } from "../support/eventually.ts";
import { forgeStatus, type StatusPeer } from "../support/forgedStatus.ts";
import { startAtTerminal } from "../support/pseudoTerminal.ts";
import { startStoryLab, type StoryLab, toolchain, withoutWaits } from "../support/storyLab.ts";

let story: StoryLab;
let addresses: Readonly<Record<string, string>>;

beforeAll(async () => {
  story = await startStoryLab({ ada: ["anthropic"], bob: ["anthropic"], eve: ["anthropic"] }, "hello", [
    "--ssh",
    "accept",
  ]);
  const { operator, stack } = story;
  const file = join(operator.project, "stacks", `Pulumi.${stack}.yaml`);
  await writeFile(file, (await readFile(file, "utf8")).replace('{"name":"eve"', '{"name":"eve","ssh":false'));
  succeed("claws vault init", await operator.claws(["vault", "init"]));
  for (const agent of ["ada", "bob", "eve"]) {
    const input = makeCanary(agent, "anthropic", 1).value;
    succeed("claws keys set", await operator.claws(["keys", "set", "anthropic", "--agent", agent], { input }));
  }
  succeed("claws up", await operator.claws(["up", "--stack", stack], withoutWaits));
  const devices = await story.lab.devices();
  addresses = Object.fromEntries(devices.map(({ givenName, addresses: [first] }) => [givenName, first ?? ""]));
}, 600_000);

afterAll(() => story.lab.stop(), 120_000);

const ssh = (words: readonly string[], more: { input?: string; environment?: Record<string, string> } = {}) =>
  story.operator.claws(["ssh", "--stack", story.stack, ...words], more);

async function inside(name: string, ...argv: readonly string[]): Promise<Ended> {
  return runCommand(await story.lab.inside(name, argv), { environment: { PATH: process.env["PATH"] ?? "" } });
}

/** Whether a TCP port answers: "open", "closed" for a refusal, "none" for silence. */
async function knock(argv: readonly string[], host: string, port: number): Promise<string> {
  const script = `const s = require("node:net").connect({ host: process.argv[1], port: Number(process.argv[2]) });
    const end = (text) => { console.log(text); process.exit(); };
    s.on("connect", () => end("open")); s.on("error", () => end("closed")); s.setTimeout(2500, () => end("none"));`;
  const words = [...argv, process.execPath, "-e", script, host, String(port)];
  return (await runCommand(words, { environment: { PATH: process.env["PATH"] ?? "" } })).stdout.trim();
}

/** OpenSSH's client as somebody would run it who cares for no host key. */
const plainSsh = (...words: readonly string[]) =>
  story.operator.run([
    // A connection that waits for a person's approval would wait for ever.
    ...["timeout", "10", "ssh", "-F", "none", "-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null"],
    ...["-o", "BatchMode=yes", "-o", "ConnectTimeout=5", ...words],
  ]);

describe("claws ssh", () => {
  it("runs a command as root in a unit of its own, with its input, its output and its exit code", async () => {
    const script =
      "id -un; cat; cat /proc/self/cgroup; touch /etc/by-operator && rm /etc/by-operator; echo talk >&2; exit 7";
    const { code, stdout, stderr } = await ssh(["ada", "--", script], { input: "from outside\n" });
    expect({ code, stderr }).toEqual({ code: 7, stderr: "talk\n" });
    expect(stdout).toMatch(/^root\nfrom outside\n(?:.*\n)*.*\/claws-ssh-[0-9a-f-]{36}\.service\n$/);
  });

  it("hands the words on as they are, without a second look by systemd", async () => {
    expect((await ssh(["ada", "--", "echo '$HOME' %n", "$((1 + 1))"])).stdout).toBe("$HOME %n 2\n");
  });

  it("gives a login a terminal, which Ctrl-C reaches, and ends with its code", async () => {
    const claws = [process.execPath, join(repositoryRoot, "cli/bin.cjs"), "ssh", "ada", "--stack", story.stack];
    const { lab, operator } = story;
    const options = { folder: operator.project, environment: lab.environment, size: { columns: 91, rows: 33 } };
    const terminal = startAtTerminal(lab.operator(claws), options);
    // With the screen in its error, unlike the terminal's own way of waiting.
    const sees = (text: string) => eventually(terminal.screen, (screen) => screen.includes(text), 45_000);
    await sees("# ");
    terminal.type("tty; stty size; sleep 1000\r");
    await sees("33 91");
    terminal.type("\u0003");
    // What is typed before a terminal has dealt with Ctrl-C may be thrown away with it.
    await sees("^C");
    terminal.type("echo still-$((40 + 2)) $TERM; exit 5\r");
    await sees("still-42 xterm");
    expect(await terminal.exitCode).toBe(5);
    expect(terminal.screen()).toContain("/dev/pts/");
  });

  it("leaves who came, from where and when in the droplet's journal", async () => {
    const before = String(Math.floor(Date.now() / 1000));
    await ssh(["ada", "--", "true"]);
    const { stdout } = await inside("ada", "journalctl", "--output=short-iso", "--no-pager", `--since=@${before}`);
    expect(stdout).toMatch(
      new RegExp(`audit: SSH login: user=root uid=0 from=${addresses["operator"]} ts_user=op node=operator\\.`),
    );
    expect(stdout).toContain(`SSH session of root from ${addresses["operator"]}`);
    expect(stdout).toMatch(/claws-ssh-\S+\.service: Deactivated successfully/);
  });

  it("leaves no failed unit, no process and no session behind", async () => {
    await ssh(["ada", "--", "true"]);
    const units = ["systemctl", "list-units", "--all", "--plain", "--no-legend"];
    expect((await inside("ada", ...units, "--failed")).stdout).toBe("");
    expect((await inside("ada", ...units, "claws-ssh-*", "session-*", "user@*")).stdout).toBe("");
  });
});

describe("an operator whose tailscaled has no interface of the kernel's", () => {
  it("gets in through Tailscale's CLI, past the same host keys", async () => {
    const { lab } = story;
    const folder = join(lab.directory, "laptop");
    await mkdir(folder, { mode: 0o700 });
    await writeFile(join(folder, "key"), await lab.admin.call<string>("POST", "/operator-key"), { mode: 0o600 });
    const socket = join(folder, "ts.sock");
    const words = ["--no-logs-no-support", "--tun=userspace-networking", `--statedir=${folder}`, `--socket=${socket}`];
    const [program = "", ...argv] = lab.operator([toolchain().tailscaled, ...words, "--port=0"]);
    const trust = { SSL_CERT_FILE: lab.environment["NODE_EXTRA_CA_CERTS"] ?? "", TS_LOGS_DIR: folder };
    const env = { ...lab.environment, ...trust, TS_NO_LOGS_NO_SUPPORT: "true" };
    const tailscaled = spawn(program, argv, { env, stdio: "ignore" });
    try {
      await eventually(
        () => existsSync(socket),
        (isThere) => isThere,
      );
      const login = [`--auth-key=file:${join(folder, "key")}`, `--login-server=${lab.controlUrl}`, "--hostname=laptop"];
      succeed("tailscale up", await story.operator.run(["tailscale", `--socket=${socket}`, "up", ...login]));
      const environment = { CLAWS_TAILSCALE_SOCKET: socket };
      const { code, stdout } = await ssh(["ada", "--", "echo $SSH_CLIENT"], { environment });
      expect(code).toBe(0);
      expect(stdout).toMatch(/^100\.64\.0\.\d+ \d+ 22\n$/);
      expect(stdout).not.toContain(`${addresses["operator"] ?? ""} `);
    } finally {
      tailscaled.kill("SIGTERM");
    }
  });
});

describe("a droplet that is not the one", () => {
  /** Logs in with a status in which the peers were changed. */
  async function withPeers(change: (peers: Record<string, StatusPeer>) => Record<string, StatusPeer>): Promise<Ended> {
    const real = story.lab.environment["CLAWS_TAILSCALE_SOCKET"] ?? "";
    const forged = await forgeStatus(real, `${real}.forged`, change);
    try {
      return await ssh(["ada", "--", "echo", "let in"], { environment: { CLAWS_TAILSCALE_SOCKET: forged.socketPath } });
    } finally {
      await forged.close();
    }
  }
  const each = (change: (peer: StatusPeer) => Partial<StatusPeer>) => (peers: Record<string, StatusPeer>) =>
    Object.fromEntries(Object.entries(peers).map(([key, peer]) => [key, { ...peer, ...change(peer) }]));
  const otherKey = `ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI${"B".repeat(43)}`;

  it("is refused when its host key is not the one that the tailnet vouches for", async () => {
    const { code, stdout, stderr } = await withPeers(each(() => ({ sshHostKeys: [otherKey] })));
    expect({ code, stdout }).toEqual({ code: 255, stdout: "" });
    expect(stderr).toContain("Host key verification failed.");
    expect(stderr).toContain("claws: hint: a host key that changed is an attack");
  });

  it("is refused when it stands at the address of the agent's node: bob is not ada", async () => {
    const wrong = each(({ HostName, TailscaleIPs }) => ({
      TailscaleIPs: HostName === "ada" ? [addresses["bob"] ?? ""] : TailscaleIPs,
    }));
    const { code, stderr } = await withPeers(wrong);
    expect(code).toBe(255);
    expect(stderr).toContain("Host key verification failed.");
  });

  it("is refused when the tailnet vouches for no key", async () => {
    const { code, stderr } = await withPeers(each(() => ({ sshHostKeys: undefined })));
    expect(code).toBe(1);
    expect(stderr).toMatch(/refusing to log in to ada: the tailnet vouches for no SSH host key of node \d+/);
  });

  it("does not count when it only bears the name", async () => {
    const thief = {
      ID: "666",
      HostName: "ada",
      DNSName: "ada.",
      TailscaleIPs: [addresses["bob"] ?? ""],
      Tags: ["tag:agent"],
    };
    const { code, stdout } = await withPeers((peers) => ({ thief: { ...thief, sshHostKeys: [otherKey] }, ...peers }));
    expect({ code, stdout }).toEqual({ code: 0, stdout: "let in\n" });
  });

  it("leaves nothing of the keys in the temporary folder", async () => {
    expect((await story.operator.run(["sh", "-c", "ls -d /tmp/claws-ssh-* 2>/dev/null"])).stdout).toBe("");
  });
});

describe("what an agent with SSH opens", () => {
  it("is port 22 and its own two, to the operator's node", async () => {
    const ports = [1, 22, 80, 443, 7439, 7440, 7441, 7442, 18790];
    const found = await Promise.all(
      ports.map(async (port) => [port, await knock(story.lab.operator([]), addresses["ada"] ?? "", port)]),
    );
    expect(found.filter(([, result]) => result !== "none")).toEqual([
      [22, "open"],
      [7440, "open"],
      [7442, "open"],
    ]);
  });

  it("is nothing on the internet", async () => {
    const [droplet] = await story.lab.droplets();
    expect(await knock(story.lab.internet([]), droplet?.address ?? "", 22)).toBe("none");
  });

  it("is nothing to another agent's droplet, nor to anybody on its own, root or workload", async () => {
    const node = "/opt/office-claws/bin/node";
    const script = `const s = require("node:net").connect({ host: process.argv[1], port: 22 });
      const end = (text) => { console.log(text); process.exit(); };
      s.on("connect", () => end("open")); s.on("error", () => end("closed")); s.setTimeout(2500, () => end("none"));`;
    const asAgent = ["setpriv", "--reuid=agent", "--regid=agent", "--clear-groups"];
    for (const target of [addresses["ada"] ?? "", "127.0.0.1", addresses["bob"] ?? "", addresses["operator"] ?? ""]) {
      for (const as of [[], asAgent])
        expect((await inside("ada", ...as, node, "-e", script, target)).stdout).not.toContain("open");
    }
    expect((await inside("ada", "ss", "-Htln", "sport = :22")).stdout).toBe("");
  });

  it("is a shell and commands of root's: no files, no way on, no other user", async () => {
    const host = `root@${addresses["ada"] ?? ""}`;
    expect((await plainSsh("-s", host, "sftp")).stderr).toContain("sftp disabled");
    expect((await plainSsh("-W", "127.0.0.1:7440", host)).code).toBe(255);
    const remote = ["-o", "ExitOnForwardFailure=yes", "-R", "9999:127.0.0.1:80"];
    expect((await plainSsh(...remote, host, "true")).stderr).toContain("remote port forwarding failed");
    for (const user of ["agent", "clawsd", "nobody"])
      expect((await plainSsh("-l", user, addresses["ada"] ?? "", "id")).stderr).toContain("does not permit");
  });

  it("is no login as another user even where a policy allows it", async () => {
    const { untested } = await fetchTailnetPolicy(["--ssh", "accept"]);
    await story.lab.setPolicy(untested.replaceAll('["root"]', '["root","agent","clawsd"]'));
    for (const user of ["agent", "clawsd"]) {
      // The policy's refusal is 255; then it is tailscaled's sandbox that cannot become that user.
      const { stdout } = await eventually(
        () => plainSsh("-l", user, addresses["ada"] ?? "", "id"),
        ({ code }) => code === 1,
      );
      expect(stdout).toBe("");
    }
    await story.lab.setPolicy(untested);
  });

  it("is nothing at all with ssh: false, whatever the policy says", async () => {
    const { code, stderr } = await ssh(["eve", "--", "id"]);
    expect(code).toBe(1);
    expect(stderr).toContain("refusing to log in to eve: the tailnet vouches for no SSH host key");
    expect(await knock(story.lab.operator([]), addresses["eve"] ?? "", 22)).not.toBe("open");
    expect((await inside("eve", "tailscale", "debug", "prefs")).stdout).toContain('"RunSSH": false');
  });
});

describe("claws logs", () => {
  const canary = "CANARY-what-the-user-told-the-agent";
  const logs = (...words: readonly string[]) => story.operator.claws(["logs", "ada", "--stack", story.stack, ...words]);

  beforeAll(async () => {
    // A workload that tells its conversation to everybody: its output, the journal itself under other names, and its own name.
    const script = `#!/bin/sh
echo "${canary} printed"; echo "${canary} complained" >&2
systemd-cat --identifier=clawsd echo "${canary} as clawsd"
printf 'MESSAGE=${canary} forged\\nUNIT=clawsd.service\\n_PID=1\\n_SYSTEMD_UNIT=clawsd.service\\nMESSAGE_ID=39f53479d3a045ac8e11786248231fbf\\n' | logger --journald
printf CANARY-what-the >/proc/self/comm
sleep 1
exit 3
`;
    const dropIn = `[Service]\nExecStart=\nExecStart=/bin/sh /usr/local/lib/talk\nRestart=no\n`;
    const write = (path: string, text: string) =>
      inside("ada", "sh", "-c", 'mkdir -p "$(dirname "$1")"; printf %s "$2" >"$1"', "sh", path, text);
    await write("/usr/local/lib/talk", script);
    await write("/etc/systemd/system/claws-workload.service.d/talk.conf", dropIn);
    await inside("ada", "systemctl", "daemon-reload");
    await inside("ada", "systemctl", "restart", "claws-workload.service");
    await eventually(
      async () => (await inside("ada", "systemctl", "is-failed", "claws-workload.service")).stdout,
      (state) => state === "failed\n",
    );
  });

  it("shows that the daemon and the workload started and how the workload ended, and no word of a conversation", async () => {
    const whole = await inside("ada", "journalctl", "--no-pager");
    for (const way of ["printed", "complained", "as clawsd", "forged"])
      expect(whole.stdout).toContain(`${canary} ${way}`);

    const { code, stdout } = await logs("--unit", "daemon", "--unit", "workload", "--unit", "system", "--since", "2h");
    expect(code).toBe(0);
    expect(stdout).toMatch(/^\S+Z {2}daemon {4}\{"event":"listening","address":"[0-9.]+","port":7440\}$/m);
    expect(stdout).toMatch(/^\S+Z {2}workload {2}Started claws-workload\.service/m);
    expect(stdout).toMatch(/^\S+Z {2}workload {2}claws-workload\.service: Main process exited, code=exited, status=3/m);
    expect(stdout).toMatch(/^\S+Z {2}tailscaled {2}audit: SSH login: user=root/m);
    expect(stdout).not.toContain("CANARY");
  });

  it("shows the daemon and the workload alone when nothing else is asked for, as JSON on request", async () => {
    const { stdout } = await logs("--json");
    const sources = stdout
      .trim()
      .split("\n")
      .map((line) => (JSON.parse(line) as { source: string }).source);
    expect([...new Set(sources)].toSorted()).toEqual(["daemon", "workload"]);
    expect(stdout).not.toContain("CANARY");
  });

  it("ends when nobody reads it any more", async () => {
    const claws = `"${process.execPath}" "${join(repositoryRoot, "cli/bin.cjs")}"`;
    const line = `${claws} logs ada --stack ${story.stack} --follow --unit system | head -n 1`;
    const { stdout, stderr } = await story.operator.run(["timeout", "30", "sh", "-c", line]);
    expect(stdout.split("\n")).toHaveLength(2);
    expect(stderr).toBe("");
  });

  it("follows until it is interrupted", async () => {
    const words = [
      process.execPath,
      join(repositoryRoot, "cli/bin.cjs"),
      "logs",
      "ada",
      "--stack",
      story.stack,
      "--follow",
    ];
    const [program = "", ...argv] = story.lab.operator(words);
    const child = spawn(program, argv, { cwd: story.operator.project, env: { ...story.lab.environment } });
    let shown = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => (shown += text));
    const ended = new Promise<number | null>((resolve) => child.once("close", resolve));
    await eventually(
      () => shown,
      (text) => text.includes("Started clawsd.service"),
    );
    const before = shown.length;
    await inside("ada", "systemctl", "restart", "clawsd.service");
    await eventually(
      () => shown.slice(before),
      (text) => text.includes("Started clawsd.service"),
    );
    child.kill("SIGINT");
    expect(await ended).toBe(130);
  });
});

describe("the tailnet's policy", () => {
  it("holds against its own tests, whichever way SSH is granted", async () => {
    for (const access of ["off", "check", "accept"]) {
      const { whole } = await fetchTailnetPolicy(["--ssh", access]);
      await story.lab.setPolicy(whole);
    }
    const { whole } = await fetchTailnetPolicy(["--ssh", "accept"]);
    const open = JSON.parse(whole) as { ssh: object[] };
    open.ssh.push({ action: "accept", src: ["tag:agent"], dst: ["tag:agent"], users: ["root"] });
    await expect(story.lab.setPolicy(JSON.stringify(open))).rejects.toThrow(/test\(s\) failed/);
  });

  it("makes people show that they are there before they get in, by default", async () => {
    await story.lab.setPolicy((await fetchTailnetPolicy()).untested);
    // Until the droplet has heard of it, the old policy lets everybody in; then a connection waits until its time is over.
    await eventually(
      () => plainSsh(`root@${addresses["ada"] ?? ""}`, "id"),
      ({ code }) => code === 124,
      45_000,
    );
    const words = [
      process.execPath,
      join(repositoryRoot, "cli/bin.cjs"),
      "ssh",
      "ada",
      "--stack",
      story.stack,
      "--",
      "id",
    ];
    const [program = "", ...argv] = story.lab.operator(words);
    const child = spawn(program, argv, { cwd: story.operator.project, env: { ...story.lab.environment } });
    let said = "";
    let shown = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => (shown += text));
    child.stderr.setEncoding("utf8").on("data", (text: string) => (said += text));
    const ended = new Promise((resolve) => child.once("close", resolve));
    await eventually(
      () => said,
      (text) => text.includes("To authenticate, visit: https://"),
    );
    child.kill("SIGTERM");
    await ended;
    expect(shown).toBe("");
  });

  it("ends what is open and lets nobody in any more once SSH is off, at once", async () => {
    await story.lab.setPolicy((await fetchTailnetPolicy(["--ssh", "accept"])).untested);
    await eventually(
      () => plainSsh(`root@${addresses["ada"] ?? ""}`, "id"),
      ({ code }) => code === 0,
    );
    const open = story.operator.claws(["ssh", "ada", "--stack", story.stack, "--", "echo in >/run/in; sleep 1000"]);
    await eventually(
      () => inside("ada", "cat", "/run/in"),
      ({ code }) => code === 0,
    );
    await story.lab.setPolicy((await fetchTailnetPolicy(["--ssh", "off"])).untested);
    expect((await open).code).not.toBe(0);
    const last = await eventually(
      () => plainSsh(`root@${addresses["ada"] ?? ""}`, "id"),
      ({ code }) => code !== 0,
    );
    expect(last.stdout).toBe("");
  });
});
