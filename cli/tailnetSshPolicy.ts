// SPDX-License-Identifier: Apache-2.0
import { UserError } from "./errors.ts";

/**
 * Who may log in to agents by Tailscale SSH: operators that are people after they showed once in twelve hours that they are there
 * (`check`), operators without that (`accept`), or nobody (`off`).
 */
export type SshAccess = "check" | "accept" | "off";

/** The part of a tailnet policy that is about SSH. */
export interface SshPolicy {
  /** An `ssh` rule opens no port by itself. */
  readonly grants: readonly {
    readonly src: readonly string[];
    readonly dst: readonly string[];
    readonly ip: string[];
  }[];
  readonly ssh: readonly {
    readonly action: "check" | "accept";
    readonly src: readonly string[];
    readonly dst: readonly string[];
    readonly users: readonly string[];
    readonly checkPeriod?: string;
  }[];
  readonly sshTests: readonly {
    readonly src: string;
    readonly dst: readonly string[];
    readonly check?: readonly string[];
    readonly accept?: readonly string[];
    readonly deny: readonly string[];
  }[];
}

export const SSH_PORT = 22;

/** Whom one logs in as: the owner owns the droplet, and nothing on it could make somebody else root. */
export const SSH_USER = "root";

/** The droplet's other users, which nobody may become. */
const OTHER_USERS = ["agent", "clawsd"];

/** A user that no droplet has. A policy without any rule for a node leaves the rules in force that it had before; one for nobody ends them. */
const NO_USER = "no-one";

/** @throws UserError when it is none of the words */
export function readSshAccess(text: string | undefined): SshAccess {
  if (text === undefined) return "check";
  if (text === "check" || text === "accept" || text === "off") return text;
  throw new UserError(`--ssh must be check, accept or off, not "${text}"`);
}

/** The rules for operators that were checked to be no agents. An agent is never a source. */
export function renderSshPolicy(operators: readonly string[], tag: string, access: SshAccess): SshPolicy {
  const dst = [tag];
  const tags = operators.filter(isTag);
  const denials = [tag, ...tags].map((one) => ({ src: tag, dst: [one], deny: [SSH_USER, ...OTHER_USERS] }));
  if (access === "off") {
    const closed = operators.map((src) => ({ src, dst, deny: [SSH_USER, ...OTHER_USERS] }));
    const ssh = [{ action: "accept", src: operators, dst, users: [NO_USER] }] as const;
    return { grants: [], ssh, sshTests: [...closed, ...denials] };
  }
  // A tag cannot show that somebody is there.
  const isChecked = (one: string): boolean => access === "check" && !isTag(one);
  const checked = operators.filter(isChecked);
  const accepted = operators.filter((one) => !isChecked(one));
  const users = [SSH_USER];
  return {
    grants: [{ src: operators, dst, ip: [`tcp:${SSH_PORT}`] }],
    ssh: [
      ...(checked.length === 0 ? [] : [{ action: "check", src: checked, dst, users, checkPeriod: "12h" } as const]),
      ...(accepted.length === 0 ? [] : [{ action: "accept", src: accepted, dst, users } as const]),
    ],
    sshTests: [
      ...operators.map((src) => ({
        src,
        dst,
        ...(isChecked(src) ? { check: users } : { accept: users }),
        deny: OTHER_USERS,
      })),
      ...denials,
    ],
  };
}

function isTag(operator: string): boolean {
  return operator.startsWith("tag:");
}
