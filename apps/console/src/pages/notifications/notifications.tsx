import { ScrollArea, SegmentedControl } from '@mantine/core';
import type { ReactNode } from 'react';
import { useSearchParams } from 'react-router';
import { useMay } from '../../session/session.js';
import { Heading } from '../../show.js';
import { useT } from '../../texts.js';
import { MyNotifications } from './notifications-mine.js';
import { DeliveryLog } from './notifications-log.js';
import { TenantNotifications } from './notifications-tenant.js';
import { Webhooks } from './notifications-webhooks.js';

const VIEWS = ['mine', 'tenants', 'webhooks', 'log'] as const;
type View = (typeof VIEWS)[number];

/** Who is told of what: oneself and the users of a tenant by mail, chats and programs by webhooks; and what came of it. */
export function Component(): ReactNode {
  const t = useT();
  const isAdmin = useMay('admin');
  const [params, setParams] = useSearchParams();
  // links of before call it a view
  const tab = params.get('tab') ?? params.get('view');
  const view = isAdmin ? (VIEWS.find((one) => one === tab) ?? 'mine') : 'mine';
  return (
    <>
      <Heading title={t('page.notifications')} />
      {isAdmin && (
        <ScrollArea type="never" maw="100%" mb="md">
          <SegmentedControl
            aria-label={t('page.notifications')}
            value={view}
            onChange={(value) => setParams(value === 'mine' ? {} : { tab: value }, { replace: true })}
            data={VIEWS.map((value) => ({ value, label: t(`notifications.${value}`) }))}
          />
        </ScrollArea>
      )}
      {shown(view)}
    </>
  );
}

function shown(view: View): ReactNode {
  switch (view) {
    case 'mine':
      return <MyNotifications />;
    case 'tenants':
      return <TenantNotifications />;
    case 'webhooks':
      return <Webhooks />;
    case 'log':
      return <DeliveryLog />;
  }
}
