// SPDX-License-Identifier: Apache-2.0
import { findLocalTailscale, tailscaleWords, type Machine } from "../../cli/localTailscale.ts";

const machine = (platform: NodeJS.Platform, ...there: readonly string[]): Machine => ({
  platform,
  isThere: (path) => there.includes(path),
});
const app = "/Applications/Tailscale.app/Contents/MacOS/Tailscale";
const macSocket = "/var/run/tailscaled.socket";
const program = (file: string, environment = {}) => ({ kind: "program", file, environment });

describe("where the own tailscaled is asked", () => {
  it("is its socket on Linux, there or not: the CLI would ask the same one", () => {
    const socket = { kind: "socket", path: "/var/run/tailscale/tailscaled.sock" };
    expect(findLocalTailscale({}, machine("linux"))).toEqual(socket);
    expect(findLocalTailscale({}, machine("freebsd"))).toEqual(socket);
  });

  it("is the socket of the open-source tailscaled on macOS, else the app, else the CLI on the PATH", () => {
    expect(findLocalTailscale({}, machine("darwin", macSocket, app))).toEqual({ kind: "socket", path: macSocket });
    expect(findLocalTailscale({}, machine("darwin", app))).toEqual(program(app, { TAILSCALE_BE_CLI: "1" }));
    expect(findLocalTailscale({}, machine("darwin"))).toEqual(program("tailscale"));
  });

  it("is the CLI on Windows, where it is installed or on the PATH", () => {
    const installed = "D:\\Apps\\Tailscale\\tailscale.exe";
    const environment = { ProgramFiles: "D:\\Apps" };
    expect(findLocalTailscale(environment, machine("win32", installed))).toEqual(program(installed));
    expect(findLocalTailscale({}, machine("win32", "C:\\Program Files\\Tailscale\\tailscale.exe"))).toEqual(
      program("C:\\Program Files\\Tailscale\\tailscale.exe"),
    );
    expect(findLocalTailscale({}, machine("win32"))).toEqual(program("tailscale.exe"));
  });

  it.each(["linux", "darwin", "win32"] as const)("is what the environment names, on %s", (platform) => {
    const both = { CLAWS_TAILSCALE_SOCKET: "/run/ts.sock", CLAWS_TAILSCALE_PROGRAM: "/opt/tailscale" };
    const here = machine(platform, macSocket, app);
    expect(findLocalTailscale(both, here)).toEqual({ kind: "socket", path: "/run/ts.sock" });
    expect(findLocalTailscale({ ...both, CLAWS_TAILSCALE_SOCKET: "" }, here)).toEqual(program("/opt/tailscale"));
  });
});

describe("the words for Tailscale's CLI", () => {
  it.each([
    [{ kind: "socket", path: "/var/run/tailscale/tailscaled.sock" }, "linux", ["tailscale"]],
    [{ kind: "socket", path: macSocket }, "darwin", ["tailscale"]],
    [{ kind: "socket", path: "/run/user/7/ts.sock" }, "linux", ["tailscale", "--socket=/run/user/7/ts.sock"]],
    [program(app), "darwin", [app]],
  ] as const)("speak to the same tailscaled: %j on %s", (place, platform, words) => {
    expect(tailscaleWords(place as never, machine(platform))).toEqual(words);
  });
});
