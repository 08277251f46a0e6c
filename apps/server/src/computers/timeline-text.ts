import {
  COMPUTER_STATE_TITLES,
  failureRule,
  isFailureCode,
  PHASES,
  type ComputerState,
  type EventKind,
  type Phase,
  type TimelineEvent,
} from '#domain';

export type Language = 'en' | 'de';

type Sentence = (event: TimelineEvent) => string;

/** What each kind of event says, in both languages. */
const SENTENCES = {
  imported: {
    en: (e) => `Imported${withDp(e, ' with distribution point ')}.`,
    de: (e) => `Importiert${withDp(e, ' mit Verteilpunkt ')}.`,
  },
  'import-changed': { en: () => 'Refreshed by an import.', de: () => 'Durch einen Import aufgefrischt.' },
  released: {
    en: (e) => `Installation released${by(e, ' by ')}; order for distribution point ${e.dp ?? '?'}.`,
    de: (e) => `Installation freigegeben${by(e, ' von ')}; Auftrag an Verteilpunkt ${e.dp ?? '?'}.`,
  },
  'action-asked': {
    en: (e) =>
      `Asked for${value(e, 'orderKind')}${by(e, ' by ')}; order for distribution point ${e.dp ?? '?'}.`,
    de: (e) => `Verlangt${value(e, 'orderKind')}${by(e, ' von ')}; Auftrag an Verteilpunkt ${e.dp ?? '?'}.`,
  },
  'order-passed-on': {
    en: (e) =>
      `${textOf(e, 'dpBefore') ?? '?'} could not do it${failureCode(e)}; distribution point ${e.dp ?? '?'} tries it now.`,
    de: (e) =>
      `${textOf(e, 'dpBefore') ?? '?'} kam nicht heran${failureCode(e)}; jetzt versucht es Verteilpunkt ${e.dp ?? '?'}.`,
  },
  'order-queued': {
    en: (e) => `The order waits on the queue of ${e.dp ?? '?'}.`,
    de: (e) => `Der Auftrag wartet in der Warteschlange von ${e.dp ?? '?'}.`,
  },
  'order-leased': { en: (e) => `Fetched by ${e.dp ?? '?'}.`, de: (e) => `Abgeholt von ${e.dp ?? '?'}.` },
  'order-accepted': {
    en: (e) => `${e.dp ?? 'The distribution point'} has begun.`,
    de: (e) => `${e.dp ?? 'Der Verteilpunkt'} hat begonnen.`,
  },
  'order-progress': { en: (e) => `In progress${phase(e, 'en')}.`, de: (e) => `In Arbeit${phase(e, 'de')}.` },
  'order-lease-lapsed': {
    en: (e) => `Nothing heard from ${e.dp ?? 'the distribution point'}; the order goes back to the queue.`,
    de: (e) =>
      `Nichts von ${e.dp ?? 'dem Verteilpunkt'} gehört; der Auftrag geht zurück in die Warteschlange.`,
  },
  'order-held-back': {
    en: (e) => `Held back${heldBack(e)}.`,
    de: (e) => `Zurückgehalten${heldBack(e)}.`,
  },
  'order-retry': {
    en: (e) => `It will be tried again${failure(e, 'en')}.`,
    de: (e) => `Es wird erneut versucht${failure(e, 'de')}.`,
  },
  'order-cancel-asked': {
    en: (e) => `Cancel asked for${by(e, ' by ')}.`,
    de: (e) => `Abbruch verlangt${by(e, ' von ')}.`,
  },
  'order-succeeded': {
    en: (e) => `Done${result(e)}.`,
    de: (e) => `Erledigt${result(e)}.`,
  },
  'order-failed': {
    en: (e) => `Failed${failure(e, 'en')}.`,
    de: (e) => `Fehlgeschlagen${failure(e, 'de')}.`,
  },
  'order-cancelled': { en: () => 'The order is cancelled.', de: () => 'Der Auftrag ist abgebrochen.' },
  'order-expired': { en: () => 'The order has expired.', de: () => 'Der Auftrag ist abgelaufen.' },
  'order-outcome-unknown': {
    en: () => 'The order ended without anybody knowing how; look at the computer.',
    de: () => 'Der Auftrag endete, ohne dass man weiß, wie; den Computer ansehen.',
  },
  'report-ignored': {
    en: (e) =>
      `${e.dp ?? 'The distribution point'} reported${value(e, 'state')} as well; the order had already moved on, so nothing had to change.`,
    de: (e) =>
      `Auch ${e.dp ?? 'der Verteilpunkt'} meldete sich${value(e, 'state')}; der Auftrag war schon weiter, es war nichts mehr zu ändern.`,
  },
  registered: {
    en: (e) => `The client has registered; now ${title(e.to, 'en')}.`,
    de: (e) => `Der Client hat sich registriert; jetzt ${title(e.to, 'de')}.`,
  },
  'register-refused': {
    en: (e) => `A registration was refused${value(e, 'code')}.`,
    de: (e) => `Eine Registrierung wurde abgelehnt${value(e, 'code')}.`,
  },
  ready: { en: () => 'Restarted and ready.', de: () => 'Neu gestartet und betriebsbereit.' },
  'dp-lifted': {
    en: () => 'The fixed distribution point is lifted.',
    de: () => 'Die feste Zuordnung zum Verteilpunkt ist aufgehoben.',
  },
  'dp-assigned': {
    en: (e) => `Assigned to ${e.dp ?? 'the server'} by location.`,
    de: (e) => `Nach Standort zugeordnet: ${e.dp ?? 'Server'}.`,
  },
  'alert-raised': { en: (e) => `Alert${alert(e)}.`, de: (e) => `Warnung${alert(e)}.` },
  'alert-cleared': { en: (e) => `Alert cleared${alert(e)}.`, de: (e) => `Warnung erledigt${alert(e)}.` },
  edited: { en: (e) => `Edited${by(e, ' by ')}.`, de: (e) => `Bearbeitet${by(e, ' von ')}.` },
  retired: { en: (e) => `Retired${by(e, ' by ')}.`, de: (e) => `Stillgelegt${by(e, ' von ')}.` },
  deleted: { en: (e) => `Deleted${by(e, ' by ')}.`, de: (e) => `Gelöscht${by(e, ' von ')}.` },
  reimported: {
    en: (e) => `Deleted and imported again${withDp(e, ' with distribution point ')}${by(e, ' by ')}.`,
    de: (e) => `Gelöscht und neu importiert${withDp(e, ' mit Verteilpunkt ')}${by(e, ' von ')}.`,
  },
} as const satisfies Record<EventKind, Record<Language, Sentence>>;

/** An event as a sentence. */
export function timelineText(event: TimelineEvent, language: Language): string {
  return SENTENCES[event.kind][language](event);
}

function textOf(event: TimelineEvent, field: string): string | null {
  const found = event.data[field];
  return typeof found === 'string' && found !== '' ? found : null;
}

function value(event: TimelineEvent, field: string): string {
  const text = textOf(event, field);
  return text === null ? '' : ` (${text})`;
}

function by(event: TimelineEvent, before: string): string {
  const text = textOf(event, 'by');
  return text === null ? '' : before + text;
}

function withDp(event: TimelineEvent, before: string): string {
  return event.dp === null ? '' : before + event.dp;
}

const PHASE_TITLES = {
  deliver: { en: 'fetching the client', de: 'Client wird geholt' },
  reach: { en: 'reaching the computer', de: 'Computer wird erreicht' },
  auth: { en: 'signing in', de: 'Anmeldung' },
  stage: { en: 'copying files', de: 'Dateien werden kopiert' },
  check: { en: 'checking', de: 'Prüfung' },
  install: { en: 'installing', de: 'Installation' },
  register: { en: 'registering', de: 'Registrierung' },
  restart: { en: 'restarting', de: 'Neustart' },
} as const satisfies Record<Phase, Record<Language, string>>;

function phase(event: TimelineEvent, language: Language): string {
  const percent = event.data['percent'];
  const named = PHASES.find((one) => one === event.data['phase']);
  const parts = [
    named ? PHASE_TITLES[named][language] : textOf(event, 'phase'),
    typeof percent === 'number' ? `${percent} %` : null,
  ];
  const said = parts.filter((part) => part !== null).join(', ');
  return said === '' ? '' : `: ${said}`;
}

function heldBack(event: TimelineEvent): string {
  const hold = event.data['heldBack'] as { code?: unknown } | undefined;
  return typeof hold?.code === 'string' ? ` (${hold.code})` : '';
}

function result(event: TimelineEvent): string {
  const text = textOf(event, 'result');
  return text === null || text === 'OK' ? '' : ` (${text})`;
}

function failureCode(event: TimelineEvent): string {
  const { code } = (event.data['failure'] ?? {}) as { code?: unknown };
  return typeof code === 'string' ? ` (${code})` : '';
}

function failure(event: TimelineEvent, language: Language): string {
  const { code } = (event.data['failure'] ?? {}) as { code?: unknown };
  if (typeof code !== 'string') return '';
  return isFailureCode(code)
    ? `: ${code}. ${failureRule(code).hint[language].replace(/\.$/, '')}`
    : `: ${code}`;
}

function alert(event: TimelineEvent): string {
  const { text } = (event.data['alert'] ?? {}) as { text?: unknown };
  return typeof text === 'string' ? `: ${text.replace(/\.$/, '')}` : '';
}

function title(state: string | null, language: Language): string {
  if (state === null || !Object.hasOwn(COMPUTER_STATE_TITLES, state)) return state ?? '?';
  return COMPUTER_STATE_TITLES[state as ComputerState][language];
}
