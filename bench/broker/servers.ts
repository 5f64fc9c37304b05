// SPDX-License-Identifier: Apache-2.0
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { type Certificate, makeCertificate } from "./certificate.ts";
import type { Server } from "./processes.ts";

/** What a measurement starts, to be stopped after it. */
export interface Servers {
  /** Folder for their files. */
  readonly folder: string;
  readonly certificate: Certificate;
  add(starting: Promise<Server>): Promise<Server>;
}

/** Measures with servers of its own, which are stopped and cleaned away however it ends. */
export async function withServers<T>(measure: (servers: Servers) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), "claws-bench-"));
  const started: Server[] = [];
  const add = async (starting: Promise<Server>): Promise<Server> => {
    const server = await starting;
    started.push(server);
    return server;
  };
  try {
    return await measure({ folder, certificate: await makeCertificate(folder), add });
  } finally {
    await Promise.all(started.map((server) => server.stop()));
    await rm(folder, { recursive: true });
  }
}
