import { language } from '../../texts.js';

const UNITS = [
  ['day', 86_400],
  ['hour', 3600],
  ['minute', 60],
] as const;

/** How long something took, in its two largest units. */
export function lastingText(from: string, until: string): string {
  const ms = Math.max(0, Date.parse(until) - Date.parse(from));
  const seconds = Math.round(ms / 1000);
  if (seconds < 10) return unitText(Math.round(ms / 100) / 10, 'second');
  const at = UNITS.findIndex(([, length]) => seconds >= length);
  const [unit, length] = UNITS[at] ?? ['second', 1];
  const [smaller, part] = UNITS[at + 1] ?? ['second', 1];
  if (at === -1) return unitText(seconds, 'second');
  const rest = Math.floor((seconds % length) / part);
  const most = unitText(Math.floor(seconds / length), unit);
  return rest === 0 ? most : `${most} ${unitText(rest, smaller)}`;
}

function unitText(value: number, unit: string): string {
  return new Intl.NumberFormat(language(), { style: 'unit', unit, unitDisplay: 'short' }).format(value);
}
