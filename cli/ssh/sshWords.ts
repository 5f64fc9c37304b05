// SPDX-License-Identifier: Apache-2.0
import { failure } from "../errors.ts";
import type { SshTarget } from "./sshTarget.ts";

/** How to log in. */
export interface SshLogin {
  readonly target: SshTarget;
  readonly knownHostsFile: string;
  /** Tailscale's CLI, for a connection through it. */
  readonly tailscale: readonly string[];
  /** Words that the droplet's shell gets, joined by spaces as ssh does it; empty for a login. */
  readonly command: readonly string[];
  /** Whether the command gets a terminal. */
  readonly tty: boolean;
}

/** What holds whatever the person's own configuration says: it is not read, and neither are the person's keys. */
const FIXED = [
  // A shared connection that somebody else opened would skip every check below.
  ...["ControlMaster=no", "ControlPath=none"],
  ...["StrictHostKeyChecking=yes", "GlobalKnownHostsFile=/dev/null", "UpdateHostKeys=no", "VerifyHostKeyDNS=no"],
  ...["CheckHostIP=no"],
  // The tailnet says who calls; no key and no password is offered.
  ...["PubkeyAuthentication=no", "PasswordAuthentication=no", "KbdInteractiveAuthentication=no", "IdentityAgent=none"],
  ...["ForwardAgent=no", "ForwardX11=no", "ClearAllForwardings=yes", "PermitLocalCommand=no"],
  ...["ConnectTimeout=10", "ServerAliveInterval=15", "ServerAliveCountMax=4"],
];

/** The arguments of OpenSSH's client. */
export function sshWords({ target, knownHostsFile, tailscale, command, tty }: SshLogin): readonly string[] {
  const options = [
    ...FIXED,
    `UserKnownHostsFile=${quoted(knownHostsFile)}`,
    `HostKeyAlias=${target.alias}`,
    `HostKeyAlgorithms=${target.keyTypes.join(",")}`,
    ...(target.needsProxy ? [`ProxyCommand=${tailscale.map(quoted).join(" ")} nc %h %p`] : []),
  ];
  return [
    ...["-F", "none"],
    ...options.flatMap((option) => ["-o", option]),
    ...(command.length > 0 ? [tty ? "-t" : "-T"] : []),
    ...["-l", "root", "--", target.address],
    ...command,
  ];
}

/** As ssh's options and every system's shell understand it. @throws UserError for a path with characters that one of them expands */
function quoted(path: string): string {
  if (/^[\p{L}\p{N}_./:\\ @+~=()-]+$/u.test(path)) return `"${path}"`;
  throw failure(
    `cannot hand "${path}" to ssh: it has characters that a shell could expand`,
    "use another folder: TMPDIR, or CLAWS_TAILSCALE_SOCKET",
  );
}
