// SPDX-License-Identifier: Apache-2.0
import { createSocket, type Socket as UdpSocket } from "node:dgram";
import { once } from "node:events";
import { createServer, type Server, type Socket } from "node:net";
import { answerDns, type DnsRecords } from "./dnsMessage.ts";

/** Where to listen and what to answer. */
export interface DnsOptions {
  readonly host: string;
  /** UDP and TCP port; 0 takes one that is free for both. */
  readonly port: number;
  readonly records: DnsRecords;
}

/** A running DNS server. */
export interface Dns {
  readonly port: number;
  /** Ends both listeners and every connection. */
  close(): Promise<void>;
}

const udpLimit = 512;
const tcpLimit = 65_535;

/** Milliseconds after which a silent TCP connection is closed. */
const tcpIdle = 5_000;

/**
 * Serves A and AAAA records over UDP and TCP, with authority for everything: any other name does not exist.
 * @throws when it cannot listen.
 */
export async function startDns(options: DnsOptions): Promise<Dns> {
  const { host, port, records } = options;
  for (let attempt = 1; ; attempt += 1) {
    const udp = await listenUdp(host, port, records);
    const free = udp.address().port;
    try {
      const tcp = await listenTcp(host, free, records);
      return { port: free, close: () => closeAll(udp, tcp) };
    } catch (cause) {
      udp.close();
      // The free UDP port may be taken for TCP: look for another one.
      if (port === 0 && attempt < 20) continue;
      throw new Error(`cannot listen on "${host}" port ${free} for DNS over TCP`, { cause });
    }
  }
}

async function listenUdp(host: string, port: number, records: DnsRecords): Promise<UdpSocket> {
  const socket = createSocket(host.includes(":") ? "udp6" : "udp4");
  socket.on("message", (message, peer) => {
    const answer = answerDns(message, records, udpLimit);
    if (answer !== null) socket.send(answer, peer.port, peer.address, ignore);
  });
  socket.bind(port, host);
  try {
    await once(socket, "listening");
  } catch (cause) {
    throw new Error(`cannot listen on "${host}" port ${port} for DNS over UDP`, { cause });
  }
  // From here an error is a packet that could not be sent, which is the asker's loss.
  socket.on("error", ignore);
  return socket;
}

interface TcpListener {
  readonly server: Server;
  readonly open: ReadonlySet<Socket>;
}

async function listenTcp(host: string, port: number, records: DnsRecords): Promise<TcpListener> {
  const open = new Set<Socket>();
  const server = createServer((socket) => {
    open.add(socket);
    socket.on("close", () => open.delete(socket));
    socket.on("error", ignore);
    socket.setTimeout(tcpIdle, () => socket.destroy());
    serveConnection(socket, records);
  });
  server.listen(port, host);
  await once(server, "listening");
  return { server, open };
}

/** Each message over TCP follows its length in two bytes. */
function serveConnection(socket: Socket, records: DnsRecords): void {
  let pending: Buffer = Buffer.alloc(0);
  socket.on("data", (chunk: Buffer) => {
    pending = Buffer.concat([pending, chunk]);
    while (pending.length >= 2 && pending.length >= 2 + pending.readUInt16BE(0)) {
      const end = 2 + pending.readUInt16BE(0);
      const answer = answerDns(pending.subarray(2, end), records, tcpLimit);
      pending = pending.subarray(end);
      if (answer === null) {
        socket.destroy();
        return;
      }
      const length = Buffer.alloc(2);
      length.writeUInt16BE(answer.length);
      socket.write(Buffer.concat([length, answer]));
    }
  });
}

async function closeAll(udp: UdpSocket, tcp: TcpListener): Promise<void> {
  const closed = Promise.all([once(udp, "close"), once(tcp.server, "close")]);
  udp.close();
  tcp.server.close();
  for (const socket of tcp.open) socket.destroy();
  await closed;
}

function ignore(): void {
  // Nobody to tell: the peer asks again.
}
