// SPDX-License-Identifier: Apache-2.0
import { notFound } from "./apiError.ts";
import { sleep } from "./clock.ts";
import type { Cloud } from "./cloud.ts";
import { pageReply } from "./pagination.ts";
import { findRegion, renderRegion } from "./regions.ts";
import { type ApiRequest, numericParam, type Reply, type Route } from "./router.ts";
import type { ActionRecord } from "./state.ts";

/** What an action does. */
export interface ActionPlan {
  readonly type: string;
  readonly resourceType: ActionRecord["resourceType"];
  readonly resourceId: number;
  readonly regionSlug: string;
  /** Milliseconds before it takes effect. */
  readonly delay: number;
  readonly fault: ApiRequest["actionFault"];
  /** Its effect; a rejection makes the action "errored". */
  readonly effect: (action: ActionRecord) => Promise<void> | void;
  /** Called when it has ended, well or not. */
  readonly finished?: () => void;
}

/** Starts an action; it goes on by itself. */
export function startAction(cloud: Cloud, plan: ActionPlan): ActionRecord {
  const action: ActionRecord = {
    id: cloud.nextId("action"),
    type: plan.type,
    status: "in-progress",
    startedAt: cloud.now(),
    completedAt: null,
    resourceId: plan.resourceId,
    resourceType: plan.resourceType,
    regionSlug: plan.regionSlug,
  };
  cloud.state.actions.set(action.id, action);
  void performAction(cloud, action, plan);
  return action;
}

/** Carries out an action that is already on record, for example after a restart. */
export async function performAction(cloud: Cloud, action: ActionRecord, plan: ActionPlan): Promise<void> {
  await sleep(cloud.clock, plan.delay);
  if (plan.fault === "stuck") return;
  try {
    if (plan.fault === "fail") throw new Error("a planned fault");
    await plan.effect(action);
    action.status = "completed";
  } catch (error) {
    action.status = "errored";
    cloud.report(`cannot ${plan.type} ${plan.resourceType} "${plan.resourceId}": ${String(error)}`);
  }
  action.completedAt = cloud.now();
  plan.finished?.();
  cloud.save();
}

/** An action as the API shows it. */
export function renderAction(action: ActionRecord): object {
  const region = findRegion(action.regionSlug);
  return {
    id: action.id,
    status: action.status,
    type: action.type,
    started_at: action.startedAt,
    completed_at: action.completedAt,
    resource_id: action.resourceId,
    resource_type: action.resourceType,
    region: region === undefined ? null : renderRegion(region),
    region_slug: action.regionSlug,
  };
}

/** A page of a resource's actions, newest first. */
export function actionsReply(
  cloud: Cloud,
  request: ApiRequest,
  isWanted: (action: ActionRecord) => boolean = () => true,
): Reply {
  const actions = [...cloud.state.actions.values()].filter(isWanted).reverse();
  return pageReply(request, "actions", actions, renderAction);
}

/** One action by the path's `action_id`. @throws ApiError 404 when it is unknown or of something else. */
export function actionReply(
  cloud: Cloud,
  request: ApiRequest,
  isWanted: (action: ActionRecord) => boolean = () => true,
): Reply {
  const action = cloud.state.actions.get(numericParam(request, "action_id"));
  if (action === undefined || !isWanted(action)) throw notFound();
  return { status: 200, body: { action: renderAction(action) } };
}

/** /v2/actions */
export function actionRoutes(cloud: Cloud): readonly Route[] {
  return [
    { method: "GET", path: "/v2/actions", handle: (request) => actionsReply(cloud, request) },
    { method: "GET", path: "/v2/actions/:action_id", handle: (request) => actionReply(cloud, request) },
  ];
}
