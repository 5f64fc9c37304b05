// SPDX-License-Identifier: Apache-2.0
import { request, type IncomingMessage } from "node:http";
import type { TestDaemon } from "../../support/testDaemon.ts";

/** An answer of the broker that is still coming. */
export interface OpenStream {
  readonly answer: IncomingMessage;
  /** What has arrived so far. */
  text(): string;
  /** Resolves once the answer so far ends with the text. @throws when it is over without */
  received(text: string): Promise<void>;
  /** Closes the connection from the workload's side. */
  leave(): void;
  /** All that arrived, and the error's code when it was no clean end. */
  readonly end: Promise<{ readonly text: string; readonly error: string | null }>;
}

/** What a stream asks for; the message of a model with the placeholder, unless told otherwise. */
export interface StreamAsk {
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** Asks the model through the daemon's broker, on a connection of its own, and resolves with the head of the answer. */
export function openStream(
  { brokerUrl, token }: Pick<TestDaemon, "brokerUrl" | "token">,
  { headers = {}, body = "{}" }: StreamAsk = {},
): Promise<OpenStream> {
  return new Promise((resolve, reject) => {
    const question = request(
      `${brokerUrl}/anthropic/v1/messages`,
      { method: "POST", agent: false, headers: { "x-api-key": token, "content-length": body.length, ...headers } },
      (answer) => resolve(follow(answer, () => question.destroy())),
    );
    question.once("error", reject);
    question.end(body);
  });
}

function follow(answer: IncomingMessage, leave: () => void): OpenStream {
  const parts: Buffer[] = [];
  const looking = new Set<() => void>();
  let error: string | null = null;
  let isOver = false;
  const text = (): string => Buffer.concat(parts).toString("latin1");
  answer.on("data", (part: Buffer) => {
    parts.push(part);
    for (const look of [...looking]) look();
  });
  answer.once("close", () => {
    isOver = true;
    for (const look of [...looking]) look();
  });
  answer.once("error", (thrown: NodeJS.ErrnoException) => (error = thrown.code ?? "unknown"));
  return {
    answer,
    text,
    leave,
    received: (wanted) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          const hasCome = text().endsWith(wanted);
          if (!hasCome && !isOver) return;
          looking.delete(look);
          if (hasCome) resolve();
          else reject(new Error(`status ${answer.statusCode ?? 0}, and it ended with ${text().slice(-200)}`));
        };
        looking.add(look);
        look();
      }),
    end: new Promise((resolve) => answer.once("close", () => resolve({ text: text(), error }))),
  };
}
