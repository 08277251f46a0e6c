import {
  Alert,
  Anchor,
  Badge,
  Button,
  Group,
  Loader,
  SimpleGrid,
  Stack,
  Table,
  Text,
  Title,
} from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState, type ReactNode } from 'react';
import { Link, useParams } from 'react-router';
import { api, take, type Schema } from '../../api.js';
import { DpName } from '../../names.js';
import { useMay } from '../../session/session.js';
import { Fault, Heading, Time } from '../../show.js';
import { useT } from '../../texts.js';
import { ScheduleDialog, scheduleText } from './directory-schedule.js';

type Directory = Schema['DirectoryDto'];
type History = Schema['DirectoryHistoryDto'];
type Line = Schema['SyncLineDto'];

const COLOURS: Record<Line['result'], string> = {
  unchanged: 'gray',
  previewed: 'yellow',
  confirm: 'orange',
  committed: 'teal',
  discarded: 'gray',
  failed: 'red',
};
/** A run that is under way is looked at again after so many milliseconds. */
const LOOK_MS = 2_000;

/** What a sync has come to. */
export function SyncResult({ of }: { of: Line['result'] }): ReactNode {
  const t = useT();
  return (
    <Badge variant="dot" color={COLOURS[of]}>
      {t(`sync.${of}`)}
    </Badge>
  );
}

/** A directory that is read by itself: when, what became of it, and who has left it. */
export function Component(): ReactNode {
  const t = useT();
  const { id = '' } = useParams();
  const client = useQueryClient();
  const [editing, setEditing] = useState(false);
  const mayManage = useMay('admin');
  const mayImport = useMay('operator');
  const params = { path: { id } };
  const directory = useQuery({
    queryKey: ['directories', id],
    queryFn: () => take(api.GET('/api/v1/directories/{id}', { params })),
  });
  const hasState = Boolean(directory.data?.sync);
  const history = useQuery({
    queryKey: ['directories', id, 'sync'],
    queryFn: () => take(api.GET('/api/v1/directories/{id}/sync', { params })),
    enabled: hasState,
    refetchInterval: ({ state }) => (state.data?.runningSince ? LOOK_MS : false),
  });
  const sync = useMutation({
    mutationFn: (full: boolean) =>
      take(api.POST('/api/v1/directories/{id}/sync', { params, body: { full } })),
    onSettled: () => client.invalidateQueries({ queryKey: ['directories'] }),
  });
  if (directory.error) return <Fault error={directory.error} />;
  if (!directory.data) return <Loader aria-label={t('progress')} />;
  return (
    <>
      <Heading title={directory.data.name} of={{ path: '/directories', name: 'page.directories' }}>
        {mayImport && (
          <>
            <Button onClick={() => sync.mutate(false)} loading={sync.isPending}>
              {t('sync.now')}
            </Button>
            <Button variant="default" onClick={() => sync.mutate(true)}>
              {t('sync.full')}
            </Button>
          </>
        )}
        {mayManage && (
          <Button variant="default" onClick={() => setEditing(true)}>
            {t('schedule')}
          </Button>
        )}
      </Heading>
      <Fault error={sync.error ?? history.error} />
      <Standing directory={directory.data} />
      {history.data && <Past history={history.data} />}
      {editing && <ScheduleDialog directory={directory.data} onClose={() => setEditing(false)} />}
    </>
  );
}

function Standing({ directory }: { directory: Directory }): ReactNode {
  const t = useT();
  const { sync, schedule, policy, releasesPerHour, dp } = directory;
  const facts: [label: string, value: ReactNode][] = [
    [t('schedule'), scheduleText(schedule, t)],
    [t('policy'), t(`policy.${policy}`)],
    ...(policy === 'release' ? [[t('policy.perHour'), releasesPerHour] as [string, ReactNode]] : []),
    [t('dp'), dp === null ? t('schedule.serverDp') : <DpName key="dp" id={dp} />],
    [t('sync.last'), sync?.last ? <Last key="last" line={sync.last} /> : '–'],
    [t('sync.next'), sync?.runningSince ? t('sync.running') : <Time key="next" at={sync?.nextAt} />],
    [t('sync.lastFull'), <Time key="full" at={sync?.fullAt} />],
    [t('sync.left'), sync?.left ?? 0],
  ];
  return (
    <Stack mb="lg">
      {sync?.last?.fault && (
        <Alert color="red" title={t('sync.failing', { count: sync.failures })}>
          {sync.last.fault.text}
        </Alert>
      )}
      {sync?.pending && (
        <Alert color="yellow">
          <Anchor component={Link} to={`/imports/${sync.pending}`} size="sm" underline="always">
            {t(sync.last?.result === 'confirm' ? 'sync.confirmWaits' : 'sync.previewWaits')}
          </Anchor>
        </Alert>
      )}
      {sync?.releases && sync.releases.refused > 0 && (
        <Alert color="yellow">{t('sync.refused', { count: sync.releases.refused })}</Alert>
      )}
      {sync?.last && !sync.incremental && sync.failures === 0 && <Text size="sm">{t('sync.noDeltas')}</Text>}
      <SimpleGrid cols={{ base: 1, sm: 2, lg: 4 }}>
        {facts.map(([label, value]) => (
          <div key={label}>
            <Text size="xs" c="dimmed">
              {label}
            </Text>
            <Text size="sm" component="div">
              {value}
            </Text>
          </div>
        ))}
      </SimpleGrid>
    </Stack>
  );
}

function Last({ line }: { line: Line }): ReactNode {
  return (
    <Group gap="xs">
      <Time at={line.at} /> <SyncResult of={line.result} />
    </Group>
  );
}

function Past({ history: { lines, leavers, left } }: { history: History }): ReactNode {
  const t = useT();
  return (
    <>
      <Title order={2} size="h4" mb="xs">
        {t('sync.history')}
      </Title>
      <Table aria-label={t('sync.history')} mb="lg">
        <Table.Thead>
          <Table.Tr>
            {(['since', 'sync.result', 'sync.kind', 'sync.what'] as const).map((title) => (
              <Table.Th key={title}>{t(title)}</Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {lines.map((line) => (
            <Table.Tr key={line.since}>
              <Table.Td>
                <Time at={line.at} />
                {line.times > 1 && ` · ${t('sync.times', { count: line.times })}`}
              </Table.Td>
              <Table.Td>
                <SyncResult of={line.result} />
              </Table.Td>
              <Table.Td>{line.kind ? t(`sync.kind.${line.kind}`) : '–'}</Table.Td>
              <Table.Td>
                <What line={line} />
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
      {leavers.length > 0 && (
        <>
          <Title order={2} size="h4" mb="xs">
            {t('sync.leavers', { count: left })}
          </Title>
          <Text size="sm" mb="xs">
            {t('explain.leavers')}
          </Text>
          <Table aria-label={t('sync.left')}>
            <Table.Tbody>
              {leavers.map(({ computer, name, since }) => (
                <Table.Tr key={computer}>
                  <Table.Td>
                    <Anchor component={Link} to={`/computers/${computer}`} size="sm">
                      {name}
                    </Anchor>
                  </Table.Td>
                  <Table.Td>
                    <Time at={since} />
                  </Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </>
      )}
    </>
  );
}

function What({ line: { run, counts, skipped, fault } }: { line: Line }): ReactNode {
  const t = useT();
  if (fault) return fault.text;
  const parts = (['new', 'changed', 'rejected', 'missing'] as const).flatMap((name) =>
    counts[name] > 0 ? [`${t(`sync.count.${name}`)} ${counts[name]}`] : [],
  );
  if (skipped > 0) parts.push(t('sync.skipped', { count: skipped }));
  const said = parts.length > 0 ? parts.join(' · ') : t('sync.nothing');
  return run ? (
    <Anchor component={Link} to={`/imports/${run}`} size="sm">
      {said}
    </Anchor>
  ) : (
    said
  );
}
