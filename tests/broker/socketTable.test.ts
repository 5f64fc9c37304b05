// SPDX-License-Identifier: Apache-2.0
import fc from "fast-check";
import { findSocketOwner, type SocketPair } from "../../broker/socketTable.ts";

const HEAD = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n";
const TABLE = `${HEAD}   0: 0100007F:1D11 00000000:0000 0A 00000000:00000000 00:00000000 00000000   990        0 20183 1 0000000000000000 100 0 0 10 0
   1: 0100007F:1D11 0100007F:C350 01 00000000:00000000 00:00000000 00000000   990        0 20190 1 0000000000000000 20 4 30 10 -1
   2: 0100007F:C350 0100007F:1D11 01 00000000:00000000 00:00000000 00000000   991        0 20189 1 0000000000000000 20 4 30 10 -1
   3: 0100007F:C351 0100007F:1D11 06 00000000:00000000 03:00000F2A 00000000     0        0 0 3 0000000000000000
`;
const TABLE6 = `  sl  local_address                         remote_address                        st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0000000000000000FFFF00000100007F:C352 0000000000000000FFFF00000100007F:1D11 01 00000000:00000000 00:00000000 00000000  1000        0 20189 1 0000000000000000 20 4 30 10 -1
`;

function pair(port: number, address = "127.0.0.1"): SocketPair {
  return { local: { address, port }, remote: { address, port: 7441 } };
}

describe("findSocketOwner", () => {
  it("finds the user of the client's end, not that of the server's", () => {
    expect(findSocketOwner(TABLE, pair(50000))).toBe(991);
    expect(findSocketOwner(TABLE, { local: pair(0).remote, remote: pair(50000).local })).toBe(990);
  });

  it("finds an end whose address is mapped into IPv6, and takes such an address as IPv4", () => {
    expect(findSocketOwner(TABLE6, pair(50002))).toBe(1000);
    expect(findSocketOwner(TABLE, pair(50000, "::ffff:127.0.0.1"))).toBe(991);
  });

  it("gives root for an end that its owner has closed", () => {
    expect(findSocketOwner(TABLE, pair(50001))).toBe(0);
  });

  it.each([
    ["a connection that is not there", TABLE, pair(50009)],
    ["an empty table", "", pair(50000)],
    ["a table that ends in the middle of the line", TABLE.slice(0, TABLE.indexOf("   991")), pair(50000)],
    ["another address", TABLE, pair(50000, "127.0.0.2")],
    ["an address that is no IPv4", TABLE, pair(50000, "::1")],
    ["no address", TABLE, pair(50000, "")],
    ["a user that is no number", TABLE.replace("   991 ", "   -99 "), pair(50000)],
  ])("finds nobody for %s", (_name, table, wanted) => {
    expect(findSocketOwner(table, wanted)).toBeUndefined();
  });

  it("finds each connection's own user among any others", () => {
    const port = fc.integer({ min: 1, max: 65535 });
    const address = fc.tuple(...[fc.nat(255), fc.nat(255), fc.nat(255), fc.nat(255)]);
    const row = fc.record({ from: address, fromPort: port, to: address, toPort: port, uid: fc.nat(4294967294) });
    const identity = (one: { from: number[]; fromPort: number; to: number[]; toPort: number }): string =>
      JSON.stringify([one.from, one.fromPort, one.to, one.toPort]);
    fc.assert(
      fc.property(fc.uniqueArray(row, { maxLength: 20, selector: identity }), (rows) => {
        const table = HEAD + rows.map((one, index) => renderRow(index, one)).join("");
        for (const { from, fromPort, to, toPort, uid } of rows) {
          const wanted = {
            local: { address: from.join("."), port: fromPort },
            remote: { address: to.join("."), port: toPort },
          };
          expect(findSocketOwner(table, wanted)).toBe(uid);
        }
      }),
    );
  });

  it("makes of a table that is garbage nothing but nobody or a user ID", () => {
    const piece = fc.constantFrom(": 0100007F:C350 0100007F:1D11 ", "\n", " 991", "01", "   ", "x", ":", "-1");
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
        const uid = findSocketOwner(pieces.join(""), pair(50000));
        expect(uid === undefined || (Number.isInteger(uid) && uid >= 0)).toBe(true);
      }),
    );
  });
});

/** A row as the kernel writes it: the address as one word, its first byte last. */
function renderRow(
  index: number,
  row: { from: number[]; fromPort: number; to: number[]; toPort: number; uid: number },
): string {
  const end = (address: readonly number[], port: number): string => {
    const word = Buffer.from(address).readUInt32LE();
    return `${word.toString(16).padStart(8, "0")}:${port.toString(16).padStart(4, "0")}`.toUpperCase();
  };
  const ends = `${end(row.from, row.fromPort)} ${end(row.to, row.toPort)}`;
  return `${String(index).padStart(4)}: ${ends} 01 00000000:00000000 00:00000000 00000000 ${String(row.uid).padStart(5)}        0 1 1\n`;
}
