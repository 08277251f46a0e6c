import { ActionIcon, Button, Checkbox, Group, Text, TextInput } from '@mantine/core';
import { IconChevronDown, IconChevronUp, IconSearch } from '@tabler/icons-react';
import { useEffect, useMemo, useRef, useState, type CSSProperties, type ReactNode } from 'react';
import { copyFrom } from '../copy-text.js';
import classes from './log-viewer.module.css';
import { hitsIn, type Hit, partsOf } from './log-search.js';
import { isCut, linesOf } from './log-text.js';
import { useT } from '../texts.js';

/** Lines that are shown at first, the last ones: a fault stands at the end as a rule. */
const SHOWN = 500;

interface Props {
  text: string;
  label: string;
  /** Name of the file when it is downloaded. */
  file: string;
}

/**
 * Output of a program as a terminal would show it: with line numbers, to be searched, copied and downloaded; the file has it
 * as it came.
 */
export function LogViewer({ text, label, file }: Props): ReactNode {
  const t = useT();
  const lines = useMemo(() => linesOf(text), [text]);
  const [all, setAll] = useState(false);
  const [wrap, setWrap] = useState(true);
  const [wanted, setWanted] = useState('');
  const [at, setAt] = useState(0);
  const body = useRef<HTMLDivElement>(null);
  const hits = useMemo(() => hitsIn(lines, wanted), [lines, wanted]);
  const first = all || wanted !== '' ? 0 : Math.max(0, lines.length - SHOWN);
  const current = hits.length === 0 ? null : hits[at % hits.length];
  useEffect(() => {
    if (current) body.current?.querySelector('mark[data-current]')?.scrollIntoView({ block: 'nearest' });
  }, [current]);
  const move = (by: number): void => setAt((at + by + hits.length) % Math.max(1, hits.length));
  return (
    <>
      <Group gap="xs" mb={6}>
        <TextInput
          size="xs"
          w={200}
          aria-label={t('log.search')}
          placeholder={t('log.search')}
          leftSection={<IconSearch size={14} aria-hidden />}
          value={wanted}
          onChange={({ currentTarget: { value } }) => {
            setWanted(value);
            setAt(0);
          }}
          onKeyDown={(event) => {
            if (event.key !== 'Enter') return;
            event.preventDefault();
            move(event.shiftKey ? -1 : 1);
          }}
        />
        {wanted !== '' && (
          <>
            <Text size="xs" aria-live="polite">
              {hits.length === 0
                ? t('log.noHit')
                : t('log.hits', { at: (at % hits.length) + 1, count: hits.length })}
            </Text>
            <ActionIcon variant="default" aria-label={t('log.before')} onClick={() => move(-1)}>
              <IconChevronUp size={16} aria-hidden />
            </ActionIcon>
            <ActionIcon variant="default" aria-label={t('log.next')} onClick={() => move(1)}>
              <IconChevronDown size={16} aria-hidden />
            </ActionIcon>
          </>
        )}
        <Checkbox
          size="xs"
          label={t('log.wrap')}
          checked={wrap}
          onChange={({ currentTarget: { checked } }) => setWrap(checked)}
        />
        <Group gap="xs" ml="auto">
          <CopyButton text={lines.join('\n')} of={body} />
          <Button size="compact-xs" variant="default" onClick={() => download(text, file)}>
            {t('log.download')}
          </Button>
        </Group>
      </Group>
      {isCut(text) && (
        <Text size="xs" mb={6}>
          {t('log.cut')}
        </Text>
      )}
      {first > 0 && (
        <Button size="compact-xs" variant="subtle" mb={6} onClick={() => setAll(true)}>
          {t('log.showAll', { count: lines.length })}
        </Button>
      )}
      <div
        ref={body}
        className={`${classes.log} ${wrap ? classes.wrapped : ''}`}
        style={{ '--before': first } as CSSProperties}
        // it scrolls, so the keyboard has to reach it
        tabIndex={0}
        role="region"
        aria-label={label}
      >
        {lines.slice(first).map((line, index) => (
          <div key={first + index} className={classes.line}>
            <Line text={line} hits={hits} index={first + index} current={current ?? null} />
          </div>
        ))}
      </div>
    </>
  );
}

interface LineProps {
  text: string;
  index: number;
  hits: readonly Hit[];
  current: Hit | null;
}

function Line({ text, index, hits, current }: LineProps): ReactNode {
  const own = hits.filter(({ line }) => line === index);
  return (
    <span>
      {partsOf(text, own).map(({ from, part, hit }) =>
        hit ? (
          <mark key={from} {...(hit === current && { 'data-current': true })}>
            {part}
          </mark>
        ) : (
          part
        ),
      )}
    </span>
  );
}

function CopyButton({ text, of }: { text: string; of: { current: Element | null } }): ReactNode {
  const t = useT();
  const [copied, setCopied] = useState(false);
  return (
    <Button
      size="compact-xs"
      variant="default"
      onClick={() => void copyFrom(of.current, text).then(setCopied)}
      onBlur={() => setCopied(false)}
    >
      {t(copied ? 'copied' : 'copy')}
    </Button>
  );
}

function download(text: string, file: string): void {
  const url = URL.createObjectURL(new Blob([text], { type: 'text/plain' }));
  const link = Object.assign(document.createElement('a'), { href: url, download: file });
  link.click();
  URL.revokeObjectURL(url);
}
