// SPDX-License-Identifier: Apache-2.0
import { UserError } from "../errors.ts";

/** Whose lines are shown. */
export const LOG_SOURCES = ["daemon", "workload", "system"] as const;
export type LogSource = (typeof LOG_SOURCES)[number];

/** Which part of the journal is wanted. */
export interface JournalQuery {
  readonly sources: readonly LogSource[];
  readonly follow: boolean;
  /** As the option gave it. @default the last 200 lines */
  readonly since?: string;
}

export const DAEMON_UNIT = "clawsd.service";
export const WORKLOAD_UNIT = "claws-workload.service";
const SYSTEM_UNITS = [
  ...["tailscaled", "claws-first-boot", "claws-network", "claws-nftables", "claws-closed", "claws-isolate"],
  ...["claws-egress", "claws-workload-restart"],
].map((name) => `${name}.service`);

/**
 * Kinds of messages in which PID 1 tells the life of a unit: it starts, runs, exits with a code, fails, is restarted, ran out of memory.
 * Their text is PID 1's own. Other kinds are left out, because some quote the names of processes, which a process gives itself.
 */
const LIFE_CYCLE = [
  ...["39f53479d3a045ac8e11786248231fbf", "7d4958e842da4a758f6c1cdc7b36dcc5", "de5b426a63be47a7b6ac3eaac82e2f6f"],
  ...["9d1aaa27d60140bd96365438aad20286", "be02cf6855d2428ba40df7e9d022f03d", "5eb03494b6584870a536b337290809b3"],
  ...["98e322203f7a4ed290d09fe03c09fe15", "d9b373ed55a64feb8242e02dbe79a49c", "7ad2d189f7e94e70a38c781354912448"],
  ...["ae8f7b866b0347b9af31fe1c80b127c0", "fe6faa94e7774663a0da52717891d8ef"],
].map((id) => `MESSAGE_ID=${id}`);

/** Fields with an underscore are the journal's own: no program can write them, so the workload's lines never match as another's. */
const lifeOf = (unit: string): readonly string[] => [`UNIT=${unit}`, "_PID=1", ...LIFE_CYCLE];

/** Groups of which one must match; the workload's own output, in which conversations may stand, is in none. */
const MATCHES: Readonly<Record<LogSource, readonly (readonly string[])[]>> = {
  daemon: [[`_SYSTEMD_UNIT=${DAEMON_UNIT}`, "_TRANSPORT=stdout"], lifeOf(DAEMON_UNIT)],
  workload: [lifeOf(WORKLOAD_UNIT)],
  system: [
    [...SYSTEM_UNITS.map((unit) => `_SYSTEMD_UNIT=${unit}`), "_TRANSPORT=stdout"],
    ["_PID=1", ...LIFE_CYCLE],
  ],
};

/**
 * The command that runs on the droplet, so that nothing else leaves it. No word of it comes from anybody's input but a number.
 *
 * @throws UserError when `since` is neither a span nor a time
 */
export function journalWords({ sources, follow, since }: JournalQuery): readonly string[] {
  const groups = sources.flatMap((source) => MATCHES[source]);
  return [
    ...["journalctl", "--no-pager", "--quiet", "--output=json", "--output-fields=MESSAGE,_SYSTEMD_UNIT,UNIT"],
    ...(since === undefined ? ["--lines=200"] : ["--lines=all", `--since=${sinceWord(since)}`]),
    ...(follow ? ["--follow"] : []),
    ...groups.flatMap((group, index) => (index === 0 ? group : ["+", ...group])),
  ];
}

const SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 };

/** A span counts on the droplet's clock, a time on everybody's. */
function sinceWord(text: string): string {
  const [, count, unit = ""] = /^([1-9]\d{0,5})([smhd])$/.exec(text) ?? [];
  if (count !== undefined) return `-${Number(count) * (SECONDS[unit] ?? 1)}s`;
  const time = /^\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)?)?$/.test(text)
    ? Date.parse(text)
    : NaN;
  if (!Number.isNaN(time)) return `@${Math.floor(time / 1000)}`;
  throw new UserError(
    `--since must be a span such as 15m, 2h or 3d, or a time such as 2026-11-23T10:00Z, not "${text}"`,
  );
}
