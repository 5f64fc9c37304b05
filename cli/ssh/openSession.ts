// SPDX-License-Identifier: Apache-2.0
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Effects } from "../effects.ts";
import { Interrupted } from "../errors.ts";
import { findLocalTailscale, tailscaleWords } from "../localTailscale.ts";
import { printable } from "../printable.ts";
import type { KnownAgent } from "../stackOutputs.ts";
import { knownHosts, sshTarget } from "./sshTarget.ts";
import { sshWords } from "./sshWords.ts";

/** What is wanted of a session. */
export interface SessionRequest {
  readonly name: string;
  readonly agent: KnownAgent;
  readonly command: readonly string[];
  readonly tty?: boolean;
  readonly onLine?: (line: string) => void;
}

/** ssh's own code for "could not connect or was not let in". */
const NO_SESSION = 255;

/**
 * Logs in to an agent's droplet, known by its node ID and by the host keys that the tailnet vouches for, and gives ssh's exit code.
 *
 * @throws UserError (exit 1) when the node is not there, has no host key that can be checked, or there is no `ssh`.
 */
export async function openSession(
  { name, agent, command, tty = false, onLine }: SessionRequest,
  {
    tailnetStatus,
    runSsh,
    environment,
    terminal,
    signal,
  }: Pick<Effects, "signal" | "tailnetStatus" | "runSsh" | "environment" | "terminal">,
): Promise<number> {
  const target = sshTarget(await tailnetStatus(), name, agent);
  // Asked anew each time: it changes while something is awaited.
  const isInterrupted = (): boolean => signal.aborted;
  if (isInterrupted()) throw new Interrupted("nobody logged in");
  const folder = await mkdtemp(join(tmpdir(), "claws-ssh-"));
  try {
    const knownHostsFile = join(folder, "known_hosts");
    await writeFile(knownHostsFile, knownHosts(target), { mode: 0o600, flag: "wx" });
    const tailscale = tailscaleWords(findLocalTailscale(environment));
    const words = sshWords({ target, knownHostsFile, tailscale, command, tty });
    // Not by `say`: --quiet must not swallow the address at which a person proves to be there.
    const onTalk = (line: string): void => terminal.draw(`${printable(line)}\n`);
    const code = await runSsh({ words, ...(onLine === undefined ? {} : { onLine, onTalk }) });
    // It is also ssh's code when it was ended, which we do when nobody reads on.
    if (code === NO_SESSION && !isInterrupted() && terminal.outputLost?.aborted !== true) hintAt(name, terminal);
    return code;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function hintAt(name: string, { say }: Effects["terminal"]): void {
  say(`claws: hint: no session with ${name}; the tailnet's policy must let you in: claws tailnet policy show`);
  say(
    "claws: hint: a host key that changed is an attack, or a droplet that was replaced behind the stack's back: claws status",
  );
}
