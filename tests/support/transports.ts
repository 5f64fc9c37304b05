// SPDX-License-Identifier: Apache-2.0
import type { ServerResponse } from "node:http";
import { constants, type Http2ServerResponse } from "node:http2";
import { startFakeSharedUpstream } from "./fakeSharedUpstream.ts";
import { startFakeUpstream, type FakeUpstream } from "./fakeUpstream.ts";

/** How a provider is spoken to. */
export interface Transport {
  readonly transport: string;
  readonly startUpstream: () => Promise<FakeUpstream>;
  /** The upstream agent's option that makes it so. */
  readonly mostAlone: number;
  /** Whether the provider was told to stop, once the answer is closed. */
  readonly wasAborted: (response: ServerResponse) => boolean;
}

/** Over a connection for each request, and over a shared one. */
export const TRANSPORTS: readonly Transport[] = [
  {
    transport: "HTTP/1.1",
    startUpstream: startFakeUpstream,
    mostAlone: 32,
    wasAborted: (response) => !response.writableFinished,
  },
  {
    transport: "HTTP/2",
    startUpstream: startFakeSharedUpstream,
    mostAlone: 0,
    wasAborted: (response) => streamOf(response).rstCode === constants.NGHTTP2_CANCEL,
  },
];

/** The stream of an answer over HTTP/2. */
export function streamOf(response: ServerResponse): Http2ServerResponse["stream"] {
  return (response as unknown as Http2ServerResponse).stream;
}
