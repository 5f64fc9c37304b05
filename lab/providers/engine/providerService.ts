// SPDX-License-Identifier: Apache-2.0
import type { handleUnaryCall, UntypedServiceImplementation } from "@grpc/grpc-js";
import pluginMessages from "@pulumi/pulumi/proto/plugin_pb.js";
import providerMessages from "@pulumi/pulumi/proto/provider_pb.js";
import emptyMessages from "google-protobuf/google/protobuf/empty_pb.js";
import type { EngineLog } from "./engineLog.ts";
import { fromStruct, toCheckFailures, toDiffResponse, toServiceError, toStruct } from "./messages.ts";
import { isSame, revealSecrets } from "./propertyValue.ts";
import type { Operation, PropertyChange, ResourceProvider } from "./resourceProvider.ts";

const {
  CheckResponse, ConfigureResponse, CreateResponse, GetSchemaResponse, InvokeResponse, ReadResponse, UpdateResponse,
} = providerMessages; // prettier-ignore

/**
 * The engine's plugin protocol on top of a {@link ResourceProvider}. Calls the table does not name (parameterize,
 * construct, call, list, mappings) are answered "unimplemented" by gRPC itself, as the engine expects.
 */
export function providerService(
  provider: ResourceProvider,
  log: EngineLog,
  canceller: AbortController,
): UntypedServiceImplementation {
  const operation = operations(log, canceller.signal);
  return {
    getPluginInfo: unary(() => {
      const response = new pluginMessages.PluginInfo();
      response.setVersion(provider.version);
      return response;
    }),
    getSchema: unary(() => {
      const response = new GetSchemaResponse();
      response.setSchema(JSON.stringify({ name: provider.name, version: provider.version }));
      return response;
    }),
    attach: unary(() => new emptyMessages.Empty()),
    cancel: unary(() => {
      canceller.abort(new Error("the run was cancelled"));
      return new emptyMessages.Empty();
    }),
    ...configurationCalls(provider),
    check: unary((request: providerMessages.CheckRequest) => {
      const { inputs, failures } = provider.check(operation(request), {
        oldInputs: fromStruct(request.getOlds()),
        inputs: fromStruct(request.getNews()),
        seed: request.getRandomseed_asU8(),
      });
      const response = new CheckResponse();
      response.setInputs(toStruct(inputs));
      response.setFailuresList(toCheckFailures(failures));
      return response;
    }),
    diff: unary((request: providerMessages.DiffRequest) =>
      toDiffResponse(provider.diff(operation(request), changeOf(request))),
    ),
    create: unary(async (request: providerMessages.CreateRequest) => {
      const created = await provider.create(operation(request), fromStruct(request.getProperties()));
      const response = new CreateResponse();
      response.setId(created.id);
      response.setProperties(toStruct(created.outputs));
      return response;
    }),
    read: unary(async (request: providerMessages.ReadRequest) => {
      const state = { id: request.getId(), outputs: fromStruct(request.getProperties()) };
      const found = await provider.read(operation(request), state, fromStruct(request.getInputs()));
      const response = new ReadResponse();
      if (found === undefined) return response;
      response.setId(found.id);
      response.setProperties(toStruct(found.outputs));
      response.setInputs(toStruct(found.inputs));
      return response;
    }),
    update: unary(async (request: providerMessages.UpdateRequest) => {
      const outputs = await provider.update(operation(request), changeOf(request));
      const response = new UpdateResponse();
      response.setProperties(toStruct(outputs));
      return response;
    }),
    delete: unary(async (request: providerMessages.DeleteRequest) => {
      const state = { id: request.getId(), outputs: fromStruct(request.getProperties()) };
      await provider.delete(operation(request), state);
      return new emptyMessages.Empty();
    }),
    invoke: unary(async (request: providerMessages.InvokeRequest) => {
      const { result, failures } = await provider.invoke(
        request.getTok(),
        revealSecrets(fromStruct(request.getArgs())),
      );
      const response = new InvokeResponse();
      response.setReturn(toStruct(result));
      response.setFailuresList(toCheckFailures(failures));
      return response;
    }),
  };
}

function configurationCalls(provider: ResourceProvider): UntypedServiceImplementation {
  return {
    checkConfig: unary((request: providerMessages.CheckRequest) => {
      const response = new CheckResponse();
      response.setInputs(request.getNews());
      return response;
    }),
    diffConfig: unary((request: providerMessages.DiffRequest) => {
      const [olds, news] = [fromStruct(request.getOlds()), fromStruct(request.getNews())];
      const names = [...new Set([...Object.keys(olds), ...Object.keys(news)])];
      const changed = names.filter((name) => name !== "version" && !isSame(olds[name], news[name]));
      const change: PropertyChange = { kind: "update", replace: false };
      return toDiffResponse({ changes: new Map(changed.map((name) => [name, change])), deleteBeforeReplace: false });
    }),
    configure: unary((request: providerMessages.ConfigureRequest) => {
      provider.configure(revealSecrets(fromStruct(request.getArgs())));
      const response = new ConfigureResponse();
      response.setAcceptsecrets(provider.acceptSecrets);
      response.setSupportspreview(true);
      return response;
    }),
  };
}

interface ResourceRequest {
  getUrn(): string;
  getPreview?(): boolean;
  getTimeout?(): number;
}

function operations(log: EngineLog, signal: AbortSignal): (request: ResourceRequest) => Operation {
  return (request) => {
    const urn = request.getUrn();
    // urn:pulumi:<stack>::<project>::<parent types joined by $>::<name>, and the name may hold "::".
    const [, , types = "", ...name] = urn.split("::");
    return {
      urn,
      type: types.split("$").at(-1) ?? types,
      name: name.join("::"),
      preview: request.getPreview?.() ?? false,
      timeoutSeconds: request.getTimeout?.() ?? 0,
      signal,
      log: (message) => {
        log(urn, message);
      },
    };
  };
}

function changeOf(request: providerMessages.DiffRequest | providerMessages.UpdateRequest) {
  return {
    id: request.getId(),
    outputs: fromStruct(request.getOlds()),
    oldInputs: fromStruct(request.getOldInputs()),
    inputs: fromStruct(request.getNews()),
    ignoreChanges: request.getIgnorechangesList(),
  };
}

function unary<Request, Response>(answer: (request: Request) => Response | Promise<Response>) {
  const handler: handleUnaryCall<Request, Response> = (call, callback) => {
    Promise.resolve(call.request)
      .then(answer)
      .then(
        (response) => {
          callback(null, response);
        },
        (error: unknown) => {
          callback(toServiceError(error));
        },
      );
  };
  return handler;
}
