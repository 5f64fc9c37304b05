// SPDX-License-Identifier: Apache-2.0
import type { KeyStatus } from "../protocol/daemonStatus.ts";
import type { AgentStatus } from "./agentStatus.ts";
import { foldTable, type Column } from "./foldTable.ts";
import { dollarsInWords, fromDollars } from "./money.ts";
import { renderTable } from "./table.ts";
import type { Terminal } from "./terminal.ts";
import type { TextStyle } from "./textStyle.ts";
import { ageInWords, leftInWords } from "./timeInWords.ts";

const WIDTH = 80;

/** What {@link reportStatus} is given besides the agents. */
export interface StatusReportOptions {
  readonly terminal: Pick<Terminal, "print" | "notice" | "style">;
  readonly now: Date;
  readonly json: boolean;
}

/**
 * Prints the agents, then the keys that they hold with what was spent today, within 80 columns for usual names. Below, on stderr, stands
 * what differs from the last `up`, what is newer, and why something is not known.
 */
export function reportStatus(agents: readonly AgentStatus[], { terminal, now, json }: StatusReportOptions): void {
  if (json) terminal.print(JSON.stringify(agents));
  else {
    terminal.print(foldTable(agentColumns(agents, now, terminal.style), WIDTH));
    const keys = agents.flatMap((agent) => agent.keys.map((key) => keyRow(agent.agent, key, now)));
    if (keys.length > 0) terminal.print(`\n${renderTable(KEY_HEADINGS, keys)}`);
  }
  for (const notice of noticesOn(agents)) terminal.notice(notice);
}

function agentColumns(agents: readonly AgentStatus[], now: Date, style: TextStyle): readonly Column[] {
  const column = (heading: string, cell: (agent: AgentStatus) => string): Column => ({
    heading,
    cells: agents.map(cell),
  });
  const orDash = (value: string | null): string => value ?? "-";
  return [
    column("AGENT", ({ agent }) => agent),
    column("STATE", ({ state }) => (state === "open" || state === "relay" ? style.ok(state) : style.bad(state))),
    column("NODE", ({ node }) => node),
    column("DROPLET", ({ droplet }) => droplet),
    column("SIZE", ({ size }) => orDash(size)),
    column("REGION", ({ region }) => orDash(region)),
    column("AGE", ({ createdAt }) => (createdAt === null ? "-" : ageInWords(createdAt, now))),
    column("TTL", ({ ttl }) => (ttl === null ? "-" : ttl === "unknown" ? ttl : leftInWords(ttl.endsAt, now))),
    column("$/MONTH", ({ price }) => amount(price, "monthly")),
    column("DRIFT", (agent) => driftInWords(agent, style)),
    column("SO FAR", ({ price }) => amount(price, "accrued")),
    column("DROPLET ID", ({ dropletId }) => dropletId),
    column("IMAGE", ({ image }) => (image === null ? "-" : image === "unknown" ? image : image.id)),
    column("IMAGE AGE", ({ image }) =>
      image === null ? "-" : image === "unknown" ? image : ageInWords(image.createdAt, now),
    ),
    column("NEWER", ({ image }) =>
      image === null ? "-" : image === "unknown" || image.newer === "unknown" ? "unknown" : (image.newer?.id ?? "none"),
    ),
    column("RELEASE", ({ release }) => release ?? "unknown"),
  ];
}

const KEY_HEADINGS = ["AGENT", "KEY", "VERSION", "AGE", "EXPIRES", "REQUESTS TODAY", "TOKENS TODAY"];

function keyRow(agent: string, { name, active, versions, limits, usage }: KeyStatus, now: Date): readonly string[] {
  const version = versions.find((one) => one.version === active);
  const { requestsPerDay, tokensPerDay } = limits ?? {};
  return [
    ...[agent, name, String(active ?? "-")],
    version === undefined ? "-" : ageInWords(version.putAt, now),
    version === undefined ? "-" : leftInWords(version.notAfter, now),
    spent(usage.requests, requestsPerDay),
    // Only a cap makes the daemon count them.
    tokensPerDay === undefined ? "not counted" : spent(usage.tokens, tokensPerDay),
  ];
}

function amount(price: AgentStatus["price"], member: "monthly" | "accrued"): string {
  if (price === null) return "-";
  return price === "unknown" ? price : dollarsInWords(fromDollars(price[member]));
}

function driftInWords({ drift, unchecked }: AgentStatus, style: TextStyle): string {
  if (drift.length > 0) return style.bad([...new Set(drift.map(({ what }) => what))].join(", "));
  return unchecked.length > 0 ? "unknown" : "none";
}

function noticesOn(agents: readonly AgentStatus[]): readonly string[] {
  const sealed = agents.filter(({ state }) => state === "sealed").map(({ agent }) => agent);
  const drifted = agents.some(({ drift }) => drift.length > 0);
  return [
    ...agents.flatMap(({ agent, drift }) =>
      drift.map(({ what, wanted, found }) => `${agent}: ${what}: ${found}, and ${wanted} at the last update`),
    ),
    ...(drifted ? ["what differs is put right by claws refresh and claws up"] : []),
    ...agents.flatMap(({ agent, image }) =>
      image === null || image === "unknown" || image.newer === null || image.newer === "unknown"
        ? []
        : [`${agent}: image ${image.newer.id} (${image.newer.name}) is newer than its own`],
    ),
    ...[...groupProblems(agents)].map(([problem, names]) => `${names.join(", ")}: ${problem}`),
    ...(sealed.length > 0 ? [`${sealed.join(", ")}: sealed, holds no key: claws keys push`] : []),
  ];
}

function spent(count: number, limit: number | undefined): string {
  return limit === undefined ? String(count) : `${count} of ${limit}`;
}

function groupProblems(agents: readonly AgentStatus[]): ReadonlyMap<string, readonly string[]> {
  const groups = new Map<string, string[]>();
  for (const { agent, problems } of agents) {
    for (const problem of problems) groups.set(problem, [...(groups.get(problem) ?? []), agent]);
  }
  return groups;
}
