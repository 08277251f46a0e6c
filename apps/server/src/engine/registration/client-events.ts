import type { Computer, OrderId, TimelineEvent } from '#domain';
import type { LocationChoice } from '../location/location-choices.service.js';
import { computerEvent } from '../orders/order-events.js';

/** What the timeline gets of a registration; `before` as it was read. */
export function registrationEvents(
  after: Computer,
  before: Computer,
  order: OrderId | null,
  choice: LocationChoice,
  now: Date,
): TimelineEvent[] {
  return [
    computerEvent(after, {
      id: `registered:${after.id}:${after.client?.registration}`,
      at: now,
      source: 'client',
      kind: 'registered',
      order,
      from: before.state,
      to: after.state,
      data: { version: after.client?.version, restartDue: after.restartDue, dpLifted: before.dp.fixed },
    }),
    ...assignedEvents(after, before, choice, now),
  ];
}

/** What the timeline gets of a contact: mostly nothing. */
export function contactEvents(
  after: Computer,
  before: Computer,
  choice: LocationChoice,
  now: Date,
): TimelineEvent[] {
  const assigned = assignedEvents(after, before, choice, now);
  if (after.state === before.state) return assigned;
  return [
    ...assigned,
    computerEvent(after, {
      id: `ready:${after.id}:${after.client?.registration}`,
      at: now,
      source: 'client',
      kind: 'ready',
      order: after.lastOrder,
      from: before.state,
      to: after.state,
      data: { bootId: after.client?.bootId },
    }),
  ];
}

function assignedEvents(
  after: Computer,
  before: Computer,
  choice: LocationChoice,
  now: Date,
): TimelineEvent[] {
  return after.dp.assigned === before.dp.assigned
    ? []
    : [assignedEvent(after, before.revision + 1, choice, now)];
}

function assignedEvent(stored: Computer, revision: number, choice: LocationChoice, now: Date): TimelineEvent {
  return computerEvent(stored, {
    id: `dp-assigned:${stored.id}:${revision}`,
    at: now,
    source: 'client',
    kind: 'dp-assigned',
    dp: stored.dp.assigned,
    to: stored.state,
    data: { rule: choice.winner?.id ?? null, why: choice.why },
  });
}
