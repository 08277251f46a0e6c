/** Why something is refused, and what becomes of it otherwise. */
export const GERMAN_REFUSALS = {
  // who may what
  'Nobody may do this.': 'Das darf niemand.',
  'This takes the role {needed}; you are {role}.': 'Dafür ist die Rolle {=needed} nötig; Sie sind {=role}.',
  'Log in, or send an API token as Bearer.': 'Melden Sie sich an, oder senden Sie ein API-Token als Bearer.',
  'Log in, or send an API token.': 'Melden Sie sich an, oder senden Sie ein API-Token.',
  'The session has ended; log in again.': 'Die Sitzung ist beendet; melden Sie sich neu an.',
  'The API token is not valid, or has expired.': 'Das API-Token gilt nicht oder ist abgelaufen.',
  'A change with a session cookie needs the header X-Requested-With.':
    'Eine Änderung mit Sitzungs-Cookie braucht den Header X-Requested-With.',
  'Nobody can give a role or tenants beyond their own.':
    'Niemand kann eine Rolle oder Mandanten vergeben, die über die eigenen hinausgehen.',
  'Too many failed logins; wait before you try again.':
    'Zu viele fehlgeschlagene Anmeldungen; warten Sie vor dem nächsten Versuch.',
  'An API token has no password.': 'Ein API-Token hat kein Kennwort.',
  'User or password is wrong.': 'Benutzer oder Kennwort ist falsch.',
  'The user was changed at the same time; try again.':
    'Der Benutzer wurde gleichzeitig geändert; versuchen Sie es noch einmal.',
  'This is the last user who may do everything; make another first.':
    'Das ist der letzte Benutzer, der alles darf; legen Sie zuerst einen weiteren an.',
  'Metrics take the token of METRICS_TOKEN.': 'Die Metriken verlangen das Token aus METRICS_TOKEN.',
  'This download is not allowed, or not any more; ask for it again.':
    'Dieser Abruf ist nicht oder nicht mehr erlaubt; fordern Sie ihn neu an.',
  'Distribution points without a tenant are managed by owners of all tenants.':
    'Verteilpunkte ohne Mandant verwalten die Inhaber aller Mandanten.',
  'Settings that count for every tenant are changed by owners of all tenants.':
    'Einstellungen für alle Mandanten ändern die Inhaber aller Mandanten.',
  'Only owners of all tenants make new ones.': 'Neue Mandanten legen nur die Inhaber aller Mandanten an.',
  'Dead letters are for those who may see all tenants.':
    'Unzustellbare Nachrichten sind für die, die alle Mandanten sehen dürfen.',
  'This brake concerns every tenant; somebody who sees all of them has to lift it.':
    'Diese Bremse betrifft alle Mandanten; lösen muss sie jemand, der alle sieht.',
  'Such a brake would stop orders of other tenants as well.':
    'Eine solche Bremse würde auch Aufträge anderer Mandanten anhalten.',

  // what is not there, or there already
  'There is nothing at this address.': 'Unter dieser Adresse ist nichts.',
  'There is no such API token.': 'Dieses API-Token gibt es nicht.',
  'There is no such account.': 'Dieses Konto gibt es nicht.',
  'There is no such brake.': 'Diese Bremse gibt es nicht.',
  'There is no such client release.': 'Diese Client-Version gibt es nicht.',
  'There is no such computer.': 'Diesen Computer gibt es nicht.',
  'There is no such dead letter.': 'Diese unzustellbare Nachricht gibt es nicht.',
  'There is no such directory.': 'Dieses Verzeichnis gibt es nicht.',
  'There is no such distribution point.': 'Diesen Verteilpunkt gibt es nicht.',
  'There is no such file for this distribution point.': 'Diese Datei gibt es für diesen Verteilpunkt nicht.',
  'There is no such import.': 'Diesen Import gibt es nicht.',
  'There is no such location rule.': 'Diese Standortregel gibt es nicht.',
  'There is no such order.': 'Diesen Auftrag gibt es nicht.',
  'There are no such settings.': 'Diese Einstellungen gibt es nicht.',
  'There is no such tenant.': 'Diesen Mandanten gibt es nicht.',
  'There is no such user.': 'Diesen Benutzer gibt es nicht.',
  'There is no client release {version}.': 'Es gibt keine Client-Version {version}.',
  'There is a user {name} already.': 'Es gibt schon einen Benutzer {name}.',
  'There is a client release {version} already.': 'Es gibt schon eine Client-Version {version}.',
  'There is a distribution point {dp} already.': 'Es gibt schon einen Verteilpunkt {dp}.',
  'There is a tenant {tenant} already.': 'Es gibt schon einen Mandanten {tenant}.',
  'Tenant {tenant} has a directory "{name}" already.': 'Mandant {tenant} hat schon ein Verzeichnis „{name}“.',
  'There is another one with this name.': 'Es gibt schon etwas mit diesem Namen.',

  // changed at the same time
  'The user was changed meanwhile; look at it again.':
    'Der Benutzer wurde inzwischen geändert; sehen Sie ihn sich noch einmal an.',
  'The account was changed meanwhile; look at it again.':
    'Das Konto wurde inzwischen geändert; sehen Sie es sich noch einmal an.',
  'The client release was changed meanwhile; look at it again.':
    'Die Client-Version wurde inzwischen geändert; sehen Sie sie sich noch einmal an.',
  'The directory was changed meanwhile; look at it again.':
    'Das Verzeichnis wurde inzwischen geändert; sehen Sie es sich noch einmal an.',
  'The distribution point was changed meanwhile; look at it again.':
    'Der Verteilpunkt wurde inzwischen geändert; sehen Sie ihn sich noch einmal an.',
  'The location rule was changed meanwhile; look at it again.':
    'Die Standortregel wurde inzwischen geändert; sehen Sie sie sich noch einmal an.',
  'The tenant was changed meanwhile; look at it again.':
    'Der Mandant wurde inzwischen geändert; sehen Sie ihn sich noch einmal an.',
  'This is at revision {now} now, not {demanded}: load it again and repeat your change.':
    'Das steht jetzt bei Revision {now}, nicht {demanded}: laden Sie es neu und wiederholen Sie die Änderung.',

  // computers
  '{name} is {state}; actions are for registered computers.':
    '{name}: {=state}; Aktionen gibt es nur für registrierte Computer.',
  '{name} is {state}; only computers that are not installed can be released.':
    '{name}: {=state}; freigeben lassen sich nur Computer, die nicht installiert sind.',
  '{name} is {state}; retire it before it is deleted.':
    '{name}: {=state}; legen Sie den Computer still, bevor Sie ihn löschen.',
  '{name} is {state}; only ready computers can be retired.':
    '{name}: {=state}; stilllegen lassen sich nur betriebsbereite Computer.',
  '{name} has an open order ({kind}); let it end or cancel it first.':
    '{name} hat einen offenen Auftrag ({=kind}); warten Sie sein Ende ab, oder brechen Sie ihn ab.',
  '{name} has an open order of another kind ({kind}).':
    '{name} hat einen offenen Auftrag anderer Art ({=kind}).',
  '{name} has an open order; cancel it first.':
    '{name} hat einen offenen Auftrag; brechen Sie ihn zuerst ab.',
  '{name} is not registered.': '{name} ist nicht registriert.',
  '{name} is registered; location rules decide its distribution point.':
    '{name} ist registriert; über den Verteilpunkt entscheiden die Standortregeln.',
  '{name} is installed and about to register; then its fixed distribution point is lifted by itself.':
    '{name} ist installiert und registriert sich gleich; dann wird die feste Zuordnung von selbst aufgehoben.',
  '{name} is not installed yet: {dp}, fixed at import until the installation has finished. To change it, delete the computer and import it again with another distribution point.':
    '{name} ist noch nicht installiert: {=dp}, seit dem Import fest zugeordnet, bis die Installation beendet ist. Zum Ändern löschen Sie den Computer und importieren ihn mit einem anderen Verteilpunkt neu.',
  'its distribution point is {dp}': 'sein Verteilpunkt ist {dp}',
  'it has no distribution point': 'er hat keinen Verteilpunkt',
  'The computer is deleted.': 'Der Computer ist gelöscht.',
  'This registration token belongs to an earlier order.':
    'Dieses Registrierungs-Token gehört zu einem früheren Auftrag.',
  'This registration token has been used.': 'Dieses Registrierungs-Token ist verbraucht.',
  'The registration token is not valid.': 'Das Registrierungs-Token gilt nicht.',
  'The client secret is missing.': 'Das Client-Geheimnis fehlt.',
  'The client secret is not valid.': 'Das Client-Geheimnis gilt nicht.',
  'This token was made for {name}, not for {said}.':
    'Dieses Token wurde für {name} ausgestellt, nicht für {said}.',
  'Its order waits for distribution point {dp}, which has not asked since {time}.':
    'Der Auftrag wartet auf Verteilpunkt {dp}, der sich seit {time} nicht gemeldet hat.',
  'A client that calls itself {said} showed the registration token made for {name}.':
    'Ein Client, der sich {said} nennt, zeigte das für {name} ausgestellte Registrierungs-Token.',
  'The client was uninstalled: install it again, or retire the computer.':
    'Der Client wurde deinstalliert: installieren Sie ihn neu, oder legen Sie den Computer still.',
  'Installed according to its distribution point, but the client has not registered.':
    'Laut Verteilpunkt installiert, aber der Client hat sich nicht registriert.',
  'The restart after the installation is overdue.': 'Der Neustart nach der Installation ist überfällig.',

  // orders
  'An install order for {name} is put on the queue of distribution point {dp}, which fetches it at its next poll.':
    'Ein Installationsauftrag für {name} kommt in die Warteschlange von Verteilpunkt {dp}, der ihn bei seiner nächsten Abfrage holt.',
  '{name} has no distribution point; it is installed directly, by the server DP.':
    '{name} hat keinen Verteilpunkt und wird direkt durch den Server-DP installiert.',
  '{name} is released already; its order {order} is on its way.':
    '{name} ist schon freigegeben; Auftrag {order} ist unterwegs.',
  'An order for {name} is put on the queue of distribution point {dp}.':
    'Ein Auftrag für {name} kommt in die Warteschlange von Verteilpunkt {dp}.',
  '{name} is probed by distribution point {dp}.': 'Verteilpunkt {dp} prüft, ob {name} erreichbar ist.',
  '{name} is tried directly, by the server DP.': '{name} wird direkt durch den Server-DP versucht.',
  '{name} is tried directly, by the server DP; if that cannot reach it, by distribution point {dp}.':
    '{name} wird direkt durch den Server-DP versucht; erreicht der ihn nicht, durch Verteilpunkt {dp}.',
  'Order {order} for this is open already.': 'Auftrag {order} dafür ist schon offen.',
  'The order is cancelled.': 'Der Auftrag ist abgebrochen.',
  'Its distribution point is told to stop; the cancel ends by {time}.':
    'Dem Verteilpunkt wird gesagt, dass er aufhören soll; der Abbruch endet bis {time}.',
  'The order has ended: it is {state}.': 'Der Auftrag ist zu Ende: {=state}.',
  'The order is {state}; there is nothing to retry.':
    'Der Auftrag ist {=state}; es gibt nichts zu wiederholen.',
  'It has not asked since {time}; {count} orders wait for it.':
    'Er hat sich seit {time} nicht gemeldet; {count} Aufträge warten auf ihn.',
  'The order is due now.': 'Der Auftrag ist jetzt fällig.',
  'Its ticket waits for {dp} already.': 'Der Auftrag wartet schon auf {dp}.',
  'Its order is {state} at distribution point {dp}; cancel it first, or force the removal.':
    'Sein Auftrag ist bei Verteilpunkt {dp} {=state}; brechen Sie ihn zuerst ab, oder erzwingen Sie das Löschen.',
  'No distribution point can reach {name}.': 'Kein Verteilpunkt kann {name} erreichen.',
  'Distribution point {dp}': 'Verteilpunkt {dp}',
  'distribution point {dp}': 'Verteilpunkt {dp}',
  '{which} is not enabled, so nobody can reach {name}.':
    '{=which} ist nicht freigeschaltet, also kann niemand {name} erreichen.',
  '{which} is not enabled, so {name} cannot be installed yet.':
    '{=which} ist nicht freigeschaltet, also lässt sich {name} noch nicht installieren.',
  'No account is stored for {which}, neither centrally nor on it; enter one first.':
    'Für {=which} ist kein Konto hinterlegt, weder zentral noch auf ihm selbst; geben Sie zuerst eines ein.',
  'No client release is published as the default; publish one, or name the release.':
    'Keine Client-Version ist als Standard veröffentlicht; veröffentlichen Sie eine, oder nennen Sie die Version.',
  'Client release {version}, which the settings have as the default, is not published any more.':
    'Client-Version {version}, in den Einstellungen der Standard, ist nicht mehr veröffentlicht.',
  'Client release {version} is {state}, not published.':
    'Client-Version {version} ist {=state}, nicht veröffentlicht.',
  'The filter matches more than {most} computers; narrow it.':
    'Der Filter trifft auf mehr als {most} Computer zu; engen Sie ihn ein.',

  // distribution points, brakes, client releases, tenants
  'The server DP belongs to the server and stays.': 'Der Server-DP gehört zum Server und bleibt.',
  '{computers} computers are fixed to this distribution point and {orders} of its orders are open; install, delete or cancel them first.':
    '{computers} Computer sind diesem Verteilpunkt fest zugeordnet, und {orders} seiner Aufträge sind offen; installieren, löschen oder beenden Sie diese zuerst.',
  'The join token is not valid.': 'Das Beitritts-Token gilt nicht.',
  'The join token has already been used; ask for a new one.':
    'Das Beitritts-Token ist verbraucht; fordern Sie ein neues an.',
  'The join token has expired; ask for a new one.':
    'Das Beitritts-Token ist abgelaufen; fordern Sie ein neues an.',
  'This distribution point has not joined yet.': 'Dieser Verteilpunkt ist noch nicht beigetreten.',
  'This token has been used for a key rotation.':
    'Dieses Token wurde schon für einen Schlüsselwechsel benutzt.',
  'No machine has joined as this distribution point yet; run its join command first.':
    'Noch ist keine Maschine als dieser Verteilpunkt beigetreten; führen Sie dort zuerst den Beitrittsbefehl aus.',
  'The key fingerprint is {fingerprint}, not {said}.':
    'Der Fingerabdruck des Schlüssels ist {fingerprint}, nicht {said}.',
  'This distribution point is not enabled; it gets no files.':
    'Dieser Verteilpunkt ist nicht freigeschaltet; er bekommt keine Dateien.',
  'The brake was lifted by {who} already.': 'Die Bremse hat {who} schon gelöst.',
  'Client release {version} is published; withdraw it first.':
    'Client-Version {version} ist veröffentlicht; ziehen Sie sie zuerst zurück.',
  'Open orders install client release {version}; let them end first.':
    'Offene Aufträge installieren Client-Version {version}; warten Sie ihr Ende ab.',
  'A withdrawn client release cannot be the default.':
    'Eine zurückgezogene Client-Version kann nicht Standard sein.',
  'Client release {version} is {state}; it cannot become {wanted}.':
    'Client-Version {version} ist {=state}; sie kann nicht „{=wanted}“ werden.',
  'Upload the file for {platforms} before it is published.':
    'Laden Sie vor dem Veröffentlichen die Datei für {=platforms} hoch.',
  'Client release {version} has no platform {platform}.':
    'Client-Version {version} hat keine Plattform {platform}.',
  'The file of another platform is called {name}; give this one another name.':
    'Die Datei einer anderen Plattform heißt {name}; geben Sie dieser einen anderen Namen.',
  'Client release {version} is {state}; only a draft can be changed. Make a new version.':
    'Client-Version {version} ist {=state}; ändern lässt sich nur ein Entwurf. Legen Sie eine neue Version an.',
  'Send the file as the raw body, as application/octet-stream.':
    'Senden Sie die Datei als rohen Inhalt mit application/octet-stream.',
  'The file has {size} bytes.': 'Die Datei hat {size} Bytes.',
  'The file has more than {limit} bytes.': 'Die Datei hat mehr als {limit} Bytes.',
  'Where this letter came from is not known.': 'Woher diese Nachricht kam, ist nicht bekannt.',
  'Its queue {queue} does not exist.': 'Ihre Warteschlange {queue} gibt es nicht.',
  'Tenant {tenant} still owns {what}; delete them first.':
    'Mandant {tenant} besitzt noch {what}; löschen Sie das zuerst.',

  // imports
  'The import is {state}; {wish}.': 'Der Import ist {=state}; {=wish}.',
  'only one that is previewed can be committed': 'übernehmen lässt er sich nur bei der Vorschau',
  'it cannot be discarded any more': 'verwerfen lässt er sich nicht mehr',
  'only one that is committed can be undone': 'rückgängig machen lässt sich nur ein übernommener',
  'only one that is previewed or failed can be read again':
    'neu lesen lässt sich nur einer bei der Vorschau oder ein fehlgeschlagener',
  '{missing} of {known} computers known from this directory are missing. Check its bases and filter; to import all the same, commit with confirmDrop.':
    '{missing} von {known} aus diesem Verzeichnis bekannten Computern fehlen. Prüfen Sie Suchbasen und Filter; um trotzdem zu importieren, übernehmen Sie mit confirmDrop.',
  'No importer answers ({why}); try again.': 'Kein Importer antwortet ({why}); versuchen Sie es noch einmal.',

  // requests
  'The request is not valid: it has {count} faults.': 'Die Anfrage ist ungültig: sie hat {count} Fehler.',
  'The request is not valid: {fault}.': 'Die Anfrage ist ungültig: {=fault}.',
  'The {message} is not valid.': 'Ungültig: {message}.',
  'The request is not valid.': 'Die Anfrage ist ungültig.',
  'The cursor is not valid.': 'Die Seitenmarke gilt nicht.',
  'The body must be a JSON object, not null.': 'Der Inhalt muss ein JSON-Objekt sein, nicht null.',
  'The body is nested too deeply.': 'Der Inhalt ist zu tief verschachtelt.',
  'The body is larger than allowed.': 'Der Inhalt ist größer als erlaubt.',
  'Send JSON with Content-Type: application/json.': 'Senden Sie JSON mit Content-Type: application/json.',
  'This address takes {methods}.': 'Diese Adresse nimmt {methods}.',
  'This Idempotency-Key belongs to another request; use a new one.':
    'Dieser Idempotency-Key gehört zu einer anderen Anfrage; nehmen Sie einen neuen.',
  'The first request with this Idempotency-Key is still under way.':
    'Die erste Anfrage mit diesem Idempotency-Key ist noch unterwegs.',
  'The server cannot answer right now.': 'Der Server kann gerade nicht antworten.',
  'Something went wrong in the server.': 'Ein Fehler im Server.',
  'The server is stopping; try again shortly.':
    'Der Server wird beendet; versuchen Sie es gleich noch einmal.',
  'The database or the broker is not available right now; try again shortly.':
    'Datenbank oder Broker sind gerade nicht erreichbar; versuchen Sie es gleich noch einmal.',
  'Something went wrong in the server; its log has it under the request id.':
    'Ein Fehler im Server; er steht im Protokoll unter der Nummer der Anfrage.',
} as const satisfies Record<string, string>;
