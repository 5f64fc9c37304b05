// SPDX-License-Identifier: Apache-2.0
import { Metadata, type ServiceError, status } from "@grpc/grpc-js";
import providerMessages from "@pulumi/pulumi/proto/provider_pb.js";
import statusMessages from "@pulumi/pulumi/proto/status_pb.js";
import anyMessages from "google-protobuf/google/protobuf/any_pb.js";
import structMessages from "google-protobuf/google/protobuf/struct_pb.js";
import type { PropertyMap } from "./propertyValue.ts";
import { type CheckFailure, type Difference, PartialFailure, type PropertyChange } from "./resourceProvider.ts";

type Struct = structMessages.Struct;

const { PropertyDiff, DiffResponse } = providerMessages;
const { Kind } = PropertyDiff;

/** Reads a message's struct; an absent one is empty. */
export function fromStruct(struct: Struct | undefined): PropertyMap {
  return struct === undefined ? {} : struct.toJavaScript();
}

/** Writes properties into a message's struct; `undefined` members are left out. */
export function toStruct(properties: PropertyMap): Struct {
  const json = JSON.parse(JSON.stringify(properties)) as Parameters<typeof structMessages.Struct.fromJavaScript>[0];
  return structMessages.Struct.fromJavaScript(json);
}

/** Writes refused inputs. */
export function toCheckFailures(failures: readonly CheckFailure[]): providerMessages.CheckFailure[] {
  return failures.map(({ property, reason }) => {
    const message = new providerMessages.CheckFailure();
    message.setProperty(property);
    message.setReason(reason);
    return message;
  });
}

/** Writes a difference with its detail, so that the engine shows exactly these properties. */
export function toDiffResponse({ changes, deleteBeforeReplace }: Difference): providerMessages.DiffResponse {
  const message = new DiffResponse();
  const replaced = [...changes].filter(([, change]) => change.replace).map(([path]) => path);
  const { DIFF_SOME, DIFF_NONE } = DiffResponse.DiffChanges;
  message.setChanges(changes.size > 0 ? DIFF_SOME : DIFF_NONE);
  message.setDiffsList([...new Set([...changes.keys()].map(rootOf))]);
  message.setReplacesList([...new Set(replaced.map(rootOf))]);
  message.setDeletebeforereplace(deleteBeforeReplace && replaced.length > 0);
  message.setHasdetaileddiff(true);
  for (const [path, change] of changes) message.getDetaileddiffMap().set(path, toPropertyDiff(change));
  return message;
}

/** Writes an error; one of a resource that exists but is unfinished carries its state. */
export function toServiceError(error: unknown): Partial<ServiceError> {
  const message = error instanceof Error ? error.message : String(error);
  if (!(error instanceof PartialFailure)) return { code: status.UNKNOWN, details: message };
  const metadata = new Metadata();
  metadata.add("grpc-status-details-bin", Buffer.from(initFailedStatus(error).serializeBinary()));
  return { code: status.UNKNOWN, details: message, metadata };
}

function initFailedStatus(failure: PartialFailure): statusMessages.Status {
  const detail = new providerMessages.ErrorResourceInitFailed();
  detail.setId(failure.id);
  detail.setProperties(toStruct(failure.outputs));
  detail.setInputs(toStruct(failure.inputs));
  detail.setReasonsList([failure.message]);
  const any = new anyMessages.Any();
  any.pack(detail.serializeBinary(), "pulumirpc.ErrorResourceInitFailed");
  const message = new statusMessages.Status();
  message.setCode(status.UNKNOWN);
  message.setMessage(failure.message);
  message.addDetails(any);
  return message;
}

function toPropertyDiff({ kind, replace }: PropertyChange): providerMessages.PropertyDiff {
  const kinds = {
    add: [Kind.ADD, Kind.ADD_REPLACE],
    delete: [Kind.DELETE, Kind.DELETE_REPLACE],
    update: [Kind.UPDATE, Kind.UPDATE_REPLACE],
  } as const;
  const message = new PropertyDiff();
  message.setKind(kinds[kind][replace ? 1 : 0]);
  return message;
}

function rootOf(path: string): string {
  return path.split(/[.[]/)[0] ?? path;
}
