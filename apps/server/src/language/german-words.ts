import { COMPUTER_STATE_TITLES } from '#domain';

/** Words that stand in English sentences, in German: states, roles, kinds, as the console calls them. */
export const GERMAN_WORDS: Readonly<Record<string, string>> = {
  ...Object.fromEntries(Object.values(COMPUTER_STATE_TITLES).map(({ en, de }) => [en, de])),

  viewer: 'Betrachter',
  operator: 'Bediener',
  admin: 'Administrator',
  owner: 'Inhaber',

  planned: 'geplant',
  queued: 'eingereiht',
  leased: 'abgeholt',
  running: 'in Arbeit',
  cancelling: 'im Abbruch',
  succeeded: 'erfolgreich beendet',
  failed: 'fehlgeschlagen',
  cancelled: 'abgebrochen',
  expired: 'abgelaufen',
  'outcome-unknown': 'mit unbekanntem Ausgang beendet',

  'install-client': 'Installation',
  reinstall: 'Neuinstallation',
  'uninstall-client': 'Deinstallation',
  restart: 'Neustart',
  probe: 'Erreichbarkeitsprüfung',

  draft: 'ein Entwurf',
  published: 'veröffentlicht',
  withdrawn: 'zurückgezogen',

  reading: 'beim Lesen',
  previewed: 'bei der Vorschau',
  committing: 'beim Übernehmen',
  committed: 'übernommen',
  undone: 'rückgängig gemacht',
  discarded: 'verworfen',

  account: 'Konto',
  'client release': 'Client-Version',
  address: 'Adresse',
  'public address': 'öffentliche Adresse',
  gateway: 'Gateway',
  'MAC address of its gateway': 'MAC-Adresse des Gateways',
  'DNS suffix': 'DNS-Suffix',
  'AD site': 'AD-Standort',

  'The server DP': 'Der Server-DP',
  'the server DP': 'den Server-DP',
  'The server DP, which does direct installs,': 'Der Server-DP, der direkt installiert,',
  'The computer': 'Der Computer',
  space: 'Leerzeichen',
  unknown: 'unbekannt',
  'a platform': 'eine Plattform',
  description: 'Beschreibung',
  location: 'Standort',
  os: 'Betriebssystem',
  version: 'Version',
};
