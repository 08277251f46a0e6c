import { Button, Menu, Text } from '@mantine/core';
import { IconBookmark, IconCheck, IconStar } from '@tabler/icons-react';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useState, type ReactNode } from 'react';
import { NavigationType, useLocation, useNavigationType, useSearchParams } from 'react-router';
import { api, take, type Schema } from '../api.js';
import { useMay } from '../session/session.js';
import { Fault } from '../show.js';
import { useT } from '../texts.js';
import { ViewDialog, type AskedOfView } from './views-dialogs.js';
import { viewOf, viewParams, type ShownView } from './views-address.js';

type View = Schema['ViewDto'];

interface Props {
  /** The list that the views are of. */
  list: View['list'];
}

/** Named sets of filter, sort and columns of a list: to open, to keep and to share. */
export function Views({ list }: Props): ReactNode {
  const t = useT();
  const client = useQueryClient();
  const mayShare = useMay('operator');
  const [params, setParams] = useSearchParams();
  const [asked, setAsked] = useState<AskedOfView | null>(null);
  const [error, setError] = useState<unknown>(null);
  const views = useQuery({
    queryKey: ['views', list],
    queryFn: () => take(api.GET('/api/v1/views', { params: { query: { list, limit: 500 } } })),
  });
  const items = views.data?.items ?? [];
  const current = items.find(({ id }) => id === params.get('view'));
  const shown = viewOf(params);
  const isChanged = current !== undefined && !isSame(current, shown);
  const goTo = (next: URLSearchParams): void => {
    const tab = params.get('tab');
    if (tab !== null) next.set('tab', tab);
    setError(null);
    setParams(next, { replace: true });
  };
  const open = (view: View): void => goTo(viewParams(view));
  useDefault(items, open);
  const change = async (view: View, body: Schema['ChangeViewDto']): Promise<void> => {
    try {
      setError(null);
      await take(
        api.PATCH('/api/v1/views/{id}', {
          params: { path: { id: view.id } },
          headers: { 'If-Match': `"${view.revision}"` },
          body,
        }),
      );
    } catch (failure) {
      setError(failure);
    }
    await client.invalidateQueries({ queryKey: ['views'] });
  };
  const group = (label: 'views.own' | 'views.shared', some: readonly View[]): ReactNode =>
    some.length > 0 && (
      <>
        <Menu.Label>{t(label)}</Menu.Label>
        {some.map((view) => (
          <Menu.Item
            key={view.id}
            leftSection={<IconCheck size={16} aria-hidden opacity={view.id === current?.id ? 1 : 0} />}
            rightSection={view.default ? <IconStar size={14} aria-label={t('views.default')} /> : undefined}
            onClick={() => open(view)}
          >
            {view.name}
            {!view.own && (
              <Text span size="xs" c="dimmed">
                {` · ${view.owner}`}
              </Text>
            )}
          </Menu.Item>
        ))}
      </>
    );
  return (
    <>
      <Menu position="bottom-start" withInitialFocusPlaceholder={false} keepMounted={false}>
        <Menu.Target>
          <Button
            variant="default"
            leftSection={<IconBookmark size={16} aria-hidden />}
            maw={280}
            title={current?.name}
          >
            {current ? `${current.name}${isChanged ? ' *' : ''}` : t('views')}
          </Button>
        </Menu.Target>
        <Menu.Dropdown mah="70dvh" style={{ overflowY: 'auto' }}>
          {group(
            'views.own',
            items.filter(({ own }) => own),
          )}
          {group(
            'views.shared',
            items.filter(({ own }) => !own),
          )}
          {items.length > 0 && <Menu.Divider />}
          {current && <Menu.Item onClick={() => goTo(new URLSearchParams())}>{t('views.none')}</Menu.Item>}
          {current?.changeable && isChanged && (
            <Menu.Item onClick={() => void change(current, shown)}>{t('views.save')}</Menu.Item>
          )}
          <Menu.Item onClick={() => setAsked({ what: 'saveAs', list, shown })}>{t('views.saveAs')}</Menu.Item>
          {current?.own && (
            <Menu.Item onClick={() => void change(current, { default: !current.default })}>
              {t(current.default ? 'views.noDefault' : 'views.makeDefault')}
            </Menu.Item>
          )}
          {current?.changeable && (
            <>
              <Menu.Item onClick={() => setAsked({ what: 'rename', view: current })}>
                {t('views.rename')}
              </Menu.Item>
              {current.tenant !== null && (
                <Menu.Item onClick={() => setAsked({ what: 'unshare', view: current })}>
                  {t('views.unshare')}
                </Menu.Item>
              )}
              {current.tenant === null && mayShare && (
                <Menu.Item onClick={() => setAsked({ what: 'share', view: current })}>
                  {t('views.share')}
                </Menu.Item>
              )}
              <Menu.Item
                c="light-dark(var(--mantine-color-red-8), var(--mantine-color-red-4))"
                onClick={() => setAsked({ what: 'delete', view: current })}
              >
                {t('views.delete')}
              </Menu.Item>
            </>
          )}
        </Menu.Dropdown>
      </Menu>
      <Fault error={error} />
      {asked && (
        <ViewDialog
          key={asked.what}
          asked={asItIsNow(asked, items)}
          onClose={() => setAsked(null)}
          onSaved={open}
        />
      )}
    </>
  );
}

/** A list that is reached by its bare address opens with one's default view; what is cleared there stays so. */
function useDefault(items: readonly View[], open: (view: View) => void): void {
  const { key, search } = useLocation();
  const isReached = useNavigationType() !== NavigationType.Replace;
  const [opened, setOpened] = useState<string | null>(null);
  const standard = items.find((one) => one.default);
  const names = [...new URLSearchParams(search).keys()].filter(
    (name) => name !== 'columns' && name !== 'tab',
  );
  const isDue = standard !== undefined && isReached && names.length === 0 && opened !== key;
  useEffect(() => {
    if (!isDue) return;
    setOpened(key);
    open(standard);
  });
}

/** A view may have been changed since it was asked about, by its reader a moment ago too. */
function asItIsNow(asked: AskedOfView, items: readonly View[]): AskedOfView {
  if (asked.what === 'saveAs') return asked;
  return { ...asked, view: items.find(({ id }) => id === asked.view.id) ?? asked.view };
}

function isSame(view: View, shown: ShownView): boolean {
  return viewParams(view).toString() === viewParams({ id: view.id, ...shown }).toString();
}
