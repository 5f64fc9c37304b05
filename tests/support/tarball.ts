// SPDX-License-Identifier: Apache-2.0
import { gzipSync } from "node:zlib";

/** One member of an archive; the name is written as given, however wrong. */
export interface TarMember {
  readonly name: string;
  readonly content?: string | Buffer;
  /** tar's type letter. @default "0", a plain file */
  readonly type?: string;
}

/** A gzip-compressed tar archive. */
export function makeTarball(members: readonly TarMember[]): Buffer {
  return gzipSync(makeTar(members));
}

/** The same without compression. */
export function makeTar(members: readonly TarMember[]): Buffer {
  return Buffer.concat([...members.flatMap(memberBlocks), Buffer.alloc(1024)]);
}

function memberBlocks({ name, content = "", type = "0" }: TarMember): Buffer[] {
  const body = Buffer.from(content);
  const header = Buffer.alloc(512);
  header.write(name, 0, 100);
  header.write("0000755\0", 100);
  header.write(body.length.toString(8).padStart(11, "0"), 124);
  header.write(" ".repeat(8), 148);
  header.write(type, 156);
  header.write("ustar\0", 257);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
  return [header, body, Buffer.alloc((512 - (body.length % 512)) % 512)];
}
