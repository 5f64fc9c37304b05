// SPDX-License-Identifier: Apache-2.0
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Ipv4Assignment, Ipv6Assignment } from "./machines.ts";
import { type MetadataNode, metadataTree } from "./metadataTree.ts";
import type { AccountState, DropletRecord } from "./state.ts";

/** What the metadata service tells one droplet about itself. */
export interface Metadata {
  readonly dropletId: number;
  readonly hostname: string;
  readonly region: string;
  /** Verbatim as given at creation; null when none was given. */
  readonly userData: string | null;
  /** OpenSSH public keys. */
  readonly publicKeys: readonly string[];
  /** Null for a droplet without public networking. */
  readonly publicIpv4: Ipv4Assignment | null;
  readonly publicIpv6: Ipv6Assignment | null;
  readonly privateIpv4: Ipv4Assignment;
  readonly tags: readonly string[];
  readonly nameservers: readonly string[];
}

/** How to run the metadata service. */
export interface MetadataOptions {
  readonly host: string;
  /** 0 takes a free port. */
  readonly port: number;
  /** Tells droplets apart by the address a request comes from; undefined: not a droplet, everything is 404. */
  readonly lookup: (sourceAddress: string) => Metadata | undefined;
}

/** A running metadata service. */
export interface MetadataService {
  /** http://host:port */
  readonly url: string;
  close(): Promise<void>;
}

/** What the droplet with this address may know of itself; undefined when no droplet has it. */
export function describeDroplet(
  state: AccountState,
  address: string,
  nameservers: readonly string[],
): Metadata | undefined {
  const droplet = [...state.droplets.values()].find((candidate) => addressesOf(candidate).includes(address));
  return (
    droplet && {
      dropletId: droplet.id,
      hostname: droplet.name,
      region: droplet.regionSlug,
      userData: droplet.userData,
      publicKeys: droplet.sshKeys,
      publicIpv4: droplet.publicNetworking ? droplet.publicIpv4 : null,
      publicIpv6: droplet.publicIpv6,
      privateIpv4: droplet.privateIpv4,
      tags: droplet.tags,
      nameservers,
    }
  );
}

/** Starts the service that droplets reach at 169.254.169.254; like the real one it asks for no token. */
export async function startMetadata(options: MetadataOptions): Promise<MetadataService> {
  const server = createServer((request, response) => {
    request.resume();
    const isRead = request.method === "GET" || request.method === "HEAD";
    const source = (request.socket.remoteAddress ?? "").replace(/^::ffff:/, "");
    const metadata = options.lookup(source);
    const path = (request.url ?? "").split("?")[0] ?? "";
    if (!isRead) send(response, 405, "method not allowed");
    else send(response, ...read(metadata && metadataTree(metadata), path));
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", (error) => {
      reject(new Error(`cannot listen on "${options.host}:${options.port}": ${error.message}`, { cause: error }));
    });
    server.listen(options.port, options.host, resolve);
  });
  return {
    url: `http://${options.host}:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

type Answer = readonly [status: number, text: string, type?: string];

const missing: Answer = [404, "not found"];

/** Paths lead through the tree from /metadata/; a folder answers with the list of what is in it. */
function read(root: MetadataNode | undefined, path: string): Answer {
  const [empty, first, ...names] = path.split("/");
  if (root === undefined || empty !== "" || first !== "metadata") return missing;
  if (names.length === 1 && names[0] === "v1.json") return [200, JSON.stringify(root.json), "application/json"];
  if (names.at(-1) === "") names.pop();
  if (names.shift() !== "v1") return missing;
  const node = names.reduce<MetadataNode | undefined>((parent, name) => parent?.children?.get(name), root);
  if (node?.children !== undefined) return [200, listing(node.children)];
  // A value is no folder, so it has no name that ends in a slash.
  return node?.text === undefined || path.endsWith("/") ? missing : [200, node.text];
}

function listing(children: ReadonlyMap<string, MetadataNode>): string {
  return [...children].map(([name, node]) => (node.children === undefined ? name : `${name}/`)).join("\n");
}

function send(response: ServerResponse, status: number, text: string, type = "text/plain; charset=utf-8"): void {
  response.writeHead(status, { "content-type": type, "content-length": String(Buffer.byteLength(text)) });
  response.end(text);
}

function addressesOf(droplet: DropletRecord): readonly (string | undefined)[] {
  const outside = droplet.publicNetworking ? [droplet.publicIpv4.address, droplet.publicIpv6?.address] : [];
  return [...outside, droplet.privateIpv4.address];
}
