import { Kbd, Modal, Table } from '@mantine/core';
import { useDebouncedValue, useDisclosure } from '@mantine/hooks';
import { createSpotlight, Spotlight } from '@mantine/spotlight';
import '@mantine/spotlight/styles.css';
import { IconSearch } from '@tabler/icons-react';
import { useEffect, useState, type ReactNode } from 'react';
import { useNavigate } from 'react-router';
import { ApiError } from '../api.js';
import type { Asked } from '../keys.js';
import { MOST_FOUND, useFound, type Found } from './search-found.js';
import { useT } from '../texts.js';

const [store, spotlight] = createSpotlight();
const PAUSE_MS = 200;
const KEYS = [
  ['⌘ K', 'keys.search'],
  ['Ctrl K', 'keys.search'],
  ['/', 'keys.search'],
  ['?', 'keys.keys'],
  ['Esc', 'keys.close'],
] as const;

interface Props {
  /** What somebody has just asked for. */
  asked: Asked;
}

/** Search over everything that has a name, from any page; and the keys of the console. */
export default function Search({ asked: wanted }: Props): ReactNode {
  const t = useT();
  useEffect(() => {
    if (wanted.for === 'search') spotlight.open();
  }, [wanted]);
  const navigate = useNavigate();
  const [query, setQuery] = useState('');
  const [opened, { open, close }] = useDisclosure(false);
  const [asked] = useDebouncedValue(query.trim(), PAUSE_MS);
  const { groups, fault, isLooking } = useFound(opened ? query.trim() : null, asked);
  const emptyWords = fault ? wordsOf(fault, t('error.unreachable')) : t('empty.search');
  const targets = groups.flatMap((group) => group.found.map(({ to }) => to)).join(' ');
  // what was found came later than what was typed: Enter opens the first of what is there now
  useEffect(() => {
    if (opened) selectFirst();
  }, [opened, targets]);
  return (
    <>
      <Spotlight.Root
        store={store}
        query={query}
        onQueryChange={setQuery}
        shortcut={null}
        onSpotlightOpen={open}
        onSpotlightClose={close}
        scrollable
        maxHeight={460}
      >
        <Spotlight.Search
          placeholder={t('search.everything')}
          aria-label={t('search.everything')}
          leftSection={<IconSearch size={18} aria-hidden />}
        />
        <Spotlight.ActionsList>
          {groups.map(({ title, found }) => (
            <Spotlight.ActionsGroup key={title} label={t(title)}>
              {found.slice(0, MOST_FOUND).map((one) => (
                <Entry key={one.to + one.name} found={one} onOpen={() => void navigate(one.to)} />
              ))}
            </Spotlight.ActionsGroup>
          ))}
          {groups.length === 0 && (
            <Spotlight.Empty>{isLooking ? t('search.looking') : emptyWords}</Spotlight.Empty>
          )}
        </Spotlight.ActionsList>
      </Spotlight.Root>
      <Keys asked={wanted} />
    </>
  );
}

/** @param unreachable what is said where nothing came back */
function wordsOf(fault: Error, unreachable: string): string {
  return fault instanceof ApiError ? fault.problem.detail : unreachable;
}

/** As the library does when something was typed. */
function selectFirst(): void {
  const list = document.getElementById(store.getState().listId);
  list?.querySelector('[data-selected]')?.removeAttribute('data-selected');
  list?.querySelector('[data-action]')?.setAttribute('data-selected', 'true');
  store.updateState((state) => ({ ...state, selected: 0 }));
}

function Entry({
  found: { name, hint, icon: Icon },
  onOpen,
}: {
  found: Found;
  onOpen: () => void;
}): ReactNode {
  return (
    <Spotlight.Action
      label={name}
      // dimmed, it cannot be read on the ground of the one that is chosen
      styles={{ actionDescription: { color: 'inherit', opacity: 1 } }}
      {...(hint && { description: hint })}
      leftSection={<Icon size={18} stroke={1.6} aria-hidden />}
      onClick={onOpen}
    />
  );
}

function Keys({ asked }: Props): ReactNode {
  const t = useT();
  const [opened, { open, close }] = useDisclosure(asked.for === 'keys');
  useEffect(() => {
    if (asked.for === 'keys') open();
  }, [asked, open]);
  return (
    <Modal opened={opened} onClose={close} title={t('keys')} closeButtonProps={{ 'aria-label': t('close') }}>
      <Table>
        <Table.Tbody>
          {KEYS.map(([key, what]) => (
            <Table.Tr key={key}>
              <Table.Td>
                <Kbd>{key}</Kbd>
              </Table.Td>
              <Table.Td>{t(what)}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Modal>
  );
}
