// SPDX-License-Identifier: Apache-2.0
import { createHash } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { fetchText, fetchToFile } from "../../toolchain/fetchFile.ts";
import { startReleaseServer } from "../support/releaseServer.ts";
import type { ReleaseServer } from "../support/releaseServer.ts";
import { withGrowingLimit } from "../support/growingLimit.ts";
import { scratchFolder } from "../support/scratchFolder.ts";

describe("fetchToFile", () => {
  const folder = scratchFolder();
  let server: ReleaseServer;
  beforeEach(async () => {
    server = await startReleaseServer();
  });
  afterEach(() => server.close());

  const target = (): string => join(folder(), "file");
  const body = Buffer.alloc(300_000, "0123456789");

  it("stores the body and returns its digest and size", async () => {
    server.answers.set("/f", { kind: "body", body });
    const seen: [number, number | undefined][] = [];
    const fetched = await fetchToFile(`${server.url}/f`, target(), {}, (...state) => seen.push(state));
    expect(fetched).toEqual({ sha256: createHash("sha256").update(body).digest("hex"), bytes: 300_000 });
    expect((await readFile(target())).equals(body)).toBe(true);
    expect(seen.at(-1)).toEqual([300_000, 300_000]);
  });

  it("follows redirects, also to a relative place", async () => {
    server.answers.set("/f", { kind: "redirect", location: `${server.url}/g` });
    server.answers.set("/g", { kind: "redirect", location: "h" });
    server.answers.set("/h", { kind: "body", body: "there" });
    await expect(fetchText(`${server.url}/f`)).resolves.toBe("there");
    expect(server.asked).toEqual(["/f", "/g", "/h"]);
  });

  it("gives up on a redirect that goes round", async () => {
    server.answers.set("/f", { kind: "redirect", location: "/f" });
    await expect(fetchText(`${server.url}/f`)).rejects.toThrow(`cannot fetch "${server.url}/f": more than 5 redirects`);
    expect(server.asked).toHaveLength(6);
  });

  it("refuses a redirect to another protocol than TLS", async () => {
    server.answers.set("/f", { kind: "redirect", location: "ftp://127.0.0.1/f" });
    await expect(fetchText(`${server.url}/f`)).rejects.toThrow(
      'refusing the redirect to "ftp://127.0.0.1": it is not TLS',
    );
  });

  it("names the status of a refusal", async () => {
    await expect(fetchToFile(`${server.url}/none`, target())).rejects.toThrow(
      `cannot fetch "${server.url}/none": the server answered 404`,
    );
  });

  it("notices a body that is cut off", async () => {
    server.answers.set("/f", { kind: "truncated", body });
    await expect(fetchToFile(`${server.url}/f`, target())).rejects.toThrow(`cannot fetch "${server.url}/f"`);
  });

  it("gives up on a server that takes the request and never answers", async () => {
    server.answers.set("/f", { kind: "silent" });
    await expect(fetchText(`${server.url}/f`, { idle: 50 })).rejects.toThrow("no answer within 0.05 s");
  });

  it("gives up on a body that stops in the middle", async () => {
    server.answers.set("/f", { kind: "stalled" });
    const { result, milliseconds } = await withGrowingLimit(
      (idle) => fetchText(`${server.url}/f`, { idle }).catch(String),
      (message) => message.includes("no answer within"),
    );
    expect(result).toBe(`Error: cannot fetch "${server.url}/f": no data within ${milliseconds / 1000} s`);
  });

  it("gives up when the whole takes too long", async () => {
    server.answers.set("/f", { kind: "stalled" });
    await expect(fetchText(`${server.url}/f`, { total: 50 })).rejects.toThrow("not complete within 0.05 s");
  });

  it("gives up on a TLS server that never finishes the handshake", async () => {
    const deaf = createServer((socket) => socket.on("error", () => undefined).resume());
    await new Promise<void>((resolve) => deaf.listen(0, "127.0.0.1", resolve));
    const url = `https://127.0.0.1:${(deaf.address() as AddressInfo).port}/f`;
    await expect(fetchText(url, { connect: 50 })).rejects.toThrow(`cannot fetch "${url}": no connection within 0.05 s`);
    await new Promise((resolve) => deaf.close(resolve));
  });

  it("says when nobody listens", async () => {
    const { url } = server;
    await server.close();
    await expect(fetchText(`${url}/f`)).rejects.toThrow(
      /^cannot fetch "http:\/\/127\.0\.0\.1:\d+\/f": connect ECONNREFUSED/,
    );
    server = await startReleaseServer();
  });

  it("stops at the size limit", async () => {
    server.answers.set("/f", { kind: "body", body });
    await expect(fetchToFile(`${server.url}/f`, target(), { bytes: 1000 })).rejects.toThrow("larger than expected");
  });

  it("does not write over a file that is there", async () => {
    server.answers.set("/f", { kind: "body", body });
    await writeFile(target(), "mine");
    await expect(fetchToFile(`${server.url}/f`, target())).rejects.toThrow("EEXIST");
    expect(await readFile(target(), "utf8")).toBe("mine");
  });
});
