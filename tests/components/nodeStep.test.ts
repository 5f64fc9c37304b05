// SPDX-License-Identifier: Apache-2.0
// Runs the step as Pulumi does: a process of its own, everything by environment.
import { execFile } from "node:child_process";
import { once } from "node:events";
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { resolve } from "node:path";

const step = resolve(import.meta.dirname, "../../components/nodeStep.ts");
const secret = "tskey-api-canary";

interface Recorded {
  readonly method: string;
  readonly path: string;
  readonly authorization: string;
  readonly body: string;
}

let server: Server;
let requests: Recorded[];
let answer: (request: Recorded) => { status: number; body: unknown };

beforeEach(async () => {
  requests = [];
  answer = () => ({ status: 200, body: { devices: [joined] } });
  server = createServer((request, response) => {
    void record(request).then((recorded) => {
      requests.push(recorded);
      const { status, body } = answer(recorded);
      response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
    });
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
});

afterEach(async () => {
  server.closeAllConnections();
  server.close();
  await once(server, "close");
});

const joined = {
  nodeId: "n1",
  name: "a1.tail.example",
  hostname: "a1",
  authorized: true,
  tags: ["tag:agent"],
  created: "2026-01-02T03:04:30Z",
};

async function record(request: IncomingMessage): Promise<Recorded> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const { method = "", url: path = "", headers } = request;
  return { method, path, authorization: headers.authorization ?? "", body: Buffer.concat(chunks).toString() };
}

interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

function run(action: string, changes: NodeJS.ProcessEnv = {}): Promise<Ended> {
  const { port } = server.address() as AddressInfo;
  const environment = {
    PATH: process.env["PATH"],
    TAILSCALE_BASE_URL: `http://127.0.0.1:${port}/`,
    TAILSCALE_API_KEY: secret,
    CLAWS_NODE_HOSTNAME: "a1",
    CLAWS_NODE_TAG: "tag:agent",
    CLAWS_NODE_CREATED_AFTER: "2026-01-02T03:04:05Z",
    CLAWS_NODE_TIMEOUT_SECONDS: "30",
    ...changes,
  };
  return new Promise((done) => {
    execFile(process.execPath, [step, action], { env: environment }, (error, stdout, stderr) => {
      done({ code: error ? Number(error.code) : 0, stdout, stderr });
    });
  });
}

describe("nodeStep wait", () => {
  it("prints the node that joined as one JSON object", async () => {
    expect(await run("wait")).toEqual({
      code: 0,
      stdout: '{"nodeId":"n1","nodeName":"a1.tail.example"}\n',
      stderr: "",
    });
    expect(requests).toEqual([
      {
        method: "GET",
        path: "/api/v2/tailnet/-/devices?fields=all",
        authorization: `Basic ${Buffer.from(`${secret}:`).toString("base64")}`,
        body: "",
      },
    ]);
  });

  it("gets a token with an OAuth client's secret and uses it", async () => {
    answer = ({ path }) =>
      path === "/api/v2/oauth/token"
        ? { status: 200, body: { access_token: "tskey-token", token_type: "Bearer", expires_in: 3600 } }
        : { status: 200, body: { devices: [joined] } };
    const { code } = await run("wait", {
      TAILSCALE_API_KEY: "",
      TAILSCALE_OAUTH_CLIENT_ID: "client",
      TAILSCALE_OAUTH_CLIENT_SECRET: secret,
    });
    expect(code).toBe(0);
    expect(requests.map(({ method, path, authorization }) => [method, path, authorization])).toEqual([
      ["POST", "/api/v2/oauth/token", ""],
      ["GET", "/api/v2/tailnet/-/devices?fields=all", "Bearer tskey-token"],
    ]);
    expect(requests[0]?.body).toBe(`client_id=client&client_secret=${secret}&grant_type=client_credentials`);
  });

  it("fails without printing the credential when the API refuses it", async () => {
    answer = () => ({ status: 401, body: { message: "API token invalid", data: secret } });
    const { code, stdout, stderr } = await run("wait");
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toBe("tailnet node: cannot list devices: 401 API token invalid\n");
  });

  it("fails when no credential is set, before any call", async () => {
    const { code, stderr } = await run("wait", { TAILSCALE_API_KEY: "" });
    expect(code).toBe(1);
    expect(stderr).toContain("no Tailscale credential: set TAILSCALE_API_KEY");
    expect(requests).toEqual([]);
  });

  it.each([
    ["CLAWS_NODE_HOSTNAME", "", "CLAWS_NODE_HOSTNAME is not set"],
    ["CLAWS_NODE_CREATED_AFTER", "yesterday", "CLAWS_NODE_CREATED_AFTER must be an RFC 3339 time"],
    ["CLAWS_NODE_TIMEOUT_SECONDS", "-1", "CLAWS_NODE_TIMEOUT_SECONDS must be a positive number"],
  ])("refuses %s=%j", async (name, value, message) => {
    const { code, stderr } = await run("wait", { [name]: value });
    expect({ code, stderr }).toEqual({ code: 1, stderr: `tailnet node: ${message}\n` });
  });

  it("does not follow a redirect with its credential", async () => {
    server.prependListener("request", (_request, response) => response.setHeader("location", "http://127.0.0.1:1/"));
    answer = () => ({ status: 302, body: {} });
    const { code } = await run("wait", { CLAWS_NODE_TIMEOUT_SECONDS: "0.1" });
    expect(code).toBe(1);
    expect(requests.map(({ path }) => path)).toEqual(["/api/v2/tailnet/-/devices?fields=all"]);
  });
});

describe("nodeStep remove", () => {
  const PULUMI_COMMAND_STDOUT = '{"nodeId":"n1","nodeName":"a1.tail.example"}';

  it("removes exactly the node that the state names", async () => {
    answer = () => ({ status: 200, body: {} });
    const { code, stdout } = await run("remove", { PULUMI_COMMAND_STDOUT });
    expect({ code, stdout }).toEqual({ code: 0, stdout: '{"nodeId":"n1","removed":true}\n' });
    expect(requests.map(({ method, path }) => `${method} ${path}`)).toEqual(["DELETE /api/v2/device/n1"]);
  });

  it("is content when the node is gone already", async () => {
    answer = () => ({ status: 404, body: { message: "not found" } });
    const { code, stdout } = await run("remove", { PULUMI_COMMAND_STDOUT });
    expect({ code, stdout }).toEqual({ code: 0, stdout: '{"nodeId":"n1","removed":false}\n' });
  });

  it.each(["", "{}", '{"nodeId":"","nodeName":"x"}', '{"nodeId":7,"nodeName":"x"}', "nonsense"])(
    "removes nothing when the state says %j",
    async (stdout) => {
      const { code } = await run("remove", { PULUMI_COMMAND_STDOUT: stdout });
      expect(code).toBe(1);
      expect(requests).toEqual([]);
    },
  );

  it("fails when the API does, so that the engine keeps the step in its state", async () => {
    answer = () => ({ status: 500, body: { message: "down" } });
    const { code, stderr } = await run("remove", { PULUMI_COMMAND_STDOUT });
    expect({ code, stderr }).toEqual({ code: 1, stderr: 'tailnet node: cannot remove node "n1": 500 down\n' });
  });
});

it("refuses any other action", async () => {
  expect(await run("list")).toEqual({ code: 1, stdout: "", stderr: "tailnet node: usage: nodeStep.ts wait|remove\n" });
});
