import { NativeSelect } from '@mantine/core';
import type { ReactNode } from 'react';
import { useDps } from '../names.js';
import { useT } from '../texts.js';

interface Props {
  value: string;
  onChange: (dp: string) => void;
}

/** Narrows a list to one DP. */
export function DpFilter({ value, onChange }: Props): ReactNode {
  const t = useT();
  const dps = useDps();
  const known = (dps.data?.items ?? []).map(({ id, name }) => ({ value: id, label: name }));
  // one that the address names counts, whether it is listed or not
  const others = value !== '' && known.every((one) => one.value !== value) ? [{ value, label: value }] : [];
  return (
    <NativeSelect
      aria-label={t('dp')}
      value={value}
      onChange={(event) => onChange(event.currentTarget.value)}
      data={[{ value: '', label: t('allDps') }, ...known, ...others]}
    />
  );
}
