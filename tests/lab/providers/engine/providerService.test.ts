// SPDX-License-Identifier: Apache-2.0
// Speaks the engine's side of the plugin protocol to a provider over a real connection.
import { type Client, credentials, Server, ServerCredentials, type ServiceError, status } from "@grpc/grpc-js";
import { ResourceProviderClient, ResourceProviderService } from "@pulumi/pulumi/proto/provider_grpc_pb.js";
import providerMessages from "@pulumi/pulumi/proto/provider_pb.js";
import statusMessages from "@pulumi/pulumi/proto/status_pb.js";
import emptyMessages from "google-protobuf/google/protobuf/empty_pb.js";
import { fromStruct, toStruct } from "../../../../lab/providers/engine/messages.ts";
import { type PropertyMap, secret, UNKNOWN } from "../../../../lab/providers/engine/propertyValue.ts";
import { providerService } from "../../../../lab/providers/engine/providerService.ts";
import {
  type Operation,
  PartialFailure,
  type ResourceProvider,
} from "../../../../lab/providers/engine/resourceProvider.ts";

const URN = "urn:pulumi:test::project::some:Component$toys:index/toy:Toy::my::toy";

/** A provider whose calls are recorded and which answers in the plainest way. */
function recordingProvider() {
  const calls: Record<string, unknown>[] = [];
  const record = (call: string, operation: Operation | undefined, details: object) => {
    const { type, name, preview, timeoutSeconds } = operation ?? {};
    calls.push({ call, type, name, preview, timeoutSeconds, ...details });
    operation?.log(`${call}ing`);
  };
  const provider: ResourceProvider = {
    ...{ name: "toys", version: "1.2.3", acceptSecrets: true },
    configure: (config) => record("configure", undefined, { config }),
    check: (operation, { seed, ...request }) => {
      record("check", operation, { ...request, seed: [...seed] });
      return { inputs: { ...request.inputs, extra: undefined }, failures: [{ property: "a.b", reason: "wrong" }] };
    },
    diff: (operation, request) => {
      record("diff", operation, request);
      const changes = new Map([
        ["list[0].x", { kind: "update", replace: true }],
        ["list[1]", { kind: "add", replace: true }],
        ["gone", { kind: "delete", replace: false }],
      ] as const);
      return { changes: request.inputs["same"] === true ? new Map() : changes, deleteBeforeReplace: true };
    },
    create: (operation, inputs) => {
      record("create", operation, { inputs });
      if (inputs["half"] !== true) return Promise.resolve({ id: "t1", outputs: { ...inputs, key: secret("s") } });
      return Promise.reject(new PartialFailure("made, but not ready", "t2", { size: 1 }, inputs));
    },
    read: (operation, state, inputs) => {
      record("read", operation, { state, inputs });
      return Promise.resolve(state.id === "gone" ? undefined : { ...state, inputs: { read: true } });
    },
    update: (operation, request) => {
      record("update", operation, request);
      return Promise.resolve({ size: 2 });
    },
    delete: (operation, state) => {
      record("delete", operation, state);
      return state.id === "stays" ? Promise.reject(new Error("cannot delete it")) : Promise.resolve();
    },
    invoke: (token, args) => {
      record("invoke", undefined, { token, args });
      return Promise.resolve({ result: { args }, failures: [] });
    },
  };
  return { provider, calls };
}

/** A proxy that the environment names is for other machines. */
const NO_PROXY = { "grpc.enable_http_proxy": 0 };

describe("providerService", () => {
  let server: Server;
  let client: ResourceProviderClient;
  let logged: string[];
  let canceller: AbortController;
  let calls: Record<string, unknown>[];

  beforeEach(async () => {
    const recording = recordingProvider();
    [calls, logged, canceller, server] = [recording.calls, [], new AbortController(), new Server()];
    const log = (urn: string, message: string) => void logged.push(`${urn} ${message}`);
    server.addService(ResourceProviderService, providerService(recording.provider, log, canceller));
    const port = await new Promise<number>((resolve, reject) => {
      const bound = (error: Error | null, bound: number) => (error === null ? resolve(bound) : reject(error));
      server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), bound);
    });
    client = new ResourceProviderClient(`127.0.0.1:${String(port)}`, credentials.createInsecure(), NO_PROXY);
  });

  afterEach(() => {
    (client as Client).close();
    server.forceShutdown();
  });

  type Callback<T> = (error: ServiceError | null, response: T) => void;

  function ask<T>(send: (callback: Callback<T>) => unknown): Promise<T> {
    return new Promise((resolve, reject) => {
      send((error, response) => (error === null ? resolve(response) : reject(error)));
    });
  }

  it("reports version and schema", async () => {
    const info = await ask<{ getVersion(): string }>((done) => client.getPluginInfo(new emptyMessages.Empty(), done));
    expect(info.getVersion()).toBe("1.2.3");
    const request = new providerMessages.GetSchemaRequest();
    const schema = await ask<providerMessages.GetSchemaResponse>((done) => client.getSchema(request, done));
    expect(JSON.parse(schema.getSchema())).toEqual({ name: "toys", version: "1.2.3" });
  });

  it("configures with revealed secrets, and says what it supports", async () => {
    const request = new providerMessages.ConfigureRequest();
    request.setArgs(toStruct({ token: secret("t"), version: "1.2.3" }));
    const response = await ask<providerMessages.ConfigureResponse>((done) => client.configure(request, done));
    expect(calls).toEqual([expect.objectContaining({ config: { token: "t", version: "1.2.3" } })]);
    expect([response.getAcceptsecrets(), response.getSupportspreview(), response.getAcceptoutputs()]).toEqual([
      true,
      true,
      false,
    ]);
  });

  it("keeps the configuration as it is, and updates the provider for any change but its version", async () => {
    const check = new providerMessages.CheckRequest();
    check.setNews(toStruct({ token: secret("t") }));
    const checked = await ask<providerMessages.CheckResponse>((done) => client.checkConfig(check, done));
    expect(fromStruct(checked.getInputs())).toEqual({ token: secret("t") });

    const diff = new providerMessages.DiffRequest();
    diff.setOlds(toStruct({ token: "a", version: "1" }));
    diff.setNews(toStruct({ token: "b", version: "2" }));
    const changed = await ask<providerMessages.DiffResponse>((done) => client.diffConfig(diff, done));
    expect([changed.getDiffsList(), changed.getReplacesList()]).toEqual([["token"], []]);
  });

  it("hands everything about a resource over and takes inputs and failures back", async () => {
    const request = new providerMessages.CheckRequest();
    request.setUrn(URN);
    request.setOlds(toStruct({ old: 1 }));
    request.setNews(toStruct({ list: [UNKNOWN, null, { s: secret("x") }], n: 1.5, b: false }));
    request.setRandomseed(Uint8Array.from([1, 2]));
    const response = await ask<providerMessages.CheckResponse>((done) => client.check(request, done));
    const inputs = { list: [UNKNOWN, null, { s: secret("x") }], n: 1.5, b: false };
    expect(calls).toEqual([
      {
        ...{ call: "check", type: "toys:index/toy:Toy", name: "my::toy", preview: false, timeoutSeconds: 0 },
        ...{ oldInputs: { old: 1 }, inputs, seed: [1, 2] },
      },
    ]);
    expect(fromStruct(response.getInputs())).toEqual(inputs);
    expect(response.getFailuresList().map((failure) => [failure.getProperty(), failure.getReason()])).toEqual([
      ["a.b", "wrong"],
    ]);
    expect(logged).toEqual([`${URN} checking`]);
  });

  it("answers a diff with every path, its kind, and the properties that replace", async () => {
    const request = new providerMessages.DiffRequest();
    request.setUrn(URN);
    request.setId("t1");
    request.setOlds(toStruct({ out: 1 }));
    request.setOldInputs(toStruct({ in: 1 }));
    request.setNews(toStruct({ in: 2 }));
    request.setIgnorechangesList(["size"]);
    const response = await ask<providerMessages.DiffResponse>((done) => client.diff(request, done));
    expect(calls).toEqual([
      expect.objectContaining({
        id: "t1",
        outputs: { out: 1 },
        oldInputs: { in: 1 },
        inputs: { in: 2 },
        ignoreChanges: ["size"],
      }),
    ]);
    const { DIFF_SOME, DIFF_NONE } = providerMessages.DiffResponse.DiffChanges;
    const { Kind } = providerMessages.PropertyDiff;
    expect(response.getChanges()).toBe(DIFF_SOME);
    expect(response.getDiffsList()).toEqual(["list", "gone"]);
    expect(response.getReplacesList()).toEqual(["list"]);
    expect(response.getDeletebeforereplace()).toBe(true);
    const detail = response.getDetaileddiffMap().getEntryList() as unknown as [string, unknown][];
    const kindOf = (path: string) => response.getDetaileddiffMap().get(path)?.getKind();
    expect(detail).toHaveLength(3);
    expect([kindOf("list[0].x"), kindOf("list[1]"), kindOf("gone")]).toEqual([
      Kind.UPDATE_REPLACE,
      Kind.ADD_REPLACE,
      Kind.DELETE,
    ]);

    request.setNews(toStruct({ same: true }));
    const same = await ask<providerMessages.DiffResponse>((done) => client.diff(request, done));
    expect([same.getChanges(), same.getDiffsList(), same.getDeletebeforereplace()]).toEqual([DIFF_NONE, [], false]);
  });

  it("creates with preview flag and time-out, and marks secret outputs", async () => {
    const request = new providerMessages.CreateRequest();
    request.setUrn(URN);
    request.setProperties(toStruct({ size: 1 }));
    request.setPreview(true);
    request.setTimeout(90);
    const response = await ask<providerMessages.CreateResponse>((done) => client.create(request, done));
    expect(calls).toEqual([expect.objectContaining({ preview: true, timeoutSeconds: 90, inputs: { size: 1 } })]);
    expect(response.getId()).toBe("t1");
    expect(fromStruct(response.getProperties())).toEqual({ size: 1, key: secret("s") });
  });

  it("hands a half-made resource to the engine with its error", async () => {
    const request = new providerMessages.CreateRequest();
    request.setUrn(URN);
    request.setProperties(toStruct({ half: true }));
    const failure = await ask((done) => client.create(request, done)).catch((error: unknown) => error as ServiceError);
    const { details, code, metadata } = failure as ServiceError;
    expect([code, details]).toEqual([status.UNKNOWN, "made, but not ready"]);
    const [bytes] = metadata.get("grpc-status-details-bin");
    const [any] = statusMessages.Status.deserializeBinary(Uint8Array.from(bytes as Buffer)).getDetailsList();
    expect(any?.getTypeName()).toBe("pulumirpc.ErrorResourceInitFailed");
    const detail = providerMessages.ErrorResourceInitFailed.deserializeBinary(any?.getValue_asU8() ?? new Uint8Array());
    expect([detail.getId(), detail.getReasonsList()]).toEqual(["t2", ["made, but not ready"]]);
    expect(fromStruct(detail.getProperties())).toEqual({ size: 1 });
    expect(fromStruct(detail.getInputs())).toEqual({ half: true });
  });

  it("reads what is there and answers with nothing for what is gone", async () => {
    const read = async (id: string): Promise<[string, PropertyMap, PropertyMap]> => {
      const request = new providerMessages.ReadRequest();
      request.setUrn(URN);
      request.setId(id);
      request.setProperties(toStruct({ out: 1 }));
      const response = await ask<providerMessages.ReadResponse>((done) => client.read(request, done));
      return [response.getId(), fromStruct(response.getProperties()), fromStruct(response.getInputs())];
    };
    expect(await read("t1")).toEqual(["t1", { out: 1 }, { read: true }]);
    expect(await read("gone")).toEqual(["", {}, {}]);
  });

  it("updates and deletes, and passes plain errors on as they are", async () => {
    const update = new providerMessages.UpdateRequest();
    update.setUrn(URN);
    update.setNews(toStruct({ size: 2 }));
    const updated = await ask<providerMessages.UpdateResponse>((done) => client.update(update, done));
    expect(fromStruct(updated.getProperties())).toEqual({ size: 2 });

    const remove = new providerMessages.DeleteRequest();
    remove.setUrn(URN);
    remove.setId("stays");
    remove.setTimeout(5);
    const failure = await ask((done) => client.delete(remove, done)).catch((error: unknown) => error as ServiceError);
    expect(failure).toMatchObject({ code: status.UNKNOWN, details: "cannot delete it" });
    expect(calls.at(-1)).toMatchObject({ call: "delete", id: "stays", timeoutSeconds: 5 });
  });

  it("calls functions with revealed arguments", async () => {
    const request = new providerMessages.InvokeRequest();
    request.setTok("toys:index/count:count");
    request.setArgs(toStruct({ a: secret(1) }));
    const response = await ask<providerMessages.InvokeResponse>((done) => client.invoke(request, done));
    expect(fromStruct(response.getReturn())).toEqual({ args: { a: 1 } });
  });

  it("aborts what runs when the engine cancels", async () => {
    await ask((done) => client.cancel(new emptyMessages.Empty(), done));
    expect(canceller.signal.aborted).toBe(true);
    expect(canceller.signal.reason).toEqual(new Error("the run was cancelled"));
  });
});
