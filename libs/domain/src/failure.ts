import type { DpId } from './ids.js';

/** The way of an order; a later phase proves the earlier ones. */
export const PHASES = [
  'deliver',
  'reach',
  'auth',
  'stage',
  'check',
  'install',
  'register',
  'restart',
] as const;
export type Phase = (typeof PHASES)[number];

/**
 * What follows from a failure.
 * - `backoff`: again after 1, 5, 15, 60 minutes, then hourly
 * - `reachable`: again as soon as the computer answers; costs no attempt
 * - `verify`: outcome unknown; look at the computer first, then `backoff`
 * - `fix`: a person mends it and retries
 * - `brake`: as `fix`, and every order that shares the cause stops until a person lifts the brake
 * - `never`: retrying cannot help
 * - `done`: not a failure; reported as succeeded with this code as the result
 * - `waits`: starts again when its time comes; costs no attempt
 */
export const RETRY_CLASSES = [
  'backoff',
  'reachable',
  'verify',
  'fix',
  'brake',
  'never',
  'done',
  'waits',
] as const;
export type RetryClass = (typeof RETRY_CLASSES)[number];

export interface FailureRule {
  /** Null: can happen in any phase. */
  phase: Phase | null;
  retry: RetryClass;
  /** Tries of this failure before it counts as `fix`; absent: as many as the order allows. */
  tries?: number;
  /** What to do, not what happened. */
  hint: { en: string; de: string };
}

const rule = (
  phase: Phase | null,
  retry: RetryClass,
  en: string,
  de: string,
  tries?: number,
): FailureRule => ({ phase, retry, hint: { en, de }, ...(tries === undefined ? {} : { tries }) });

/** The one list of failures; server, DP agent and console read it. */
export const FAILURES = {
  DELIVERY_EXPIRED: rule(
    'deliver',
    'fix',
    'Check that the distribution point is running and polling, then release again.',
    'Prüfen, ob der Verteilpunkt läuft und abfragt, dann erneut freigeben.',
  ),
  DP_DISABLED: rule(
    'deliver',
    'fix',
    'Enable the distribution point, then release again.',
    'Den Verteilpunkt freischalten, dann erneut freigeben.',
  ),
  LEASE_LOST: rule(
    null,
    'verify',
    'Check the connection and the load of the distribution point.',
    'Verbindung und Auslastung des Verteilpunkts prüfen.',
  ),
  DP_INTERNAL: rule(
    null,
    'backoff',
    'Read the log of the DP agent; check its disk space and state folder.',
    'Protokoll des DP-Agenten lesen; Plattenplatz und Statusordner prüfen.',
    3,
  ),
  NAME_NOT_RESOLVED: rule(
    'reach',
    'backoff',
    'Check the DNS record of the computer at the site, or enter its address.',
    'DNS-Eintrag des Computers am Standort prüfen oder seine Adresse eintragen.',
    3,
  ),
  WRONG_COMPUTER: rule(
    'reach',
    'never',
    'The address belongs to another computer: correct the address or the DNS record, then import again.',
    'Die Adresse gehört einem anderen Computer: Adresse oder DNS-Eintrag berichtigen, dann neu importieren.',
  ),
  HOST_UNREACHABLE: rule(
    'reach',
    'reachable',
    'Switch the computer on or connect it to the network of its site.',
    'Den Computer einschalten oder mit dem Netz seines Standorts verbinden.',
  ),
  CONNECT_TIMEOUT: rule(
    'reach',
    'reachable',
    'Switch the computer on; if it is on, check the firewall between it and the distribution point.',
    'Den Computer einschalten; läuft er, die Firewall zwischen ihm und dem Verteilpunkt prüfen.',
  ),
  PORT_CLOSED: rule(
    'reach',
    'backoff',
    'Start the remote access service (SSH) on the computer or open its port in the firewall.',
    'Den Fernzugriffsdienst (SSH) auf dem Computer starten oder seinen Port in der Firewall öffnen.',
    2,
  ),
  NOT_SSH: rule(
    'reach',
    'fix',
    'Another service answers on this port, or its algorithms are too old: check the SSH server.',
    'Auf diesem Port antwortet ein anderer Dienst, oder seine Verfahren sind zu alt: den SSH-Server prüfen.',
  ),
  HOST_KEY_UNKNOWN: rule(
    'auth',
    'fix',
    'Compare the host key on the computer and confirm it, or allow pinning on first use.',
    'Den Host-Schlüssel am Computer vergleichen und bestätigen oder das Merken beim ersten Kontakt erlauben.',
  ),
  HOST_KEY_CHANGED: rule(
    'auth',
    'never',
    'Find out why the host key changed (new installation or attack) before anything is sent to this computer.',
    'Klären, warum sich der Host-Schlüssel geändert hat (Neuinstallation oder Angriff), bevor etwas an den Computer geht.',
  ),
  AUTH_FAILED: rule(
    'auth',
    'brake',
    'Check user name and password of the account, then lift the brake.',
    'Benutzername und Kennwort des Kontos prüfen, dann die Bremse lösen.',
  ),
  ACCOUNT_LOCKED: rule(
    'auth',
    'brake',
    'Unlock the account in the directory, then lift the brake.',
    'Das Konto im Verzeichnis entsperren, dann die Bremse lösen.',
  ),
  ACCOUNT_DISABLED_OR_EXPIRED: rule(
    'auth',
    'brake',
    'Enable the account or extend it, then lift the brake.',
    'Das Konto aktivieren oder verlängern, dann die Bremse lösen.',
  ),
  PASSWORD_CHANGE_REQUIRED: rule(
    'auth',
    'brake',
    'Set a new password for the account and enter it here, then lift the brake.',
    'Für das Konto ein neues Kennwort setzen und hier eintragen, dann die Bremse lösen.',
  ),
  KEY_UNUSABLE: rule(
    'auth',
    'fix',
    'Enter the private key again with its passphrase.',
    'Den privaten Schlüssel mit seiner Passphrase neu eintragen.',
  ),
  NO_ACCOUNT: rule(
    'auth',
    'fix',
    'Create an account for this tenant and distribution point.',
    'Ein Konto für diesen Mandanten und Verteilpunkt anlegen.',
  ),
  ACCOUNT_UNSEALABLE: rule(
    'auth',
    'fix',
    'The distribution point has new keys: enter the password of the account again.',
    'Der Verteilpunkt hat neue Schlüssel: das Kennwort des Kontos erneut eintragen.',
  ),
  NOT_ADMIN: rule(
    'auth',
    'fix',
    'Give the account administrative rights on the computer (sudo).',
    'Dem Konto auf dem Computer Administratorrechte geben (sudo).',
  ),
  SUDO_PASSWORD_REQUIRED: rule(
    'auth',
    'fix',
    'Store the password of the account, or allow it sudo without one.',
    'Das Kennwort des Kontos hinterlegen oder ihm sudo ohne Kennwort erlauben.',
  ),
  RELEASE_UNAVAILABLE: rule(
    'stage',
    'backoff',
    'Upload the file of the client release for this platform.',
    'Die Datei der Client-Version für diese Plattform hochladen.',
    3,
  ),
  DIGEST_MISMATCH: rule(
    'stage',
    'brake',
    'The file was damaged or exchanged on its way: check the distribution point and upload the release again.',
    'Die Datei wurde unterwegs beschädigt oder vertauscht: Verteilpunkt prüfen und die Version neu hochladen.',
  ),
  COPY_FAILED: rule(
    'stage',
    'backoff',
    'Check the connection between distribution point and computer.',
    'Verbindung zwischen Verteilpunkt und Computer prüfen.',
    3,
  ),
  DISK_FULL: rule(
    'stage',
    'fix',
    'Free space on the disk of the computer.',
    'Auf der Platte des Computers Platz schaffen.',
  ),
  PATH_DENIED: rule(
    'stage',
    'fix',
    'Allow the account to write to and run programs from its temporary folder.',
    'Dem Konto erlauben, in seinem temporären Ordner zu schreiben und Programme auszuführen.',
  ),
  PLATFORM_UNSUPPORTED: rule(
    'check',
    'never',
    'There is no client release for this operating system or processor.',
    'Für dieses Betriebssystem oder diesen Prozessor gibt es keine Client-Version.',
  ),
  PENDING_RESTART_BLOCKS: rule(
    'check',
    'reachable',
    'Restart the computer; the installation then goes on by itself.',
    'Den Computer neu starten; die Installation geht danach von selbst weiter.',
  ),
  ALREADY_INSTALLED: rule(
    'check',
    'done',
    'Nothing to do: this version is installed already.',
    'Nichts zu tun: diese Version ist schon installiert.',
  ),
  NEWER_INSTALLED: rule(
    'check',
    'done',
    'Nothing to do: a newer version is installed.',
    'Nichts zu tun: eine neuere Version ist installiert.',
  ),
  WINDOW_CLOSED: rule(
    'check',
    'waits',
    'Wait for the maintenance window, or change it.',
    'Das Wartungsfenster abwarten oder ändern.',
  ),
  INSTALLER_BUSY: rule(
    'install',
    'backoff',
    'Another installation is running on the computer; it is tried again.',
    'Auf dem Computer läuft eine andere Installation; es wird erneut versucht.',
  ),
  INSTALLER_FAILED: rule(
    'install',
    'backoff',
    'Read the installer output in the timeline and mend the cause on the computer.',
    'Die Ausgabe des Installers im Verlauf lesen und die Ursache auf dem Computer beheben.',
    2,
  ),
  INSTALLER_KILLED: rule(
    'install',
    'backoff',
    'Find out what ended the installer (memory, protection software, a person).',
    'Klären, was den Installer beendet hat (Speicher, Schutzsoftware, eine Person).',
    2,
  ),
  INSTALLER_REJECTED: rule(
    'install',
    'brake',
    'The client release is broken: upload a sound one, then lift the brake.',
    'Die Client-Version ist fehlerhaft: eine einwandfreie hochladen, dann die Bremse lösen.',
  ),
  BLOCKED_BY_POLICY: rule(
    'install',
    'fix',
    'Allow the installation in the policies of the computer.',
    'Die Installation in den Richtlinien des Computers erlauben.',
  ),
  INSTALL_TIMEOUT: rule(
    'install',
    'verify',
    'Look at the computer: the installer took longer than allowed.',
    'Den Computer ansehen: der Installer brauchte länger als erlaubt.',
    2,
  ),
  OUTCOME_UNKNOWN: rule(
    'install',
    'verify',
    'Look at the computer: the connection was lost and the result could not be read.',
    'Den Computer ansehen: die Verbindung riss ab und das Ergebnis war nicht zu lesen.',
  ),
  RESTART_REQUIRED: rule('install', 'done', 'Restart the computer.', 'Den Computer neu starten.'),
  RESTART_STARTED: rule('install', 'done', 'The computer is restarting.', 'Der Computer startet neu.'),
  REGISTER_TIMEOUT: rule(
    'register',
    'fix',
    'Check that the computer can reach the server or the gateway over HTTPS.',
    'Prüfen, ob der Computer den Server oder das Gateway über HTTPS erreicht.',
  ),
  REGISTER_MISMATCH: rule(
    'register',
    'never',
    'Another computer registered with this token: compare names and addresses.',
    'Ein anderer Computer hat sich mit diesem Token registriert: Namen und Adressen vergleichen.',
  ),
  REGISTER_TOKEN_SPENT: rule(
    'register',
    'fix',
    'Release the computer again for a new token.',
    'Den Computer für ein neues Token erneut freigeben.',
  ),
  ORDER_CANCELLED: rule(
    null,
    'never',
    'Release the computer again when it is to be installed.',
    'Den Computer erneut freigeben, wenn er installiert werden soll.',
  ),
  COMPUTER_DELETED: rule(
    null,
    'never',
    'Import the computer again when it is to be installed.',
    'Den Computer neu importieren, wenn er installiert werden soll.',
  ),
  UNKNOWN: rule(
    null,
    'backoff',
    'Read the native message in the timeline.',
    'Die ursprüngliche Meldung im Verlauf lesen.',
    3,
  ),
} as const satisfies Record<string, FailureRule>;

export type FailureCode = keyof typeof FAILURES;
export const FAILURE_CODES = Object.keys(FAILURES) as FailureCode[];

export function isFailureCode(text: string): text is FailureCode {
  return Object.hasOwn(FAILURES, text);
}

export function failureRule(code: FailureCode): FailureRule {
  return FAILURES[code];
}

/** What another system said, kept as it was. */
export interface NativeSign {
  /** Such as `ssh2`, `sudo`, `sftp`, `installer`. */
  system: string;
  code: string;
  text: string;
}

/** One failure that happened. */
export interface FailureRecord {
  code: FailureCode;
  phase: Phase;
  native: NativeSign | null;
  /** The order's attempt it ended. */
  attempt: number;
  at: Date;
  dp: DpId;
}
