// SPDX-License-Identifier: Apache-2.0
import { parseDaemonArguments } from "../../../agent-image/daemon/daemonArguments.ts";

describe("parseDaemonArguments", () => {
  it("has the droplet's places and ports by default", () => {
    expect(parseDaemonArguments([])).toEqual({
      config: "/var/lib/office-claws/agent.json",
      socket: "/run/tailscale/tailscaled.sock",
      state: "/var/lib/clawsd",
      run: "/run/office-claws",
      user: "agent",
      controlPort: 7440,
      brokerPort: 7441,
    });
  });

  it("takes other places", () => {
    expect(parseDaemonArguments(["--config", "/a", "--state=/b", "--control-port", "0"])).toMatchObject({
      config: "/a",
      state: "/b",
      controlPort: 0,
    });
  });

  it.each([
    [["--insecure"]],
    [["--listen", "0.0.0.0"]],
    [["extra"]],
    [["--config"]],
    [["--control-port", "x"]],
    [["--broker-port", "65536"]],
    [["--broker-port=-1"]],
  ])("refuses %j", (argv) => {
    expect(() => parseDaemonArguments(argv)).toThrow();
  });
});
