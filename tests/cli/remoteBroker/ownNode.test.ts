// SPDX-License-Identifier: Apache-2.0
import { fetchOwnNode } from "../../../cli/remoteBroker/ownNode.ts";
import { UserError } from "../../../cli/errors.ts";

const running = { BackendState: "Running", TUN: true, Self: { ID: "nOWNER", TailscaleIPs: ["100.64.0.1", "fd7a::1"] } };

function answering(document: unknown, status = 200) {
  const asked: string[] = [];
  const ask = (path: string) => {
    asked.push(path);
    const text = typeof document === "string" ? document : JSON.stringify(document);
    return Promise.resolve({ status, body: Buffer.from(text) });
  };
  return { ask, asked };
}

describe("fetchOwnNode", () => {
  it("gives the node's ID and tailnet addresses", async () => {
    const { ask, asked } = answering(running);
    expect(await fetchOwnNode(ask)).toEqual({ nodeId: "nOWNER", addresses: ["100.64.0.1", "fd7a::1"] });
    expect(asked).toEqual(["status?peers=false"]);
  });

  it.each([
    ["is not on the tailnet", { ...running, BackendState: "NeedsLogin" }, "tailscaled is in state NeedsLogin"],
    ["has userspace networking", { ...running, TUN: false }, "refusing to lend keys over userspace networking"],
    ["does not say which networking it has", { ...running, TUN: undefined }, "refusing to lend keys over userspace"],
    ["has no address", { ...running, Self: { ID: "nOWNER", TailscaleIPs: null } }, "has no tailnet address"],
    ["has no ID", { ...running, Self: {} }, "cannot read tailscaled's status"],
    ["answers no JSON", "<html>", "cannot read tailscaled's status"],
  ])("refuses a machine that %s", async (_what, document, message) => {
    const failing = fetchOwnNode(answering(document).ask);
    await expect(failing).rejects.toBeInstanceOf(UserError);
    await expect(failing).rejects.toThrow(message);
  });

  it("names the status of a refusal", async () => {
    await expect(fetchOwnNode(answering("", 403).ask)).rejects.toThrow("tailscaled answered with status 403");
  });
});
