// SPDX-License-Identifier: Apache-2.0
import {
  loggedHeaders,
  RequestLog,
  requestLogLength,
  type RequestRecord,
} from "../../../lab/digitalocean/requestLog.ts";

function recordOf(path: string): RequestRecord {
  return {
    time: "2026-01-01T00:00:00.000Z",
    requestId: "id",
    source: "127.0.0.1",
    method: "GET",
    path,
    query: "",
    headers: {},
    body: "",
    status: 200,
    milliseconds: 0,
  };
}

describe("RequestLog", () => {
  it("keeps the newest requests only, in the same array", () => {
    const log = new RequestLog();
    const { records } = log;
    for (let index = 0; index < requestLogLength + 5; index += 1) log.add(recordOf(`/${index}`));
    expect(log.records).toBe(records);
    expect(records).toHaveLength(requestLogLength);
    expect(records[0]?.path).toBe("/5");
    expect(records.at(-1)?.path).toBe(`/${requestLogLength + 4}`);
  });
});

describe("loggedHeaders", () => {
  it("hides credentials and keeps the rest as it came", () => {
    const headers = {
      authorization: "Bearer dop_v1_secret",
      "proxy-authorization": "Basic c2VjcmV0",
      "user-agent": "godo/1.236.0",
      "set-cookie": ["a=1", "b=2"],
      "x-empty": undefined,
    };
    expect(loggedHeaders(headers)).toEqual({
      authorization: "[hidden]",
      "proxy-authorization": "[hidden]",
      "user-agent": "godo/1.236.0",
      "set-cookie": "a=1, b=2",
      "x-empty": "",
    });
  });
});
