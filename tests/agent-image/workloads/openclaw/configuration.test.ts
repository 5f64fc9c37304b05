// SPDX-License-Identifier: Apache-2.0
import fc from "fast-check";
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  GATEWAY_PORT,
  modelName,
  renderConfiguration,
} from "../../../../agent-image/workloads/openclaw/configuration.ts";
import { gatewayEnvironment } from "../../../../agent-image/workloads/openclaw/gatewayEnvironment.ts";
import { chooseModels, type ModelChoice } from "../../../../agent-image/workloads/openclaw/modelChoice.ts";
import { writeOpenClawFiles } from "../../../../agent-image/workloads/openclaw/openClawFiles.ts";
import { PROVIDERS } from "../../../../broker/providerTable.ts";

const broker = "http://127.0.0.1:7441";
const workspace = "/var/lib/agent/workspace";
const ids = PROVIDERS.map(({ id }) => id);
const choose = (providers: readonly string[]): readonly ModelChoice[] =>
  chooseModels({ hostname: "a1", runtime: "openclaw", providers, customProviders: [] });
const render = (providers: readonly string[]) => renderConfiguration({ choices: choose(providers), broker, workspace });

describe("renderConfiguration", () => {
  it("leads Anthropic and OpenAI to the broker, in their own forms, with references for the placeholder", () => {
    const model = (id: string) => [{ id, name: id, input: ["text"], contextWindow: 128_000, maxTokens: 8192 }];
    expect(render(["anthropic", "openai"])).toMatchObject({
      models: {
        mode: "replace",
        providers: {
          "claws-anthropic": {
            baseUrl: `${broker}/anthropic`,
            api: "anthropic-messages",
            request: { auth: { mode: "header", headerName: "x-api-key", value: "${CLAWS_AGENT_TOKEN}" } },
            models: model("claude-sonnet-5"),
          },
          "claws-openai": {
            baseUrl: `${broker}/openai/v1`,
            api: "openai-responses",
            request: { auth: { mode: "authorization-bearer", token: "${CLAWS_AGENT_TOKEN}" } },
            models: model("gpt-5.4"),
          },
        },
      },
      agents: { defaults: { model: { primary: "claws-anthropic/claude-sonnet-5", fallbacks: [] }, workspace } },
    });
  });

  it("gives the other formats the placeholder in their own header", () => {
    expect(render(["gemini", "mistral"])).toMatchObject({
      models: {
        providers: {
          "claws-gemini": {
            baseUrl: `${broker}/gemini/v1beta`,
            api: "google-generative-ai",
            request: { auth: { mode: "header", headerName: "x-goog-api-key", value: "${CLAWS_AGENT_TOKEN}" } },
          },
          "claws-mistral": {
            baseUrl: `${broker}/mistral/v1`,
            api: "openai-completions",
            apiKey: "${CLAWS_AGENT_TOKEN}",
          },
        },
      },
    });
  });

  it("listens on loopback only, with a token, and without a page", () => {
    expect(render(["anthropic"])).toMatchObject({
      gateway: {
        mode: "local",
        bind: "loopback",
        port: 18_790,
        auth: { mode: "token", token: "${CLAWS_GATEWAY_TOKEN}" },
        controlUi: { enabled: false },
        http: { endpoints: { chatCompletions: { enabled: true } } },
      },
    });
  });

  it("switches off whatever calls home, looks around, or asks a model without being asked", () => {
    expect(render(["anthropic"])).toMatchObject({
      discovery: { mdns: { mode: "off" } },
      update: { checkOnStart: false },
      telemetry: { enabled: false },
      plugins: { allow: ["memory-core"] },
      models: { catalogRefresh: { enabled: false } },
      agents: { defaults: { utilityModel: "", heartbeat: { every: "0m" } } },
    });
  });

  it("names a model of each provider that it configures, and reaches nothing but the broker", () => {
    fc.assert(
      fc.property(fc.shuffledSubarray(ids, { minLength: 1 }), (providers) => {
        const text = JSON.stringify(render(providers));
        const addresses = [...text.matchAll(/https?:\/\/[^"]*/g)].map(([address]) => address);
        expect(addresses).toHaveLength(providers.length);
        providers.forEach((id, index) => expect(`${addresses[index]}/`).toMatch(`${broker}/${id}/`));
        for (const choice of choose(providers)) {
          const { models } = JSON.parse(text) as {
            models: { providers: Record<string, { models: { id: string }[] }> };
          };
          const [name = "", ...model] = modelName(choice).split("/");
          expect(models.providers[name]?.models.map(({ id }) => id)).toContain(model.join("/"));
        }
      }),
    );
  });

  it("refers to two variables and holds nothing else that looks like a credential", () => {
    fc.assert(
      fc.property(fc.shuffledSubarray(ids, { minLength: 1 }), (providers) => {
        const text = JSON.stringify(render(providers));
        const references = new Set([...text.matchAll(/\$\{[^}]*\}/g)].map(([reference]) => reference));
        expect([...references].sort()).toEqual(["${CLAWS_AGENT_TOKEN}", "${CLAWS_GATEWAY_TOKEN}"]);
        const secrets = [...text.matchAll(/"(?:apiKey|token|value)":"([^"]*)"/g)].map(([, value = ""]) => value);
        expect(secrets.filter((value) => !references.has(value))).toEqual([]);
      }),
    );
  });
});

describe("gatewayEnvironment", () => {
  it("hands on the search path, and nothing else that this process has", () => {
    const environment = {
      PATH: "/usr/bin",
      TMPDIR: "/tmp/x",
      ANTHROPIC_API_KEY: "sk-ant-real",
      NODE_OPTIONS: "--inspect",
    };
    const parts = { home: "/var/lib/agent", agentToken: "agt_1", gatewayToken: "gateway-1" };
    const rendered = gatewayEnvironment({ ...parts, environment });
    expect(rendered).toMatchObject({ PATH: "/usr/bin", TMPDIR: "/tmp/x", HOME: "/var/lib/agent" });
    expect(rendered).toMatchObject({ CLAWS_AGENT_TOKEN: "agt_1", CLAWS_GATEWAY_TOKEN: "gateway-1" });
    expect(Object.keys(rendered).sort()).toEqual([
      "CLAWS_AGENT_TOKEN",
      "CLAWS_GATEWAY_TOKEN",
      "DO_NOT_TRACK",
      "HOME",
      "LANG",
      "NODE_ENV",
      "OPENCLAW_CONFIG_READONLY",
      "OPENCLAW_DISABLE_BONJOUR",
      "OPENCLAW_EXEC_SHELL_SNAPSHOT",
      "OPENCLAW_FS_SAFE_NATIVE_MODE",
      "OPENCLAW_NO_AUTO_UPDATE",
      "OPENCLAW_NO_RESPAWN",
      "OPENCLAW_SKIP_CHANNELS",
      "PATH",
      "TMPDIR",
    ]);
  });
});

describe("writeOpenClawFiles", () => {
  let home: string;
  beforeEach(async () => {
    home = await mkdtemp(join(tmpdir(), "openclaw-home-"));
  });
  afterEach(() => rm(home, { recursive: true }));
  const mode = async (path: string) => ((await stat(join(home, path))).mode & 0o777).toString(8);

  it("writes for the agent's eyes only, over what was there", async () => {
    await mkdir(join(home, ".openclaw"), { mode: 0o755 });
    await writeFile(join(home, ".openclaw/openclaw.json"), "old", { mode: 0o644 });
    await writeFile(join(home, ".openclaw/openclaw.json.new"), "cut");
    const folder = await writeOpenClawFiles(home, (path) => ({ path, port: GATEWAY_PORT }));
    expect(folder).toBe(join(home, "workspace"));
    const text = await readFile(join(home, ".openclaw/openclaw.json"), "utf8");
    expect(JSON.parse(text)).toEqual({ path: folder, port: 18_790 });
    expect(await readdir(join(home, ".openclaw"))).toEqual(["openclaw.json"]);
    expect([await mode(".openclaw"), await mode("workspace"), await mode(".openclaw/openclaw.json")]).toEqual([
      "700",
      "700",
      "600",
    ]);
  });
});
