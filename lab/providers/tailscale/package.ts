// SPDX-License-Identifier: Apache-2.0
import type { BridgedPackage } from "../bridge/bridgedProvider.ts";
import { connectTailscale, type TailscaleClient } from "./client.ts";
import { tailnetKey } from "./tailnetKey.ts";

/** The stand-in for the tailscale provider; its version is that of the SDK in package.json. */
export const tailscalePackage: BridgedPackage<TailscaleClient> = {
  name: "tailscale",
  version: "0.29.1",
  connect: (config) => connectTailscale(config, process.env),
  resources: { "tailscale:index/tailnetKey:TailnetKey": tailnetKey },
  functions: {},
};
