import { Inject, Injectable } from '@nestjs/common';
import { type Caller, type Delivery, DomainError, resent } from '#domain';
import {
  DeliveryRepository,
  NoticeRepository,
  NotificationTargetRepository,
  updateWithRetry,
  UserRepository,
} from '#persistence';
import type { Language } from '#texts';
import { AuditService } from '../../platform/audit/audit.service.js';
import { SERVER_ENV, type ServerEnv } from '../../platform/config/server-env.js';
import type { DeliveryContext } from './delivery.dto.js';

const MISSING = 'notFound.delivery';

/** The log of deliveries, and what people do with it. */
@Injectable()
export class DeliveriesService {
  constructor(
    private readonly deliveries: DeliveryRepository,
    private readonly notices: NoticeRepository,
    private readonly targets: NotificationTargetRepository,
    private readonly users: UserRepository,
    private readonly audit: AuditService,
    @Inject(SERVER_ENV) private readonly env: ServerEnv,
  ) {}

  /** @throws DomainError NOT_FOUND */
  async get(caller: Caller, id: string): Promise<Delivery> {
    const delivery = await this.deliveries.findById(caller.tenants, id);
    if (!delivery) throw new DomainError('NOT_FOUND', MISSING);
    return delivery;
  }

  /** Names and notices of what is to be shown. */
  async contextOf(deliveries: readonly Delivery[], language: Language): Promise<DeliveryContext> {
    const ids = [...new Set(deliveries.map(({ target }) => target))];
    const isMail = deliveries.some(({ channel }) => channel === 'mail');
    const [targets, users, notices] = await Promise.all([
      this.targets.findByIds(ids),
      isMail ? this.users.list() : [],
      this.notices.findByIds([...new Set(deliveries.flatMap((delivery) => delivery.notices))]),
    ]);
    return {
      names: new Map([...users, ...targets].map(({ id, name }) => [id, name])),
      notices: new Map(notices.map((notice) => [notice.id, notice])),
      publicUrl: this.env.PUBLIC_URL,
      language,
    };
  }

  /** Sends what has ended once more. @throws DomainError NOT_FOUND; WRONG_STATE while it is on its way */
  async resend(caller: Caller, id: string): Promise<Delivery> {
    const { before, after } = await updateWithRetry(
      () => this.deliveries.findById(caller.tenants, id),
      (delivery) => {
        const again = resent(delivery, new Date());
        if (!again) throw new DomainError('WRONG_STATE', 'delivery.underWay');
        return again;
      },
      (delivery) => this.deliveries.replace(delivery),
      MISSING,
    );
    const data = { before: { state: before.state }, after: { state: after.state } };
    await this.audit.record(caller, 'delivery.resent', `delivery:${id}`, data, after.tenant);
    return after;
  }
}
