// SPDX-License-Identifier: Apache-2.0
import { once } from "node:events";
import type { Server } from "node:http";
import { networkInterfaces } from "node:os";
import { setTimeout } from "node:timers/promises";
import { createAskServer, type AskServerOptions } from "./askServer.ts";
import { waitForTailnetAddresses } from "./tailnetAddress.ts";

/** TCP port on which every workload answers; protocol/constants.ts has it as well. */
const PORT = 7442;

/** Waits for the machine's tailnet addresses and answers questions there. @returns the addresses with the port, in words */
export async function answerOnTailnet(options: AskServerOptions): Promise<string> {
  const pause = (): Promise<void> => setTimeout(200);
  const addresses = await waitForTailnetAddresses({ readInterfaces: networkInterfaces, pause });
  // One server for each address: an unspecified address would answer on the public one as well.
  for (const address of addresses) await listen(createAskServer(options), address);
  return `${addresses.join(" and ")}, port ${PORT}`;
}

async function listen(server: Server, address: string): Promise<void> {
  server.listen(PORT, address);
  await once(server, "listening");
}
