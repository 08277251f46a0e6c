import { ASSIGNMENT_TARGETS, type Assigned, type AssignmentTarget, type DpId, type Fault } from '#domain';
import { OneOf, Slug } from '../../platform/http/fields.js';

/** Where rows go: a DP, the server DP on purpose, or nowhere. */
export class AssignmentTargetDto {
  @OneOf(ASSIGNMENT_TARGETS, {
    optional: true,
    description:
      '`dp` (by default): the DP that is named; `server`: the server DP, on purpose; `reject`: no computer.',
  })
  target?: AssignmentTarget;

  @Slug({ optional: true, nullable: true, description: 'With `target: "dp"`.' })
  dp?: string | null;
}

/** @param path of the object that has them, with a dot behind it; empty: the body itself */
export function readTarget(
  { target = 'dp', dp = null }: AssignmentTargetDto,
  path = '',
): { assigned: Assigned; faults: Fault[] } {
  const faults: Fault[] =
    (target === 'dp') === (dp !== null)
      ? []
      : [{ path: `${path}dp`, code: dp === null ? 'required' : 'alone', key: 'fault.targetDp' }];
  return { assigned: { target, dp: dp as DpId | null }, faults };
}
