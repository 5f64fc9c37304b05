// SPDX-License-Identifier: Apache-2.0
// The picture in the README is of the real page: CLAWS_UPDATE_SCREENSHOT=1 makes this test write it anew.
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { launchChromium } from "../../../support/chromium.ts";
import { startFakeUpstream, type FakeUpstream } from "../../../support/fakeUpstream.ts";
import { startTestDaemon, type TestDaemon } from "../../../support/testDaemon.ts";

const root = join(import.meta.dirname, "../../../..");
const PICTURE = join(root, "docs/panel.png");
const MOST_BYTES = 150 * 1024;
const HOUR = 60 * 60_000;

let browser: Browser;
let upstream: FakeUpstream;
let daemon: TestDaemon;
let hoursAgo: number;

beforeAll(async () => {
  browser = await launchChromium({ names: ["ada.lab.example"] });
  upstream = await startFakeUpstream();
  upstream.answer((_request, response) => {
    response.writeHead(200, { "content-type": "application/json" });
    response.end('{"type":"message","usage":{"input_tokens":36120,"output_tokens":2480}}');
  });
  hoursAgo = 80;
  daemon = await startTestDaemon({
    ...{ upstream, now: () => new Date(Date.now() - hoursAgo * HOUR), facts: { hostname: "ada" } },
    status: () =>
      Promise.resolve({
        ...{ isRunning: true, hasTun: true, addresses: ["127.0.0.1"] },
        self: { nodeId: "nADA", name: "ada.lab.example", tags: ["tag:agent"] },
      }),
  });
});
afterAll(async () => {
  await browser.close();
  await daemon.stop();
  await upstream.close();
});

async function put(name: string, version: number, more: object = {}): Promise<void> {
  const body = { name, provider: name, version, value: `sk-example-${version}`, ...more };
  expect((await daemon.call("POST", "/v1/keys/put", body)).status).toBe(200);
}

async function ask(): Promise<void> {
  const headers = { "x-api-key": daemon.token, "content-type": "application/json" };
  const answer = await fetch(`${daemon.brokerUrl}/anthropic/v1/messages`, { method: "POST", headers, body: "{}" });
  await answer.arrayBuffer();
  expect(answer.status).toBe(200);
}

async function openPanel(): Promise<Page> {
  const viewport = { width: 1040, height: 700 };
  const page = await (await browser.newContext({ viewport, colorScheme: "light", reducedMotion: "reduce" })).newPage();
  await page.goto(`http://ada.lab.example:${new URL(daemon.url).port}/panel/`);
  await page.getByRole("button", { name: "Rotate openai" }).waitFor();
  return page;
}

describe("the README's picture of the panel", () => {
  it("can be made of the real page at any time", async () => {
    await put("anthropic", 3, { limits: { requestsPerDay: 200, tokensPerDay: 500_000 } });
    hoursAgo = 27;
    await put("openai", 1);
    hoursAgo = 0;
    for (let request = 0; request < 5; request += 1) await ask();
    const page = await openPanel();
    const rows = await page.locator("#keys tbody tr").allInnerTexts();
    expect(rows[0]).toMatch(/anthropic[^]*\b3 days[^]*5 of 200 requests[^]*193,000 of 500,000 tokens/);
    expect(rows[1]).toMatch(/openai[^]*\b1 day\b[^]*0 requests/);
    const picture = await page.screenshot();
    expect(picture.length).toBeLessThan(MOST_BYTES);
    if (process.env["CLAWS_UPDATE_SCREENSHOT"] === "1") await writeFile(PICTURE, picture);
  });

  it("is there, is small and is shown with a text for who does not see it", async () => {
    const picture = await readFile(PICTURE);
    expect(picture.subarray(1, 4).toString("latin1")).toBe("PNG");
    expect(picture.length).toBeLessThan(MOST_BYTES);
    expect(await readFile(join(root, "README.md"), "utf8")).toMatch(/!\[[^\]]{20,}\]\(docs\/panel\.png\)/);
  });
});
