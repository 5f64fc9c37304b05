// SPDX-License-Identifier: Apache-2.0
import type { AgentCost, StackCost } from "./agentCost.ts";
import { dollarsInWords, toDollars, type Money } from "./money.ts";
import { renderTable } from "./table.ts";
import type { Terminal } from "./terminal.ts";
import { ageInWords, leftInWords } from "./timeInWords.ts";

const HEADINGS = ["AGENT", "SIZE", "$/MONTH", "$/HOUR", "AGE", "SO FAR", "TTL LEFT", "BY THEN"];

/** Prints the costs and their sum as a table, or as JSON with all decimals; what they are based on goes to stderr. */
export function reportCost(
  stackName: string,
  cost: StackCost,
  { terminal, now, json }: { readonly terminal: Terminal; readonly now: Date; readonly json: boolean },
): void {
  if (json) terminal.print(JSON.stringify(costDocument(stackName, cost)));
  else {
    const rows = cost.agents.map((agent) => agentRow(agent, now));
    const images = cost.images.map(({ imageId, gigabytes, monthly }) => [
      `image ${imageId}`,
      `${gigabytes} GB`,
      dollarsInWords(monthly),
    ]);
    terminal.print(renderTable(HEADINGS, [...rows, ...images, totalRow(cost)]));
  }
  for (const problem of cost.problems) terminal.notice(problem);
  const table = cost.agents.filter(({ source, price }) => source !== "live" && price !== "unknown");
  if (table.length > 0)
    terminal.notice(`${names(table)}: list prices as in the ${table[0]?.source ?? ""}, not what DigitalOcean says now`);
  terminal.notice("without tax, traffic above the free amount, and what else the account has");
}

/**
 * The form of `claws cost --json`. Amounts are US dollars with all their decimals; what is not known is the word "unknown", what does not
 * exist is null.
 */
function costDocument(stack: string, cost: StackCost): object {
  const { agents, images } = cost;
  const total = sums(cost);
  return {
    stack,
    currency: "USD",
    agents: agents.map(({ price, accrued, untilTtl, ...agent }) => ({
      ...agent,
      monthly: price === "unknown" ? price : toDollars(price.monthly),
      hourly: price === "unknown" ? price : toDollars(price.hourly),
      accrued: inDollars(accrued),
      untilTtl: inDollars(untilTtl),
    })),
    images: images.map(({ monthly, ...image }) => ({ ...image, monthly: toDollars(monthly) })),
    total: {
      monthly: inDollars(total.monthly),
      accrued: inDollars(total.accrued),
      untilTtl: inDollars(total.untilTtl),
    },
  };
}

type Amount = Money | "unknown" | null;

function agentRow({ agent, size, droplet, price, createdAt, accrued, ttl, untilTtl }: AgentCost, now: Date): string[] {
  const running = droplet === "gone" ? ["gone", "-"] : [];
  const prices = price === "unknown" ? [price, price] : [dollarsInWords(price.monthly), `$${toDollars(price.hourly)}`];
  return [
    ...[agent, size],
    ...(running.length > 0 ? running : prices),
    ageInWords(createdAt, now),
    inWords(accrued),
    ttl === null ? "-" : ttl === "unknown" ? ttl : leftInWords(ttl.endsAt, now),
    inWords(untilTtl),
  ];
}

function totalRow(cost: StackCost): readonly string[] {
  const { monthly, accrued, untilTtl } = sums(cost);
  return ["total", "", inWords(monthly), "", "", inWords(accrued), "", inWords(untilTtl)];
}

/** A sum of which a part is not known is not known. */
function sums({ agents, images }: StackCost): Record<"monthly" | "accrued" | "untilTtl", Amount> {
  const monthly = agents.map(({ droplet, price }) =>
    droplet === "gone" ? 0 : price === "unknown" ? price : price.monthly,
  );
  const ends = agents.map(({ untilTtl }) => untilTtl).filter((amount) => amount !== null);
  return {
    monthly: sum([...monthly, ...images.map((image) => image.monthly)]),
    accrued: sum(agents.map(({ accrued }) => accrued)),
    untilTtl: ends.length === 0 ? null : sum(ends),
  };
}

function sum(amounts: readonly (Money | "unknown")[]): Money | "unknown" {
  return amounts.reduce<Money | "unknown">(
    (total, amount) => (total === "unknown" || amount === "unknown" ? "unknown" : total + amount),
    0,
  );
}

function inDollars(amount: Amount): number | "unknown" | null {
  return typeof amount === "number" ? toDollars(amount) : amount;
}

function inWords(amount: Amount): string {
  return amount === null ? "-" : amount === "unknown" ? amount : dollarsInWords(amount);
}

function names(agents: readonly AgentCost[]): string {
  return agents.map(({ agent }) => agent).join(", ");
}
