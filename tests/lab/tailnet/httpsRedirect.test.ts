// SPDX-License-Identifier: Apache-2.0
import { connect } from "node:net";
import { startHttpsRedirect, type HttpsRedirect } from "../../../lab/tailnet/httpsRedirect.ts";

let redirect: HttpsRedirect;
beforeEach(async () => {
  redirect = await startHttpsRedirect({ host: "127.0.0.1", port: 0, target: "https://controlplane.lab.example" });
});
afterEach(() => redirect.close());

async function raw(request: string): Promise<string> {
  const socket = connect(redirect.port, "127.0.0.1");
  socket.write(request);
  let text = "";
  for await (const chunk of socket.setEncoding("utf8") as AsyncIterable<string>) text += chunk;
  return text;
}

describe("startHttpsRedirect", () => {
  it.each([
    ["/key?v=141", "https://controlplane.lab.example/key?v=141"],
    ["/", "https://controlplane.lab.example/"],
    ["//evil.example/x", "https://controlplane.lab.example/evil.example/x"],
    ["http://evil.example/x", "https://controlplane.lab.example/http://evil.example/x"],
  ])("sends %s to %s", async (path, location) => {
    const answer = await raw(`GET ${path} HTTP/1.1\r\nhost: x\r\n\r\n`);
    expect(answer).toMatch(/^HTTP\/1\.1 308 Permanent Redirect\r\n/);
    expect(answer).toContain(`\r\nlocation: ${location}\r\n`);
  });

  it("refuses the upgrade that tailscaled asks for and closes the connection", async () => {
    const answer = await raw(
      "POST /ts2021 HTTP/1.1\r\nhost: x\r\nupgrade: tailscale-control-protocol\r\nconnection: upgrade\r\n\r\n",
    );
    expect(answer).toMatch(/^HTTP\/1\.1 308 .*\r\nconnection: close\r\n\r\n$/s);
  });
});
