/** What imports say of rows, runs and directories. */
export const GERMAN_IMPORTS = {
  'Line {line}: {what}': 'Zeile {line}: {=what}',

  // names
  'Name is empty': 'Der Name ist leer',
  'Name is longer than {most} characters': 'Der Name ist länger als {most} Zeichen',
  'Name contains control characters': 'Der Name enthält Steuerzeichen',
  '{name} is not a valid international name': '{name} ist kein gültiger internationaler Name',
  '{name} is an IP address; a host name is needed (use the IP column)':
    '{name} ist eine IP-Adresse; nötig ist ein Hostname (für Adressen gibt es die Spalte IP)',
  '{name} starts with "{start}"': '{name} beginnt mit „{start}“',
  '{name} contains broken characters; the file was probably read with the wrong encoding':
    '{name} enthält zerstörte Zeichen; wahrscheinlich wurde die Datei mit falscher Kodierung gelesen',
  '{name} contains "{character}", which a computer name must not contain':
    '{name} enthält „{=character}“, was in einem Computernamen nicht vorkommen darf',
  '{name} has an empty label': '{name} hat einen leeren Teil zwischen zwei Punkten',
  '{name} looks like a broken IP address': '{name} sieht aus wie eine falsche IP-Adresse',
  '{name} consists of digits only': '{name} besteht nur aus Ziffern',
  '{name} is a reserved name': '{name} ist ein reservierter Name',
  'Label "{label}" is longer than {most} characters': 'Der Teil „{label}“ ist länger als {most} Zeichen',
  'Label {label} must start and end with a letter or digit and contain only letters, digits and hyphens':
    'Der Teil {label} muss mit Buchstabe oder Ziffer beginnen und enden und darf nur Buchstaben, Ziffern und Bindestriche enthalten',
  'non-ASCII name stored as {name}': 'Name mit Nicht-ASCII-Zeichen, gespeichert als {name}',
  'underscore in name': 'Unterstrich im Namen',
  'longer than {most} characters; NetBIOS name would be {name}':
    'länger als {most} Zeichen; der NetBIOS-Name wäre {name}',
  'name {name} and FQDN {fqdn} do not belong together; the FQDN counts':
    'Name {name} und FQDN {fqdn} gehören nicht zusammen; der FQDN gilt',

  // other cells
  '{found} found, {expected} expected': '{=found} gefunden, {expected} erwartet',
  '{count} columns': '{count} Spalten',
  '1 column': '1 Spalte',
  '{value}: value looks damaged by the export': '{value}: der Wert wurde wohl beim Export beschädigt',
  '{field} is cut to {most} characters': '{=field} ist auf {most} Zeichen gekürzt',
  '{value} is not an IP address': '{value} ist keine IP-Adresse',
  '{value} is not a date in format YYYY-MM-DD or DD.MM.YYYY':
    '{value} ist kein Datum der Form JJJJ-MM-TT oder TT.MM.JJJJ',
  'text behind a closing quote; the row could not be read':
    'Text hinter einem schließenden Anführungszeichen; die Zeile war nicht lesbar',
  'longer than {most} characters': 'länger als {most} Zeichen',

  // what is known already
  'Duplicate of line {line} ({name})': 'Doppelt, wie Zeile {line} ({name})',
  'Same NetBIOS name as line {line}': 'Gleicher NetBIOS-Name wie Zeile {line}',
  'Same NetBIOS name as the known computer {name}': 'Gleicher NetBIOS-Name wie der bekannte Computer {name}',
  'The tenant has no distribution point "{dp}"': 'Der Mandant hat keinen Verteilpunkt „{dp}“',
  'No distribution point; the server DP installs it': 'Kein Verteilpunkt; der Server-DP installiert ihn',
  '{name} is registered already; location rules decide its distribution point':
    '{name} ist schon registriert; über den Verteilpunkt entscheiden die Standortregeln',
  '{name} is the computer known as {known}': '{name} ist der als {known} bekannte Computer',
  '{name} is now {renamed}': '{name} heißt jetzt {renamed}',
  '{name} has an open order; its new name is taken at a later import':
    '{name} hat einen offenen Auftrag; der neue Name wird bei einem späteren Import übernommen',
  '{name} is known as another object of the directory (the computer was joined anew?). Delete the known computer, then import it again':
    '{name} ist als anderes Objekt des Verzeichnisses bekannt (wurde der Computer neu aufgenommen?). Löschen Sie den bekannten Computer und importieren Sie dann neu',
  '{known} cannot take the name {name}: another computer has it. If that one gets a new name by this import, import again afterwards; if the two swapped their names, or it is no longer there, delete it and import again':
    '{=known} kann den Namen {name} nicht bekommen: ein anderer Computer hat ihn. Bekommt jener durch diesen Import einen neuen Namen, importieren Sie danach noch einmal; haben die beiden ihre Namen getauscht, oder gibt es ihn nicht mehr, löschen Sie ihn und importieren Sie neu',
  '{name} {has}, fixed until its installation has finished. To change that, delete the computer and import it again':
    '{name} {=has}, fest bis zum Ende der Installation. Zum Ändern löschen Sie den Computer und importieren ihn neu',
  'is known with distribution point {dp}': 'ist mit Verteilpunkt {dp} bekannt',
  'is known without a distribution point (the server DP installs it)':
    'ist ohne Verteilpunkt bekannt (der Server-DP installiert ihn)',

  // between the preview and the commit
  'Became known between the preview and the commit': 'Zwischen Vorschau und Import bekannt geworden',
  '{name} has been deleted since the preview': '{name} wurde seit der Vorschau gelöscht',
  '{name} has been registered since the preview': '{name} hat sich seit der Vorschau registriert',
  'The distribution point {dp} has been deleted since the preview':
    'Der Verteilpunkt {dp} wurde seit der Vorschau gelöscht',

  // whole files
  'The file is empty.': 'Die Datei ist leer.',
  'The file has no rows.': 'Die Datei hat keine Zeilen.',
  'The file has more than {most} rows; divide it.':
    'Die Datei hat mehr als {most} Zeilen; teilen Sie sie auf.',
  'The file has no column {column}.': 'Die Datei hat keine Spalte {column}.',
  'The file is not a text file.': 'Die Datei ist keine Textdatei.',
  'The file is not a text file.{hint}': 'Die Datei ist keine Textdatei.{=hint}',
  ' It looks like an Excel workbook: save it as CSV first.':
    ' Sie sieht aus wie eine Excel-Mappe: speichern Sie sie zuerst als CSV.',
  'Column "{name}" occurs twice (columns {first} and {second})':
    'Die Spalte „{name}“ kommt zweimal vor (Spalten {first} und {second})',
  'No column for the computer name found. Known: {names}. Say which column it is, or name it so.':
    'Keine Spalte mit dem Computernamen gefunden. Bekannt sind: {names}. Sagen Sie, welche Spalte es ist, oder nennen Sie sie so.',
  'A quote opened in line {line} is never closed; rows from line {again} on could not be read':
    'Ein Anführungszeichen aus Zeile {line} wird nie geschlossen; ab Zeile {again} war nichts lesbar',
  'The upload has been deleted; import the file again.':
    'Die hochgeladene Datei ist gelöscht; importieren Sie sie neu.',
  '{computers}: the server DP installs directly': '{=computers}: der Server-DP installiert direkt',
  '1 computer has no distribution point': '1 Computer hat keinen Verteilpunkt',
  '{count} computers have no distribution point': '{count} Computer haben keinen Verteilpunkt',
  'The importer could not go on; its log says why.':
    'Der Importer kam nicht weiter; warum, steht in seinem Protokoll.',
  '{stopped} It tries again every {seconds} s, behind what is done.':
    '{=stopped} Er versucht es alle {seconds} s wieder, hinter dem, was getan ist.',

  // entries of a directory
  'The account may not read its objectGUID': 'Das Konto darf seine objectGUID nicht lesen',
  'Disabled in the directory': 'Im Verzeichnis deaktiviert',
  'Not seen for {days} days': 'Seit {days} Tagen nicht gesehen',
  'Operating system {os} is not {pattern}': 'Das Betriebssystem {=os} passt nicht zu {pattern}',
  'In none of the groups to include': 'In keiner der verlangten Gruppen',
  'In a group to exclude': 'In einer ausgeschlossenen Gruppe',
  '1 domain controller is left out': '1 Domänencontroller ist ausgelassen',
  '{count} domain controllers are left out': '{count} Domänencontroller sind ausgelassen',
  '{missing} of {known} computers known from this directory are no longer there.':
    '{missing} von {known} aus diesem Verzeichnis bekannten Computern gibt es dort nicht mehr.',
  '{gone} To import all the same, commit with confirmDrop.':
    '{=gone} Um trotzdem zu importieren, übernehmen Sie mit confirmDrop.',

  // directories
  'The directory has been deleted.': 'Das Verzeichnis wurde gelöscht.',
  'There are more than {most} computers; take fewer bases.':
    'Es sind mehr als {most} Computer; nehmen Sie weniger Suchbasen.',
  '"{filter}" is not an LDAP filter: {why}': '„{filter}“ ist kein LDAP-Filter: {why}',
  'The URL {fault}.': 'Die URL {=fault}.',
  'The bind password is empty; enter it again.':
    'Das Kennwort des Lesekontos ist leer; geben Sie es neu ein.',
  'The bind password is sealed to another key of the importers, or for another address: enter it again.':
    'Das Kennwort des Lesekontos ist für einen anderen Schlüssel der Importer oder eine andere Adresse versiegelt: geben Sie es neu ein.',
  '{server}: the name server does not answer.': '{server}: der Namensserver antwortet nicht.',
  '{server}: the name cannot be resolved ({code}).': '{server}: der Name lässt sich nicht auflösen ({code}).',
  '{server} does not answer.': '{server} antwortet nicht.',
  '{server} refuses the connection: {why}': '{server} lehnt die Verbindung ab: {why}',
  '{server} refuses StartTLS: {why}': '{server} lehnt StartTLS ab: {why}',
  'The certificate of {server} is for another name: {why}':
    'Das Zertifikat von {server} gilt für einen anderen Namen: {why}',
  'The certificate of {server} is not trusted ({code}). {hint}':
    'Dem Zertifikat von {server} wird nicht vertraut ({code}). {=hint}',
  'Give the certificate of its CA (caPem).': 'Geben Sie das Zertifikat seiner CA an (caPem).',
  'No encryption with {server}: {why}': 'Keine Verschlüsselung mit {server}: {why}',
  'The server takes passwords over encrypted connections only: use ldaps:// or startTls.':
    'Der Server nimmt Kennwörter nur über verschlüsselte Verbindungen: nehmen Sie ldaps:// oder startTls.',
  'The account or its password is wrong.': 'Das Konto oder sein Kennwort ist falsch.',
  'There is no such account, or its password is wrong.':
    'Das Konto gibt es nicht, oder sein Kennwort ist falsch.',
  'The account may not log on at this hour.': 'Das Konto darf sich um diese Zeit nicht anmelden.',
  'The account may not log on from this computer.':
    'Das Konto darf sich von diesem Computer aus nicht anmelden.',
  'The password of the account has expired.': 'Das Kennwort des Kontos ist abgelaufen.',
  'The account is disabled.': 'Das Konto ist deaktiviert.',
  'The account has expired.': 'Das Konto ist abgelaufen.',
  'The account has to change its password first.': 'Das Konto muss zuerst sein Kennwort ändern.',
  'The account is locked after too many wrong passwords.':
    'Das Konto ist nach zu vielen falschen Kennwörtern gesperrt.',
  'The server refuses the account ({code}).': 'Der Server lehnt das Konto ab ({code}).',
  'The server refuses the account: {why}': 'Der Server lehnt das Konto ab: {why}',
  'The connection to the directory was lost: {why}': 'Die Verbindung zum Verzeichnis ging verloren: {why}',
  'The directory has no "{base}", or the account may not see it.':
    'Das Verzeichnis hat kein „{base}“, oder das Konto darf es nicht sehen.',
  'The directory has no group "{group}".': 'Das Verzeichnis hat keine Gruppe „{group}“.',
  'The account may not read "{base}": {why}': 'Das Konto darf „{base}“ nicht lesen: {why}',
  'A limit of the server ended the search: {why}': 'Eine Grenze des Servers beendete die Suche: {why}',
  'The search in "{base}" failed: {why}': 'Die Suche in „{base}“ ist gescheitert: {why}',
  'Not encrypted': 'Nicht verschlüsselt',
  'Not tried': 'Nicht versucht',
  '1 computer': '1 Computer',
  '{count} computers': '{count} Computer',
  'more than {count} computers': 'mehr als {count} Computer',
} as const satisfies Record<string, string>;
