// SPDX-License-Identifier: Apache-2.0
import fc from "fast-check";
import { parseScanReport } from "../../../lab/scan/scanReport.ts";

const frame = (hosts: string, finished = '<finished time="1" elapsed="7.1" exit="success"/>'): string =>
  `<?xml version="1.0"?>\n<!DOCTYPE nmaprun>\n<nmaprun scanner="nmap" args="nmap -sS &quot;-p-&quot;"><scaninfo type="syn" numservices="65535" services="1-65535"/>${hosts}<runstats>${finished}<hosts up="1" down="0" total="1"/></runstats></nmaprun>`;
const host = (address: string, ports: string, attributes = ""): string =>
  `<host starttime="1" endtime="2"${attributes}><status state="up" reason="user-set"/><address addr="${address}" addrtype="ipv4"/><hostnames></hostnames><ports>${ports}</ports></host>`;
const extra = (state: string, count: number, reason: string): string =>
  `<extraports state="${state}" count="${count}"><extrareasons reason="${reason}" count="${count}" proto="tcp" ports="1-9"/></extraports>`;
const port = (id: number, state: string, reason: string): string =>
  `<port protocol="tcp" portid="${id}"><state state="${state}" reason="${reason}" reason_ttl="63"/><service name="ssh" method="table"/></port>`;

describe("parseScanReport", () => {
  it("reads a host that answers nothing", () => {
    expect(parseScanReport(frame(host("198.51.100.16", extra("filtered", 65_535, "no-response"))))).toEqual([
      { address: "198.51.100.16", open: [], closed: 0, filtered: 65_535, rejected: 0 },
    ]);
  });

  it("reads open, closed and filtered ports, single and in groups, of several hosts", () => {
    const mixed =
      extra("filtered", 65_532, "no-response") +
      port(22, "open", "syn-ack") +
      port(80, "closed", "reset") +
      port(8080, "open", "syn-ack");
    const loud = extra("closed", 65_534, "reset") + port(7, "filtered", "no-response");
    expect(parseScanReport(frame(host("198.51.100.17", mixed) + host("198.51.100.18", loud)))).toEqual([
      { address: "198.51.100.17", open: [22, 8080], closed: 1, filtered: 65_532, rejected: 0 },
      { address: "198.51.100.18", open: [], closed: 65_534, filtered: 1, rejected: 0 },
    ]);
  });

  it("tells silence from an ICMP error", () => {
    const rejecting = `<extraports state="filtered" count="65533"><extrareasons reason="no-response" count="65000"/><extrareasons reason="admin-prohibited" count="533"/></extraports>`;
    const both = rejecting + port(1, "filtered", "host-unreach") + port(2, "filtered", "no-response");
    expect(parseScanReport(frame(host("198.51.100.16", both)))).toMatchObject([{ filtered: 65_535, rejected: 534 }]);
  });

  it("refuses a scan that was not finished", () => {
    const whole = host("198.51.100.16", extra("filtered", 65_535, "no-response"));
    expect(() => parseScanReport(frame(whole, '<finished exit="error" errormsg="interrupted"/>'))).toThrow(
      "nmap did not finish",
    );
    expect(() => parseScanReport("")).toThrow("nmap did not finish");
    expect(() => parseScanReport(frame(whole, "").replace("</nmaprun>", ""))).toThrow("nmap did not finish");
  });

  it("refuses a host that nmap gave up on", () => {
    expect(() => parseScanReport(frame(host("198.51.100.16", "", ' timedout="true"')))).toThrow(
      'cannot read the scan of "198.51.100.16": out of time',
    );
  });

  it("refuses states that it does not know", () => {
    const odd = extra("filtered", 65_534, "no-response") + port(9, "open|filtered", "no-response");
    expect(() => parseScanReport(frame(host("198.51.100.16", odd)))).toThrow('unknown state "open|filtered"');
  });

  it("refuses a report that does not account for every port", () => {
    fc.assert(
      fc.property(
        fc.nat({ max: 70_000 }).filter((count) => count !== 65_535),
        (count) => {
          expect(() => parseScanReport(frame(host("198.51.100.16", extra("filtered", count, "no-response"))))).toThrow(
            `it accounts for ${count} ports of 65535`,
          );
        },
      ),
    );
  });
});
