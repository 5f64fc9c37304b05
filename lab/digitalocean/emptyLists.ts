// SPDX-License-Identifier: Apache-2.0
import { pageReply } from "./pagination.ts";
import type { Route } from "./router.ts";

const kinds = [
  ["/v2/volumes", "volumes"],
  ["/v2/reserved_ips", "reserved_ips"],
  ["/v2/floating_ips", "floating_ips"],
  ["/v2/load_balancers", "load_balancers"],
  ["/v2/domains", "domains"],
  ["/v2/monitoring/alerts", "policies"],
  ["/v2/uptime/checks", "checks"],
] as const;

/** Kinds of resource that this account never has: their lists are empty, each single one is unknown (404). */
export function emptyListRoutes(): readonly Route[] {
  return kinds.map(([path, key]) => ({
    method: "GET",
    path,
    handle: (request) => pageReply(request, key, [], () => ({})),
  }));
}
