// SPDX-License-Identifier: Apache-2.0
import type { Cloud } from "./cloud.ts";
import type { Route } from "./router.ts";

/** /v2/account */
export function accountRoutes(cloud: Cloud): readonly Route[] {
  const account = {
    droplet_limit: cloud.dropletLimit,
    floating_ip_limit: 3,
    reserved_ip_limit: 3,
    volume_limit: 100,
    email: "owner@lab.example",
    name: "Lab Owner",
    uuid: "1ab00000000000000000000000000000000000ac",
    email_verified: true,
    status: "active",
    status_message: "",
    team: { uuid: "1ab00000000000000000000000000000000000ea", name: "Lab" },
  };
  return [{ method: "GET", path: "/v2/account", handle: () => ({ status: 200, body: { account } }) }];
}
