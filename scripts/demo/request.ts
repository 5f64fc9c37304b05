// SPDX-License-Identifier: Apache-2.0
// One HTTP request, for use inside a namespace: `node request.ts METHOD URL [JSON [SECONDS]]`. Prints {status, body} or {failure}.
import { request } from "node:http";

const [method = "GET", url = "", body, seconds = "5"] = process.argv.slice(2);
const timeout = Number(seconds) * 1000;
const headers = body === undefined ? {} : { "content-type": "application/json" };
const call = request(url, { method, headers, timeout }, (response) => {
  let text = "";
  response.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
  response.on("end", () => print({ status: response.statusCode ?? 0, body: parse(text) }));
});
call.on("timeout", () => call.destroy(new Error(`no answer within ${seconds} s`)));
call.on("error", (error) => print({ status: 0, body: null, failure: error.message }));
call.end(body);

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function print(answer: unknown): void {
  process.stdout.write(JSON.stringify(answer));
}
