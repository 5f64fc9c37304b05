// SPDX-License-Identifier: Apache-2.0
import { credentials } from "@grpc/grpc-js";
import { EngineClient } from "@pulumi/pulumi/proto/engine_grpc_pb.js";
import engineMessages from "@pulumi/pulumi/proto/engine_pb.js";

/** Sends one line about a resource to the engine, which shows it while the resource is worked on. */
export type EngineLog = (urn: string, message: string) => void;

/** Returns the log of the engine at `address` (host:port); a log that drops every line when there is no engine. */
export function connectEngineLog(address: string | undefined): EngineLog {
  if (address === undefined) return () => undefined;
  const client = new EngineClient(address, credentials.createInsecure());
  return (urn, message) => {
    const request = new engineMessages.LogRequest();
    request.setSeverity(engineMessages.LogSeverity.INFO);
    request.setUrn(urn);
    request.setMessage(message);
    request.setEphemeral(true);
    // A lost log line must not fail the resource.
    client.log(request, () => undefined);
  };
}
