// SPDX-License-Identifier: Apache-2.0
import { portScan, scanArguments } from "../../../lab/scan/portScan.ts";

const control = { address: "198.51.100.2", port: 8080 };

/** Prints a report instead of scanning; every address in it gives no answer but on the ports that are named. */
function scannerOf(open: Readonly<Record<string, readonly number[]>>): {
  argv: (readonly string[])[];
  from: (argv: readonly string[]) => readonly string[];
} {
  const hosts = Object.entries(open).map(([address, ports]) => {
    const listed = ports
      .map((port) => `<port protocol="tcp" portid="${port}"><state state="open" reason="syn-ack"/></port>`)
      .join("");
    const rest = `<extraports state="filtered" count="${65_535 - ports.length}"><extrareasons reason="no-response" count="${65_535 - ports.length}"/></extraports>`;
    return `<host><address addr="${address}" addrtype="ipv4"/><ports>${rest}${listed}</ports></host>`;
  });
  const xml = `<nmaprun>${hosts.join("")}<runstats><finished exit="success"/></runstats></nmaprun>`;
  const argv: (readonly string[])[] = [];
  const from = (given: readonly string[]): readonly string[] => {
    argv.push(given);
    return ["printf", "%s", xml];
  };
  return { argv, from };
}

describe("portScan", () => {
  it("reports the addresses in order, without the control", async () => {
    const { from, argv } = scannerOf({ "198.51.100.2": [8080], "198.51.100.17": [22, 80], "198.51.100.16": [] });
    const result = await portScan({ addresses: ["198.51.100.16", "198.51.100.17"], control, from });
    expect(result.map(({ address, answers, open }) => [address, answers, open])).toEqual([
      ["198.51.100.16", 0, []],
      ["198.51.100.17", 2, [22, 80]],
    ]);
    expect(argv).toEqual([scanArguments(["198.51.100.16", "198.51.100.17", "198.51.100.2"], 30_000)]);
  });

  it("does not believe a scan that misses the open port of the control", async () => {
    const { from, argv } = scannerOf({ "198.51.100.2": [80], "198.51.100.16": [] });
    await expect(portScan({ addresses: ["198.51.100.16"], control, from })).rejects.toThrow(
      'cannot trust the scan: it did not find the open port 8080 of the control "198.51.100.2"',
    );
    expect(argv.map((words) => words[words.indexOf("--min-rate") + 1])).toEqual(["30000", "6000"]);
  });

  it("does not take a missing address for a silent one", async () => {
    const { from } = scannerOf({ "198.51.100.2": [8080] });
    await expect(portScan({ addresses: ["198.51.100.16"], control, from })).rejects.toThrow(
      'cannot use the scan: it has "198.51.100.16" not at all',
    );
  });

  it.each([
    [[], "cannot scan: there is no address"],
    [["198.51.100.2"], "cannot scan: an address is named twice"],
    [["-iL/etc/passwd"], 'cannot scan "-iL/etc/passwd": not an IPv4 address'],
    [["198.51.100.0/24"], 'cannot scan "198.51.100.0/24": not an IPv4 address'],
  ])("refuses the addresses %j before it scans", async (addresses, message) => {
    const { from, argv } = scannerOf({});
    await expect(portScan({ addresses, control, from })).rejects.toThrow(message);
    expect(argv).toEqual([]);
  });

  it("fails when the scanner does, or takes too long", async () => {
    const scan = (argv: readonly string[], timeout?: number): Promise<unknown> =>
      portScan({
        addresses: ["198.51.100.16"],
        control,
        from: () => argv,
        ...(timeout === undefined ? {} : { timeout }),
      });
    await expect(scan(["sh", "-c", "echo no rights >&2; exit 1"])).rejects.toThrow(/: no rights$/);
    await expect(scan(["sleep", "60"], 100)).rejects.toThrow("not done within 100 ms");
  });
});

describe("portScan on a busy machine", () => {
  it("believes the slower scan that finds the control", async () => {
    const [fast, slow] = [
      scannerOf({ "198.51.100.2": [], "198.51.100.16": [] }),
      scannerOf({ "198.51.100.2": [8080], "198.51.100.16": [22] }),
    ];
    const from = (argv: readonly string[]): readonly string[] => (argv.includes("30000") ? fast : slow).from(argv);
    expect(await portScan({ addresses: ["198.51.100.16"], control, from })).toMatchObject([
      { address: "198.51.100.16", answers: 1 },
    ]);
  });
});

describe("scanArguments", () => {
  it("scans all ports of all targets by SYN, without asking first whether they are there", () => {
    const argv = scanArguments(["192.0.2.1", "192.0.2.2"], 1000);
    expect(argv.slice(0, 5)).toEqual(["nmap", "-sS", "-Pn", "-n", "-p-"]);
    expect(argv.slice(-4)).toEqual(["-oX", "-", "192.0.2.1", "192.0.2.2"]);
  });
});
