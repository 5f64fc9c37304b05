// SPDX-License-Identifier: Apache-2.0
import type { Gateway } from "../../../../agent-image/workloads/openclaw/gateway.ts";
import {
  createGatewayKeeper,
  type GatewayKeeper,
  type GatewayTokens,
} from "../../../../agent-image/workloads/openclaw/gatewayKeeper.ts";

/** A gateway that ends when it is told to, and what happened to it. */
interface FakeGateway extends Gateway {
  readonly tokens: GatewayTokens;
  readonly end: (how: string) => void;
  stops: number;
}

let gateways: FakeGateway[];
/** Placeholders that the broker's file has, look by look; the last one stays. */
let placeholders: (string | undefined)[];
/** Called at each look, with its number. */
let onLook: (look: number) => void;
let isUp: boolean;

beforeEach(() => {
  gateways = [];
  placeholders = ["agt_1"];
  onLook = () => undefined;
  isUp = true;
});

function start(tokens: GatewayTokens): Gateway {
  const ended = Promise.withResolvers<string>();
  const gateway: FakeGateway = {
    tokens,
    ended: ended.promise,
    end: ended.resolve,
    stops: 0,
    stop: async () => {
      gateway.stops += 1;
      ended.resolve("SIGTERM");
      await ended.promise;
    },
  };
  gateways.push(gateway);
  return gateway;
}

function keeper(): GatewayKeeper {
  let looks = 0;
  return createGatewayKeeper({
    readAgentToken: () => {
      const now = placeholders.length > 1 ? placeholders.shift() : placeholders[0];
      return now === undefined ? Promise.reject(new Error("ENOENT")) : Promise.resolve(now);
    },
    createGatewayToken: () => `gateway-${gateways.length + 1}`,
    start,
    isUp: () => Promise.resolve(isUp),
    pause: async () => {
      onLook((looks += 1));
      await new Promise((resolve) => setImmediate(resolve));
    },
  });
}

const last = (): FakeGateway => {
  const gateway = gateways.at(-1);
  if (gateway === undefined) throw new Error("nothing was started");
  return gateway;
};

describe("the keeper of OpenClaw's gateway", () => {
  it("starts it with the placeholder, gives its tokens once it answers, and tells how it ended", async () => {
    const kept = keeper();
    const seen: unknown[] = [kept.current()];
    isUp = false;
    onLook = (look) => {
      seen.push(kept.current());
      if (look === 2) isUp = true;
      if (look === 3) last().end("exit code 1");
    };
    await expect(kept.run()).rejects.toThrow("OpenClaw ended: exit code 1");
    const tokens = { agentToken: "agt_1", gatewayToken: "gateway-1" };
    expect(seen).toEqual([undefined, undefined, undefined, tokens]);
    expect(kept.current()).toBeUndefined();
    expect(gateways).toHaveLength(1);
  });

  it("waits until clawsd has written a placeholder", async () => {
    placeholders = [undefined, undefined, "agt_1"];
    const counts: number[] = [];
    onLook = (look) => {
      counts.push(gateways.length);
      if (look === 3) last().end("SIGKILL");
    };
    await expect(keeper().run()).rejects.toThrow("OpenClaw ended: SIGKILL");
    expect(counts).toEqual([0, 0, 1]);
    expect(last().tokens.agentToken).toBe("agt_1");
  });

  it("starts it again with a new placeholder and another token of its own", async () => {
    placeholders = ["agt_1", "agt_1", "agt_2"];
    const kept = keeper();
    onLook = () => {
      if (gateways.length === 2 && kept.current() !== undefined) last().end("exit code 0");
    };
    await expect(kept.run()).rejects.toThrow("OpenClaw ended: exit code 0");
    expect(gateways.map(({ tokens, stops }) => [tokens.agentToken, tokens.gatewayToken, stops])).toEqual([
      ["agt_1", "gateway-1", 1],
      ["agt_2", "gateway-2", 1],
    ]);
  });

  it("lets it run while clawsd is away", async () => {
    placeholders = ["agt_1", undefined, undefined, "agt_1"];
    onLook = (look) => {
      if (look === 6) last().end("exit code 3");
    };
    await expect(keeper().run()).rejects.toThrow("OpenClaw ended: exit code 3");
    expect(gateways).toHaveLength(1);
  });
});
