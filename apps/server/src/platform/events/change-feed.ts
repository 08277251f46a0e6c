import { Injectable } from '@nestjs/common';
import type { EventTopic } from '#contract';
import { ChangePublisher } from '#messaging';

/** Tells every server and gateway that something changed. Fire and forget: a lost event costs freshness, never truth. */
@Injectable()
export class ChangeFeed {
  constructor(private readonly changes: ChangePublisher) {}

  changed(topic: EventTopic, id: string, tenant: string | null): void {
    this.changes.publish({ v: 1, topic, id, tenant });
  }
}
