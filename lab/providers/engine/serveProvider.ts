// SPDX-License-Identifier: Apache-2.0
import { Server, ServerCredentials } from "@grpc/grpc-js";
import { ResourceProviderService } from "@pulumi/pulumi/proto/provider_grpc_pb.js";
import { connectEngineLog } from "./engineLog.ts";
import { providerService } from "./providerService.ts";
import type { ResourceProvider } from "./resourceProvider.ts";

// The engine's own limit; a stack's inputs can be large.
const MAX_MESSAGE_BYTES = 400 * 1024 * 1024;

/**
 * Runs a provider as an engine plugin: prints the port it listens on (loopback only) and serves until the engine ends it.
 * Ends itself when the engine is gone, so that a killed run leaves no process behind.
 */
export async function serveProvider(provider: ResourceProvider, argv: readonly string[]): Promise<void> {
  // Before anybody can know the port and kill the engine: a parent that is gone by then would never be missed.
  endWithParent();
  const service = providerService(provider, connectEngineLog(engineAddress(argv)), new AbortController());
  const server = new Server({ "grpc.max_receive_message_length": MAX_MESSAGE_BYTES });
  server.addService(ResourceProviderService, service);
  const port = await bind(server);
  process.stdout.write(`${String(port)}\n`);
}

/** Returns the first argument that is not one of the engine's logging flags. */
export function engineAddress(argv: readonly string[]): string | undefined {
  const words = argv.filter((_word, index) => argv[index - 1] !== "--tracing");
  return words.find((word) => !word.startsWith("-"));
}

function bind(server: Server): Promise<number> {
  return new Promise((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, port) => {
      if (error === null) resolve(port);
      else reject(error);
    });
  });
}

function endWithParent(): void {
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    endGroup();
    process.exit(1);
  }, 1000);
  timer.unref();
}

/** The engine makes each plugin the leader of a process group, in which also the commands run that it started. */
function endGroup(): void {
  try {
    process.kill(-process.pid, "SIGKILL");
  } catch {
    // Not a leader: there is no group of its own to end.
  }
}
