// SPDX-License-Identifier: Apache-2.0
import { FaultPlan } from "../../../lab/digitalocean/faults.ts";
import { parseFault } from "../../../lab/digitalocean/parseFault.ts";

const hang = { kind: "hang" } as const;

describe("FaultPlan", () => {
  it("hits one matching request and is used up", () => {
    const plan = new FaultPlan();
    plan.add({ path: "/v2/droplets", effect: hang });
    expect(plan.take("GET", "/v2/droplets")).toEqual(hang);
    expect(plan.take("GET", "/v2/droplets")).toBeUndefined();
    expect(plan.list()).toEqual([]);
  });

  it("lets requests pass first when told, then hits as many as told", () => {
    const plan = new FaultPlan();
    plan.add({ path: "/v2/droplets", skip: 2, count: 2, effect: hang });
    const hits = Array.from({ length: 6 }, () => plan.take("GET", "/v2/droplets") !== undefined);
    expect(hits).toEqual([false, false, true, true, false, false]);
  });

  it("hits for ever with count null", () => {
    const plan = new FaultPlan();
    plan.add({ path: "/v2/droplets", count: null, effect: hang });
    for (let request = 0; request < 50; request += 1) expect(plan.take("GET", "/v2/droplets")).toEqual(hang);
    expect(plan.list()).toEqual([{ id: 1, fault: { path: "/v2/droplets", count: null, effect: hang }, left: null }]);
  });

  it.each([
    ["/v2/droplets", "GET", "/v2/droplets/1", false],
    ["/v2/droplets/*", "GET", "/v2/droplets/1", true],
    ["/v2/droplets/*", "GET", "/v2/droplets/1/actions", false],
    ["/v2/*/1", "GET", "/v2/droplets/1", true],
    ["/v2/droplets/**", "GET", "/v2/droplets/1/actions", true],
    ["/v2/droplets/**", "GET", "/v2/droplets", true],
    ["/v2/droplets/**", "GET", "/v2/tags", false],
    ["/**", "DELETE", "/v2/anything/at/all", true],
    ["/v2/drop*", "GET", "/v2/droplets", false],
  ])("pattern %s on %s %s: %s", (path, method, requested, isHit) => {
    const plan = new FaultPlan();
    plan.add({ path, effect: hang });
    expect(plan.take(method, requested) !== undefined).toBe(isHit);
  });

  it("keeps to its method, in any capitalisation", () => {
    const plan = new FaultPlan();
    plan.add({ method: "post", path: "/v2/droplets", effect: hang });
    expect(plan.take("GET", "/v2/droplets")).toBeUndefined();
    expect(plan.take("POST", "/v2/droplets")).toEqual(hang);
  });

  it("takes the first match of several and can forget one or all", () => {
    const plan = new FaultPlan();
    const first = plan.add({ path: "/a", effect: { kind: "delay", milliseconds: 1 } });
    plan.add({ path: "/a", effect: hang });
    expect(plan.remove(first)).toBe(true);
    expect(plan.remove(first)).toBe(false);
    expect(plan.take("GET", "/a")).toEqual(hang);
    plan.add({ path: "/a", effect: hang });
    plan.clear();
    expect(plan.take("GET", "/a")).toBeUndefined();
  });
});

describe("parseFault", () => {
  it.each([
    { path: "/v2/droplets", effect: { kind: "hang" } },
    { path: "/v2/droplets", effect: { kind: "stuck" } },
    { path: "/v2/droplets", effect: { kind: "fail" } },
    { method: "POST", path: "/v2/droplets", skip: 0, count: 3, effect: { kind: "cut", when: "after" } },
    { method: "GET", path: "/**", count: null, effect: { kind: "delay", milliseconds: 0 } },
    {
      path: "/v2/droplets",
      effect: { kind: "status", status: 429, afterEffect: true, id: "x", message: "y", retryAfter: 2 },
    },
  ])("reads back what was planned: %j", (fault) => {
    expect(parseFault(JSON.parse(JSON.stringify(fault)))).toEqual(fault);
  });

  it.each([
    [null, "cannot plan fault: fault must be an object"],
    [[], "cannot plan fault: fault must be an object"],
    [{ path: "/a", effect: hang, extra: 1 }, 'cannot plan fault: fault has no member "extra"'],
    [{ path: "a", effect: hang }, "cannot plan fault: path must be a path pattern"],
    [{ effect: hang }, "cannot plan fault: path must be a path pattern"],
    [{ path: "/a", method: "FETCH", effect: hang }, "cannot plan fault: method must be an HTTP method"],
    [{ path: "/a", method: {}, effect: hang }, "cannot plan fault: method must be an HTTP method"],
    [{ path: "/a", count: 0, effect: hang }, "cannot plan fault: count must be a whole number from 1 on"],
    [{ path: "/a", skip: -1, effect: hang }, "cannot plan fault: skip must be a whole number from 0 on"],
    [{ path: "/a", skip: 1.5, effect: hang }, "cannot plan fault: skip must be a whole number from 0 on"],
    [{ path: "/a" }, "cannot plan fault: effect.kind must be status, delay, hang, cut, stuck, fail"],
    [
      { path: "/a", effect: { kind: "constructor" } },
      "cannot plan fault: effect.kind must be status, delay, hang, cut, stuck, fail",
    ],
    [{ path: "/a", effect: { kind: "hang", when: "now" } }, 'cannot plan fault: effect has no member "when"'],
    [{ path: "/a", effect: { kind: "cut" } }, "cannot plan fault: effect.when must be before or after"],
    [{ path: "/a", effect: { kind: "delay" } }, "cannot plan fault: milliseconds must be a whole number from 0 on"],
    [
      { path: "/a", effect: { kind: "status", status: 200 } },
      "cannot plan fault: status must be a whole number from 400 on",
    ],
    [
      { path: "/a", effect: { kind: "status", status: 600 } },
      "cannot plan fault: effect.status must be an error status",
    ],
    [
      { path: "/a", effect: { kind: "status", status: 500, message: 1 } },
      "cannot plan fault: message must be a string",
    ],
    [
      { path: "/a", effect: { kind: "status", status: 500, afterEffect: "yes" } },
      "cannot plan fault: effect.afterEffect must be a boolean",
    ],
  ])("refuses %j", (value, message) => {
    expect(() => parseFault(value)).toThrow(new Error(message));
  });
});
