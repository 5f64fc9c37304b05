// SPDX-License-Identifier: Apache-2.0
import { readdir, readFile, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { RESTART_FILE } from "../../../agent-image/daemon/workloadRestart.ts";
import type { Whois } from "../../../agent-image/daemon/whois.ts";
import { openSession, ownHeaders, sendRequest } from "../../support/panelRequests.ts";
import { OPERATOR, startTestDaemon, type TestDaemon } from "../../support/testDaemon.ts";

let daemon: TestDaemon;
let whois: Whois;
let file: string;

beforeEach(async () => {
  whois = OPERATOR;
  daemon = await startTestDaemon({ whois: () => Promise.resolve(whois) });
  file = join(daemon.stateFolder, RESTART_FILE);
});
afterEach(() => daemon.stop());

const files = async (): Promise<string[]> =>
  (await readdir(daemon.stateFolder)).filter((name) => name.includes(RESTART_FILE));
const actions = async (): Promise<unknown[]> =>
  (await daemon.audit()).slice(1).map(({ action, allowed, code }) => [action, allowed, code]);

describe("a restart of the workload", () => {
  it("is a file for root's unit, written after its audit line", async () => {
    const { status, body } = await daemon.call("POST", "/v1/workload/restart", {});

    expect([status, body]).toEqual([200, { nodeId: "nAGENT", bootId: daemon.bootId, auditSequence: 2 }]);
    expect(await readFile(file, "utf8")).toBe("2\n");
    expect(((await stat(file)).mode & 0o777).toString(8)).toBe("600");
    expect(await files()).toEqual([RESTART_FILE]);
    expect(await actions()).toEqual([["restart", true, "ok"]]);
  });

  it("can be asked for again, before and after the unit took the file", async () => {
    await daemon.call("POST", "/v1/workload/restart", {});
    await daemon.call("POST", "/v1/workload/restart", {});
    expect(await readFile(file, "utf8")).toBe("3\n");
    await rm(file);
    await daemon.call("POST", "/v1/workload/restart", {});
    expect(await readFile(file, "utf8")).toBe("4\n");
  });

  it("needs a capability of its own", async () => {
    whois = { ...OPERATOR, capability: [{ actions: ["status", "put", "wipe"], keys: ["*"] }] };
    const { status, body } = await daemon.call("POST", "/v1/workload/restart", {});

    expect([status, body]).toEqual([403, { error: "access denied", code: "access-denied" }]);
    expect(await files()).toEqual([]);
    expect(await actions()).toEqual([["restart", false, "access-denied"]]);
  });

  it.each([[{ unit: "sshd.service" }], [[]], [null]])("takes no wishes: %j", async (body) => {
    expect((await daemon.call("POST", "/v1/workload/restart", body)).body).toMatchObject({ code: "bad-request" });
    expect((await daemon.call("POST", "/v1/workload/restart?unit=x", {})).body).toMatchObject({ code: "bad-request" });
    expect(await files()).toEqual([]);
  });

  it("can be asked for by the panel's page", async () => {
    const token = await openSession(daemon);
    const { status } = await sendRequest(`${daemon.url}/panel/v1/workload/restart`, {
      ...{ method: "POST", body: "{}", headers: ownHeaders(daemon, token) },
    });

    expect(status).toBe(200);
    expect(await files()).toEqual([RESTART_FILE]);
  });
});

describe("root's unit", () => {
  const read = (name: string): Promise<string> =>
    readFile(join(import.meta.dirname, "../../../agent-image/files/etc/systemd/system", name), "utf8");

  it("waits for exactly this file and takes it away before it restarts the workload", async () => {
    expect(await read("claws-workload-restart.path")).toMatch(`PathExists=/run/office-claws/${RESTART_FILE}\n`);
    const service = await read("claws-workload-restart.service");
    const commands = [...service.matchAll(/^Exec\w+=(.*)$/gm)].map(([, command]) => command);
    expect(commands).toEqual([
      `/usr/bin/rm -f /run/office-claws/${RESTART_FILE}`,
      "/usr/bin/systemctl try-restart claws-workload.service",
    ]);
  });

  it("waits in a folder that the workload cannot write to", async () => {
    const folders = await readFile(
      join(import.meta.dirname, "../../../agent-image/files/etc/tmpfiles.d/office-claws.conf"),
      "utf8",
    );
    const [, mode = "", owner] = /^d \/run\/office-claws (\d{4}) (\w+) /m.exec(folders) ?? [];
    expect(owner).toBe("clawsd");
    expect(parseInt(mode, 8) & 0o022).toBe(0);
  });

  it("is started by the image", async () => {
    const script = await readFile(join(import.meta.dirname, "../../../agent-image/provision/50-units.sh"), "utf8");
    expect(script).toMatch(/for unit in [^;]*\bclaws-workload-restart\.path\b[^;]*; do/);
  });
});
