// SPDX-License-Identifier: Apache-2.0
import { isIPv4 } from "node:net";
import { BROKER_PORT, CONTROL_CAPABILITY, CONTROL_PORT, WORKLOAD_PORT } from "../protocol/constants.ts";
import { CONTROL_ACTIONS } from "../protocol/capability.ts";
import { UserError } from "./errors.ts";
import { renderSshPolicy, SSH_PORT, type SshAccess, type SshPolicy } from "./tailnetSshPolicy.ts";

/** Who may control agents, and which tag agents carry. */
export interface PolicyRequest {
  /** Users (`alice@example.com`), groups (`group:ops`) or tags (`tag:ci`). */
  readonly operators: readonly string[];
  /** @example "tag:agent" */
  readonly tag: string;
  /** Tailnet IPv4 address of the machine that runs `claws broker`, with `:PORT` unless that is 7441: agents may then reach it. None by default. */
  readonly broker?: string | undefined;
  /** @default "check" */
  readonly ssh?: SshAccess;
}

/** A tailnet policy as Tailscale and headscale read it. */
export interface TailnetPolicy {
  readonly tagOwners: Readonly<Record<string, readonly string[]>>;
  readonly grants: readonly {
    readonly src: readonly string[];
    readonly dst: readonly string[];
    readonly ip: readonly string[];
    readonly app?: Readonly<Record<string, readonly object[]>>;
  }[];
  readonly ssh: SshPolicy["ssh"];
  readonly tests: readonly {
    readonly src: string;
    readonly accept?: readonly string[];
    readonly deny?: readonly string[];
  }[];
  readonly sshTests: SshPolicy["sshTests"];
}

/** Ports that nothing here opens: a grant of too much, such as `*`, shows at them. */
const SHUT_PORTS: readonly number[] = [1, SSH_PORT, 443];

/**
 * The policy that agents need and not a grant more. No grant has the agents' tag as a source, but for the one to the owner's broker. A control plane that runs the tests
 * refuses a policy in which an agent reaches, at one of the ports tried, another agent or an operator that is a user or a tag, or in
 * which an operator reaches more of an agent than its two ports and SSH, or an agent logs in anywhere. A test tries single ports, so a grant for another one passes; and it
 * cannot name a group as a destination, so that agents do not reach a group's members is tested only for those named one by one.
 *
 * @throws UserError when an operator or the tag is malformed, or when the agents' own tag is named as operator.
 */
export function renderTailnetPolicy({ operators, tag, ssh: access = "check", ...rest }: PolicyRequest): TailnetPolicy {
  check(operators, tag, rest.broker);
  const broker = rest.broker === undefined ? undefined : parseBroker(rest.broker);
  const control = `${tag}:${CONTROL_PORT}`;
  const workload = `${tag}:${WORKLOAD_PORT}`;
  const people = operators.filter((operator) => !operator.startsWith("tag:"));
  const tags = operators.filter((operator) => operator.startsWith("tag:"));
  const ssh = renderSshPolicy(operators, tag, access);
  const open = [control, workload, ...(access === "off" ? [] : [`${tag}:${SSH_PORT}`])];
  const shutPortsOf = (host: string): readonly string[] => SHUT_PORTS.map((port) => `${host}:${port}`);
  // A group has no address of its own that a test could name as a destination.
  const reachable = operators.filter((operator) => !operator.startsWith("group:"));
  return {
    tagOwners: { [tag]: people, ...Object.fromEntries(tags.map((one) => [one, people])) },
    grants: [
      {
        src: operators,
        dst: [tag],
        ip: [`tcp:${CONTROL_PORT}`, `tcp:${WORKLOAD_PORT}`],
        app: { [CONTROL_CAPABILITY]: [{ actions: CONTROL_ACTIONS, keys: ["*"] }] },
      },
      ...ssh.grants,
      ...(broker === undefined ? [] : [{ src: [tag], dst: [broker.host], ip: [`tcp:${broker.port}`] }]),
    ],
    ssh: ssh.ssh,
    tests: [
      ...operators.map((src) => ({ src, accept: open, deny: shutPortsOf(tag).filter((one) => !open.includes(one)) })),
      {
        src: tag,
        ...(broker === undefined ? {} : { accept: [`${broker.host}:${broker.port}`] }),
        deny: [
          control,
          workload,
          ...[tag, ...reachable, ...(broker === undefined ? [] : [broker.host])].flatMap(shutPortsOf),
        ],
      },
    ],
    sshTests: ssh.sshTests,
  };
}

function check(operators: readonly string[], tag: string, broker: string | undefined): void {
  if (broker !== undefined && parseBroker(broker) === undefined)
    throw new UserError(`--broker must be a tailnet IPv4 address such as 100.64.0.1, not "${broker}"`, [
      "tailscale ip -4 prints the one of this machine",
    ]);
  if (!/^tag:[a-zA-Z][a-zA-Z0-9-]{0,58}$/.test(tag))
    throw new UserError("--tag must be a tailnet tag such as tag:agent");
  if (operators.length === 0)
    throw new UserError("--operator is missing: who may control the agents?", [
      "claws tailnet policy show --operator alice@example.com",
    ]);
  const wrong = operators.find(
    (operator) => !/^(?:[^\s@:"]+@[^\s@:"]*|group:[a-zA-Z0-9-]+|tag:[a-zA-Z][a-zA-Z0-9-]*)$/.test(operator),
  );
  if (wrong !== undefined)
    throw new UserError(`--operator "${wrong}" is no user (alice@example.com), group (group:ops) or tag (tag:ci)`);
  if (operators.includes(tag))
    throw new UserError(`--operator ${tag} would let every agent control every other`, [
      "give CI jobs a tag of their own",
    ]);
  if (operators.every((operator) => operator.startsWith("tag:")))
    throw new UserError("--operator must name at least one user or group: somebody must own the tags");
}

/** Splits `100.64.0.1` or `100.64.0.1:7450`; undefined for anything that is no tailnet IPv4 address with an unprivileged port. */
function parseBroker(text: string): { readonly host: string; readonly port: number } | undefined {
  const [, host = "", digits] = /^([0-9.]{7,15})(?::([1-9]\d{3,4}))?$/.exec(text) ?? [];
  const port = digits === undefined ? BROKER_PORT : Number(digits);
  const [first, second] = host.split(".").map(Number);
  const isTailnet = isIPv4(host) && first === 100 && second !== undefined && second >= 64 && second < 128;
  return isTailnet && port >= 1024 && port <= 65_535 ? { host, port } : undefined;
}
