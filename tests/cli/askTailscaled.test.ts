// SPDX-License-Identifier: Apache-2.0
import { createServer, type Server } from "node:http";
import { join } from "node:path";
import { askTailscaledAt } from "../../cli/askTailscaled.ts";
import { scratchFolder } from "../support/scratchFolder.ts";

const folder = scratchFolder();
let server: Server;
const seen: string[] = [];

beforeEach(async () => {
  seen.length = 0;
  server = createServer((request, response) => {
    seen.push(`${request.method ?? ""} ${request.url ?? ""} ${request.headers.host ?? ""}`);
    response.writeHead(404).end("no match");
  });
  await new Promise<void>((resolve) => server.listen(join(folder(), "socket"), resolve));
});
afterEach(() => new Promise((resolve) => server.close(resolve)));

describe("askTailscaledAt", () => {
  it("asks the socket as tailscaled wants to be asked and gives its answer, whatever the status", async () => {
    const { status, body } = await askTailscaledAt(join(folder(), "socket"))("whois?addr=100.64.0.1%3A1");
    expect({ status, body: body.toString() }).toEqual({ status: 404, body: "no match" });
    expect(seen).toEqual(["GET /localapi/v0/whois?addr=100.64.0.1%3A1 local-tailscaled.sock"]);
  });

  it("says what to do when nobody listens there", async () => {
    await expect(askTailscaledAt("/nonexistent/tailscaled.sock")("status")).rejects.toMatchObject({
      message: 'cannot ask tailscaled at "/nonexistent/tailscaled.sock": the socket does not exist',
      hints: ["start tailscaled on this machine, or name its socket with CLAWS_TAILSCALE_SOCKET"],
    });
  });
});
