// SPDX-License-Identifier: Apache-2.0
import { readdir, readFile } from "node:fs/promises";
import { filesBelow, holdersOf } from "./support/canarySearch.ts";
import { createDaemonHome, type DaemonHome } from "./support/daemonProcess.ts";
import { listeningSockets } from "./support/listeningSockets.ts";
import { putOf } from "./support/pushRequests.ts";

const CANARY = "sk-ant-canary-Wx6Jn3Bv8C";
let home: DaemonHome;
beforeEach(async () => {
  home = await createDaemonHome();
});
afterEach(() => home.close());

describe("a signal that opens a door in Node", () => {
  it.each([
    ["with --disable-sigusr1, as the unit starts it", ["--disable-sigusr1"]],
    ["without it", []],
  ])("43 SIGUSR1 opens no inspector %s", async (_name, node) => {
    const daemon = home.start({ node });
    await daemon.call("POST", "/v1/keys/put", putOf(1, CANARY));
    const before = await listeningSockets(daemon.pid);
    for (let time = 0; time < 3; time += 1) daemon.child.kill("SIGUSR1");
    // By the time the daemon answers, it has handled the signals that came before the question.
    for (let time = 0; time < 3; time += 1)
      expect((await daemon.call("GET", "/v1/status")).body).toMatchObject({ state: "open" });

    expect(await listeningSockets(daemon.pid)).toEqual(before);
    expect(daemon.errors).toBe("");
  });

  it.each(["SIGUSR2", "SIGQUIT", "SIGTRAP", "SIGALRM"] as const)(
    "43 %s writes no snapshot, report or core with a key",
    async (signal) => {
      const daemon = home.start({ wrapper: ["prlimit", "--core=unlimited:unlimited"] });
      await daemon.call("POST", "/v1/keys/put", putOf(1, CANARY));
      daemon.child.kill(signal);
      await daemon.ended;
      const files = await filesBelow(home.folder);

      expect(Object.keys(files).filter((name) => /heapsnapshot|report|heapprofile/.test(name))).toEqual([]);
      expect(holdersOf(CANARY, { ...files, output: daemon.output, errors: daemon.errors })).toEqual([]);
    },
  );

  it("43 makes no file that another user may read, whatever its parent's mask was", async () => {
    const daemon = home.start({ wrapper: ["/bin/sh", "-c", 'umask 0; exec "$@"', "sh"] });
    await daemon.port("listening");

    expect(await readFile(`/proc/${daemon.pid}/status`, "utf8")).toMatch(/^Umask:\t0077$/m);
  });

  it("43 leaves no memory to a core that the system makes of it", async () => {
    const daemon = home.start();
    await daemon.port("listening");

    expect(await readFile(`/proc/${daemon.pid}/coredump_filter`, "utf8")).toBe("00000000\n");
  });
});

describe("a start with a door open", () => {
  it.each<[string, readonly string[], Readonly<Record<string, string>>]>([
    ["--inspect", ["--inspect=127.0.0.1:0"], {}],
    ["--heapsnapshot-signal", ["--heapsnapshot-signal=SIGUSR2"], {}],
    ["--heapsnapshot-near-heap-limit", ["--heapsnapshot-near-heap-limit=1"], {}],
    ["--heap-prof", ["--heap-prof"], {}],
    ["--cpu-prof", ["--cpu-prof"], {}],
    ["--report-on-signal", ["--report-on-signal"], {}],
    ["--report-uncaught-exception", ["--report-uncaught-exception"], {}],
    ["--abort-on-uncaught-exception", ["--abort-on-uncaught-exception"], {}],
    ["--require", ["--require", "node:fs"], {}],
    ["--import", ["--import", "node:fs"], {}],
    ["--trace-uncaught", ["--trace-uncaught"], {}],
    ["--insecure-http-parser", ["--insecure-http-parser"], {}],
    ["--tls-keylog", ["--tls-keylog=keys.log"], {}],
    ["--use-openssl-ca with a foreign certificate", [], { NODE_EXTRA_CA_CERTS: "/dev/null" }],
    ["NODE_OPTIONS", [], { NODE_OPTIONS: "--max-old-space-size=100" }],
    ["NODE_DEBUG", [], { NODE_DEBUG: "none" }],
    ["NODE_V8_COVERAGE", [], { NODE_V8_COVERAGE: "coverage" }],
    ["NODE_REDIRECT_WARNINGS", [], { NODE_REDIRECT_WARNINGS: "warnings" }],
    ["NODE_TLS_REJECT_UNAUTHORIZED", [], { NODE_TLS_REJECT_UNAUTHORIZED: "0" }],
    ["SSLKEYLOGFILE", [], { SSLKEYLOGFILE: "keys.log" }],
    ["OPENSSL_CONF", [], { OPENSSL_CONF: "/dev/null" }],
    ["LD_LIBRARY_PATH", [], { LD_LIBRARY_PATH: "/nonexistent" }],
  ])("43 is refused with 2 before anything is opened: %s", async (_name, node, environment) => {
    const daemon = home.start({ node, environment });
    expect(await daemon.ended).toBe(2);
    expect(daemon.errors).toContain("clawsd: error: refusing to start: ");
    // What Node writes at its end on these options' account is of a process that never held a key.
    const left = (await readdir(home.folder)).filter((name) => !/^(coverage|.*profile|keys\.log)$/.test(name));

    expect(daemon.output).not.toContain("listening");
    expect(left.sort()).toEqual(["agent.json", "tailscaled.sock"]);
  });
});

describe("what the process shows to others", () => {
  it("43 is a command line and an environment without any secret", async () => {
    const daemon = home.start();
    await daemon.call("POST", "/v1/keys/put", putOf(1, CANARY));
    const token = await readFile(`${home.folder}/agent-token`, "utf8");
    const shown = {
      environ: await readFile(`/proc/${daemon.pid}/environ`),
      cmdline: await readFile(`/proc/${daemon.pid}/cmdline`),
    };

    expect(shown.environ.toString()).toBe("");
    expect([...holdersOf(CANARY, shown), ...holdersOf(token, shown)]).toEqual([]);
  });
});
