// SPDX-License-Identifier: Apache-2.0
import { isMap, type PropertyMap, type PropertyValue } from "../engine/propertyValue.ts";
import { type HttpAnswer, httpCall } from "../httpCall.ts";
import { type Clock, type ProviderTiming, readTiming, systemClock } from "../timing.ts";
import { retryPause, shouldRetry } from "./retry.ts";

/** A refused call in the words of the official provider. */
export class DigitalOceanError extends Error {
  readonly status: number;

  constructor(message: string, status: number) {
    super(message);
    this.status = status;
  }
}

/** Where and how the API is called. */
export interface DigitalOceanSettings {
  readonly token: string;
  readonly endpoint: URL;
  /** Further tries of a call that was answered 429 or 5xx or met a broken connection. */
  readonly retryMax: number;
  /** Milliseconds. */
  readonly retryWaitMin: number;
  readonly retryWaitMax: number;
}

const USER_AGENT = "office-claws-lab-provider";
const CALL_TIMEOUT = 5 * 60_000;
const PAGE_SIZE = 200;

/** The API as the resources use it: JSON in, JSON out, with the official provider's retries. */
export class DigitalOceanClient {
  readonly timing: ProviderTiming;
  readonly clock: Clock;
  private readonly settings: DigitalOceanSettings;

  constructor(settings: DigitalOceanSettings, timing: ProviderTiming, clock: Clock) {
    this.settings = settings;
    this.timing = timing;
    this.clock = clock;
  }

  /** Calls the API and returns the JSON answer (empty for none). @throws {DigitalOceanError} unless it is 2xx. */
  async call(method: string, path: string, body?: PropertyMap): Promise<PropertyMap> {
    const url = new URL(path, this.settings.endpoint);
    for (let attempt = 1; ; attempt++) {
      const isLast = attempt > this.settings.retryMax;
      const answer = await this.send(method, url, body).catch((error: unknown) => {
        if (isLast) throw connectionError(method, url, attempt, error);
        return undefined;
      });
      if (answer !== undefined && answer.status >= 200 && answer.status < 300) return parseAnswer(answer.body);
      if (answer !== undefined && (isLast || !shouldRetry(answer.status))) {
        throw refusal(method, url, answer, isLast && shouldRetry(answer.status) ? attempt : 0);
      }
      await this.clock.sleep(retryPause(attempt, this.settings, answer), NEVER);
    }
  }

  /** Calls the API like {@link call}; undefined when the answer is 404. */
  async find(path: string): Promise<PropertyMap | undefined> {
    try {
      return await this.call("GET", path);
    } catch (error) {
      if (error instanceof DigitalOceanError && error.status === 404) return undefined;
      throw error;
    }
  }

  /** Returns the members of all pages of a list. */
  async list(path: string, root: string): Promise<readonly PropertyValue[]> {
    const found: PropertyValue[] = [];
    for (let page = 1; ; page++) {
      const url = new URL(path, this.settings.endpoint);
      url.searchParams.set("page", String(page));
      url.searchParams.set("per_page", String(PAGE_SIZE));
      const answer = await this.call("GET", `${url.pathname}${url.search}`);
      const members = answer[root];
      if (Array.isArray(members)) found.push(...(members as PropertyValue[]));
      if (!hasNextPage(answer)) return found;
    }
  }

  private async send(method: string, url: URL, body: PropertyMap | undefined): Promise<HttpAnswer> {
    const headers = {
      accept: "application/json",
      authorization: `Bearer ${this.settings.token}`,
      "content-type": "application/json",
      "user-agent": USER_AGENT,
    };
    const json = body === undefined ? {} : { body: JSON.stringify(body) };
    return await httpCall({ method, url, headers, timeout: CALL_TIMEOUT, ...json });
  }
}

/** Returns a client from the provider's configuration, or the environment where it is silent. */
export function connectDigitalOcean(
  config: PropertyMap,
  environment: Readonly<Record<string, string | undefined>>,
  clock: Clock = systemClock,
): DigitalOceanClient {
  const text = (name: string, ...variables: readonly string[]) => {
    const value = config[name];
    if (typeof value === "string" || typeof value === "number") return String(value);
    return variables.map((variable) => environment[variable]).find((found) => found !== undefined && found !== "");
  };
  const number = (name: string, variable: string, fallback: number) => {
    const value = Number(text(name, variable) ?? fallback);
    if (Number.isFinite(value) && value >= 0) return value;
    throw new Error(`provider digitalocean: ${name} (${variable}) must be a number of 0 or more`);
  };
  const endpoint = text("apiEndpoint", "DIGITALOCEAN_API_URL") ?? "https://api.digitalocean.com";
  if (!URL.canParse(endpoint)) throw new Error(`provider digitalocean: apiEndpoint "${endpoint}" is not a URL`);
  const settings = {
    token: text("token", "DIGITALOCEAN_TOKEN", "DIGITALOCEAN_ACCESS_TOKEN") ?? "",
    endpoint: new URL(endpoint),
    retryMax: number("httpRetryMax", "DIGITALOCEAN_HTTP_RETRY_MAX", 4),
    retryWaitMin: 1000 * number("httpRetryWaitMin", "DIGITALOCEAN_HTTP_RETRY_WAIT_MIN", 1),
    retryWaitMax: 1000 * number("httpRetryWaitMax", "DIGITALOCEAN_HTTP_RETRY_WAIT_MAX", 30),
  };
  return new DigitalOceanClient(settings, readTiming(environment), clock);
}

const NEVER = new AbortController().signal;

function parseAnswer(body: string): PropertyMap {
  if (body === "") return {};
  const json = JSON.parse(body) as PropertyValue;
  if (!isMap(json)) throw new Error("the API answered with JSON that is no object");
  return json;
}

function hasNextPage(answer: PropertyMap): boolean {
  const pages = isMap(answer["links"]) ? answer["links"]["pages"] : undefined;
  return isMap(pages) && typeof pages["next"] === "string" && pages["next"] !== "";
}

function connectionError(method: string, url: URL, attempts: number, cause: unknown): Error {
  // Several addresses of one name fail together, with no message of their own.
  const { message, code } = cause as { message?: string; code?: string };
  const reason = message !== undefined && message !== "" ? message : (code ?? String(cause));
  return new Error(`${method} ${url.href} giving up after ${String(attempts)} attempt(s): ${reason}`, { cause });
}

function refusal(method: string, url: URL, answer: HttpAnswer, attempts: number): DigitalOceanError {
  const { message, requestId } = parseRefusal(answer);
  const id = requestId === "" ? "" : `(request ${JSON.stringify(requestId)}) `;
  const tried = attempts > 0 ? `; giving up after ${String(attempts)} attempt(s)` : "";
  return new DigitalOceanError(
    `${method} ${url.href}: ${String(answer.status)} ${id}${message}${tried}`,
    answer.status,
  );
}

function parseRefusal({ body, headers }: HttpAnswer): { message: string; requestId: string } {
  const header = String(headers["x-request-id"] ?? "");
  try {
    const json = JSON.parse(body) as PropertyValue;
    if (!isMap(json)) return { message: body, requestId: header };
    return { message: textOf(json["message"]), requestId: textOf(json["request_id"]) || header };
  } catch {
    return { message: body, requestId: header };
  }
}

function textOf(value: PropertyValue | undefined): string {
  return typeof value === "string" ? value : "";
}
