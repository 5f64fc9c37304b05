// SPDX-License-Identifier: Apache-2.0
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { sshWords, type SshLogin } from "../../../cli/ssh/sshWords.ts";

const target = {
  address: "100.64.0.7",
  alias: "claws-node-nagent",
  hostKeys: [],
  keyTypes: ["ssh-ed25519"],
  needsProxy: false,
};
const login: SshLogin = {
  target,
  knownHostsFile: "/tmp/claws-ssh-x/known_hosts",
  tailscale: ["tailscale"],
  command: [],
  tty: false,
};

/** What OpenSSH itself makes of the words: its settings, by name in lower case. */
async function understood(words: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const { stdout } = await promisify(execFile)("ssh", ["-G", ...words]);
  return new Map(stdout.split("\n").map((line) => [line.split(" ")[0] ?? "", line.replace(/^\S+ ?/, "")]));
}

describe("the words for ssh", () => {
  it("end in the user, the address and the command, behind which nothing is an option", () => {
    expect(sshWords({ ...login, command: ["ls", "-la"] }).slice(-7)).toEqual([
      ...["-T", "-l", "root", "--", "100.64.0.7", "ls", "-la"],
    ]);
    expect(sshWords({ ...login, command: ["htop"], tty: true }).slice(-6, -4)).toEqual(["-t", "-l"]);
    expect(sshWords(login).slice(-4)).toEqual(["-l", "root", "--", "100.64.0.7"]);
  });

  it("mean to OpenSSH that only the pinned keys count and nothing of the operator's is offered or forwarded", async () => {
    const settings = await understood(sshWords(login));
    expect(Object.fromEntries(settings)).toMatchObject({
      ...{ user: "root", hostname: "100.64.0.7", hostkeyalias: "claws-node-nagent", hostkeyalgorithms: "ssh-ed25519" },
      ...{ userknownhostsfile: "/tmp/claws-ssh-x/known_hosts", globalknownhostsfile: "/dev/null" },
      ...{ stricthostkeychecking: "true", updatehostkeys: "false", checkhostip: "no", verifyhostkeydns: "false" },
      ...{ pubkeyauthentication: "false", passwordauthentication: "no", kbdinteractiveauthentication: "no" },
      ...{ identityagent: "none", forwardagent: "no", forwardx11: "no", clearallforwardings: "yes" },
      ...{ permitlocalcommand: "no", controlmaster: "false", connecttimeout: "10" },
    });
    expect(settings.get("controlpath") ?? "none").toBe("none");
    expect(settings.has("proxycommand")).toBe(false);
  });

  it("go through Tailscale's CLI where tailscaled has no interface of the kernel's", async () => {
    const tailscale = ["/opt/my tools/tailscale", "--socket=/run/user/1000/ts.sock"];
    const settings = await understood(sshWords({ ...login, target: { ...target, needsProxy: true }, tailscale }));
    expect(settings.get("proxycommand")).toBe('"/opt/my tools/tailscale" "--socket=/run/user/1000/ts.sock" nc %h %p');
  });

  it.each(["/home/jörg/my tmp/known_hosts", "C:\\Users\\Jörg B\\AppData\\Local\\Temp\\known_hosts"])(
    "hold the path %s, as people have them",
    async (knownHostsFile) => {
      const settings = await understood(sshWords({ ...login, knownHostsFile }));
      expect(settings.get("userknownhostsfile")).toBe(knownHostsFile);
    },
  );

  it.each(["/tmp/$(id)/known_hosts", "/tmp/%h/known_hosts", "/tmp/`id`", '/tmp/"', "/tmp/a\nb", "/tmp/a;b"])(
    "do not hold a path that a shell or ssh would expand: %j",
    (knownHostsFile) => {
      expect(() => sshWords({ ...login, knownHostsFile })).toThrow("it has characters that a shell could expand");
    },
  );
});
