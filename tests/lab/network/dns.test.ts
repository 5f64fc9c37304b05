// SPDX-License-Identifier: Apache-2.0
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { Resolver } from "node:dns/promises";
import { connect } from "node:net";
import fc from "fast-check";
import { startDns, type Dns } from "../../../lab/network/dns.ts";
import { answerDns, readName, readQuestion } from "../../../lab/network/dnsMessage.ts";

const records = new Map<string, readonly string[]>([
  ["controlplane.lab.example", ["203.0.113.11", "2001:db8::11"]],
  ["four.lab.example", ["203.0.113.1", "203.0.113.2"]],
  ["many.lab.example", Array.from({ length: 60 }, (_, index) => `203.0.113.${index}`)],
]);

function label(text: string): Buffer {
  return Buffer.concat([Buffer.from([text.length]), Buffer.from(text, "latin1")]);
}

function query(name: string, { type = 1, klass = 1, flags = 0x0100, id = 0x1234 } = {}): Buffer {
  const head = Buffer.alloc(12);
  head.writeUInt16BE(id, 0);
  head.writeUInt16BE(flags, 2);
  head.writeUInt16BE(1, 4);
  const tail = Buffer.alloc(5);
  tail.writeUInt16BE(type, 1);
  tail.writeUInt16BE(klass, 3);
  return Buffer.concat([head, ...name.split(".").map(label), tail]);
}

function answer(message: Buffer, limit = 512): Buffer {
  const reply = answerDns(message, records, limit);
  if (reply === null) throw new Error("no answer");
  return reply;
}

describe("answerDns", () => {
  it("answers an A query with authority and the question as it was asked", () => {
    const asked = query("ControlPlane.Lab.Example");
    const reply = answer(asked);
    expect(reply.subarray(0, 2)).toEqual(asked.subarray(0, 2));
    expect(reply.readUInt16BE(2)).toBe(0x8500); // response, authoritative, recursion desired, no error
    expect([reply.readUInt16BE(4), reply.readUInt16BE(6), reply.readUInt16BE(8), reply.readUInt16BE(10)]).toEqual([
      1, 1, 0, 0,
    ]);
    expect(reply.subarray(12, asked.length)).toEqual(asked.subarray(12));
    expect(reply.subarray(asked.length).toString("hex")).toBe("c00c00010001000000050004cb00710b");
  });

  it("answers an AAAA query", () => {
    const asked = query("controlplane.lab.example", { type: 28 });
    expect(answer(asked).subarray(asked.length).toString("hex")).toBe(
      "c00c001c0001000000050010" + "20010db8000000000000000000000011",
    );
  });

  it.each([
    ["::", "00000000000000000000000000000000"],
    ["::1", "00000000000000000000000000000001"],
    ["fd7a:115c:a1e0::", "fd7a115ca1e000000000000000000000"],
    ["1:2:3:4:5:6:7:8", "00010002000300040005000600070008"],
    ["::ffff:203.0.113.9", "00000000000000000000ffffcb007109"],
  ])("encodes the IPv6 address %s", (address, hex) => {
    const reply = answerDns(query("six", { type: 28 }), new Map([["six", [address]]]), 512);
    expect(reply?.toString("hex").slice(-32)).toBe(hex);
  });

  it("gives both families for ANY", () => {
    expect(answer(query("controlplane.lab.example", { type: 255 })).readUInt16BE(6)).toBe(2);
  });

  it("gives no record, and no error, for another type of a known name", () => {
    for (const type of [28, 16, 15, 65]) {
      const reply = answer(query("four.lab.example", { type }));
      expect([reply.readUInt16BE(2) & 0xf, reply.readUInt16BE(6)]).toEqual([0, 0]);
    }
  });

  it.each(["lab.example", "x.four.lab.example", "four.lab.example.com", "api.tailscale.com"])(
    "says that %s does not exist",
    (name) => {
      const reply = answer(query(name));
      expect([reply.readUInt16BE(2) & 0xf, reply.readUInt16BE(6)]).toEqual([3, 0]);
    },
  );

  it("does not take a dot inside a label for a separator", () => {
    const odd = Buffer.concat([
      query("x").subarray(0, 12),
      label("four.lab"),
      label("example"),
      Buffer.from([0, 0, 1, 0, 1]),
    ]);
    expect(answer(odd).readUInt16BE(2) & 0xf).toBe(3);
  });

  it("refuses another class, another operation and another number of questions", () => {
    expect(answer(query("four.lab.example", { klass: 3 })).readUInt16BE(2) & 0xf).toBe(5);
    expect(answer(query("four.lab.example", { flags: 0x2800 })).readUInt16BE(2) & 0xf).toBe(4);
    for (const count of [0, 2, 65_535]) {
      const asked = query("four.lab.example");
      asked.writeUInt16BE(count, 4);
      const reply = answer(asked);
      expect([reply.length, reply.readUInt16BE(2) & 0xf]).toEqual([12, 1]);
    }
  });

  it("gives no answer to a response or to less than a header", () => {
    expect(answerDns(query("four.lab.example", { flags: 0x8400 }), records, 512)).toBeNull();
    expect(answerDns(query("four.lab.example").subarray(0, 11), records, 512)).toBeNull();
  });

  it("says truncated instead of exceeding the limit", () => {
    const cut = answer(query("many.lab.example"));
    expect([cut.readUInt16BE(2) & 0x0200, cut.readUInt16BE(6)]).toEqual([0x0200, 0]);
    const whole = answer(query("many.lab.example"), 65_535);
    expect([whole.readUInt16BE(2) & 0x0200, whole.readUInt16BE(6)]).toEqual([0, 60]);
  });

  it("never throws, never exceeds the limit and never answers with another ID, whatever comes in", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 600 }), (bytes) => {
        const message = Buffer.from(bytes);
        const reply = answerDns(message, records, 700);
        if (reply === null) return;
        expect(reply.length).toBeLessThanOrEqual(700);
        expect(reply.readUInt16BE(0)).toBe(message.readUInt16BE(0));
      }),
      { numRuns: 2000 },
    );
  });

  it("never throws for a valid query with some bytes changed or cut off", () => {
    const valid = query("controlplane.lab.example");
    fc.assert(
      fc.property(fc.nat(valid.length - 1), fc.nat(255), fc.nat(valid.length), (at, byte, length) => {
        const broken = Buffer.from(valid);
        broken[at] = byte;
        answerDns(broken.subarray(0, length), records, 512);
      }),
      { numRuns: 2000 },
    );
  });
});

describe("readName", () => {
  const at12 = (...bytes: readonly number[]): Buffer => Buffer.from([...Array<number>(12).fill(0), ...bytes]);

  it("follows a pointer to an earlier name", () => {
    const message = Buffer.concat([at12(), label("lab"), Buffer.from([0]), label("a"), Buffer.from([0xc0, 12, 9])]);
    expect(readName(message, 17)).toEqual({ text: "a.lab", end: 21 });
  });

  it.each([
    ["itself", at12(0xc0, 12)],
    ["the header", at12(0xc0, 0)],
    ["a later place", at12(0xc0, 14, 1, 0x61, 0)],
    ["its own first label", at12(1, 0x61, 0xc0, 12)],
    ["a place beyond the end", at12(0xff, 0xff)],
    ["half an address", at12(0xc0)],
  ])("refuses a pointer to %s", (_where, message) => {
    expect(readName(message, 12)).toBeNull();
  });

  it("refuses two pointers that lead to each other", () => {
    expect(readName(at12(0xc0, 14, 0xc0, 12), 14)).toBeNull();
  });

  it("refuses labels that are too long, reserved or unfinished", () => {
    for (const byte of [64, 0x80, 0xbf, 63]) expect(readName(at12(byte, 0x61, 0), 12)).toBeNull();
  });

  it("takes a name of 255 bytes and refuses one of 256", () => {
    const three = Buffer.concat([1, 2, 3].map(() => label("a".repeat(63))));
    const last = (size: number): Buffer => Buffer.concat([at12(), three, label("b".repeat(size)), Buffer.from([0])]);
    expect(readName(last(61), 12)?.text).toHaveLength(3 * 64 + 61);
    expect(readName(last(62), 12)).toBeNull();
  });

  it("reads back every name that can be written", () => {
    const part = fc.stringMatching(/^[a-z0-9-]{1,20}$/);
    fc.assert(
      fc.property(fc.array(part, { minLength: 1, maxLength: 10 }), (labels) => {
        const asked = query(labels.join("."));
        expect(readQuestion(asked)).toEqual({ name: labels.join("."), type: 1, class: 1, end: asked.length });
      }),
    );
  });

  it("ends for every message and offset", () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom(0xc0, 0xc1, 12, 13, 14, 15, 1, 0), { maxLength: 64 }),
        fc.nat(80),
        (bytes, offset) => {
          const name = readName(at12(...bytes), offset);
          expect(name === null || name.end > offset).toBe(true);
        },
      ),
      { numRuns: 2000 },
    );
  });
});

describe("startDns", () => {
  let dns: Dns;
  beforeEach(async () => {
    dns = await startDns({ host: "127.0.0.1", port: 0, records });
  });
  afterEach(() => dns.close());

  it("answers a real resolver", async () => {
    const resolver = new Resolver({ timeout: 2000, tries: 1 });
    resolver.setServers([`127.0.0.1:${dns.port}`]);
    expect(await resolver.resolve4("four.lab.example")).toEqual(["203.0.113.1", "203.0.113.2"]);
    expect(await resolver.resolve6("controlplane.lab.example")).toEqual(["2001:db8::11"]);
    // Cut over UDP, so the resolver asks again over TCP.
    expect(await resolver.resolve4("many.lab.example")).toHaveLength(60);
    await expect(resolver.resolve4("absent.lab.example")).rejects.toMatchObject({ code: "ENOTFOUND" });
  });

  it("answers several TCP messages that arrive byte by byte", async () => {
    const socket = connect(dns.port, "127.0.0.1");
    await once(socket, "connect");
    const framed = (message: Buffer): Buffer => Buffer.concat([Buffer.from([0, message.length]), message]);
    const bytes = Buffer.concat([framed(query("four.lab.example", { id: 1 })), framed(query("absent", { id: 2 }))]);
    for (const byte of bytes) socket.write(Buffer.from([byte]));

    const expected = [answer(query("four.lab.example", { id: 1 })), answer(query("absent", { id: 2 }))].map(framed);
    const wanted = Buffer.concat(expected);
    let received = Buffer.alloc(0);
    for await (const chunk of socket as AsyncIterable<Buffer>) {
      received = Buffer.concat([received, chunk]);
      if (received.length >= wanted.length) break;
    }
    expect(received).toEqual(wanted);
  });

  it("goes on after garbage on both transports", async () => {
    const udp = createSocket("udp4");
    udp.send(Buffer.from([1, 2, 3]), dns.port, "127.0.0.1");
    const tcp = connect(dns.port, "127.0.0.1");
    tcp.on("error", () => undefined);
    tcp.write(Buffer.from([0, 2, 9, 9]));
    await once(tcp, "close");

    udp.send(query("four.lab.example"), dns.port, "127.0.0.1");
    const [reply] = (await once(udp, "message")) as [Buffer];
    expect(reply).toEqual(answer(query("four.lab.example")));
    udp.close();
  });

  it("says which port it cannot have", async () => {
    await expect(startDns({ host: "127.0.0.1", port: dns.port, records })).rejects.toThrow(
      `cannot listen on "127.0.0.1" port ${dns.port} for DNS`,
    );
  });
});
