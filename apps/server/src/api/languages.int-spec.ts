import type { AddressInfo } from 'node:net';
import { eventually } from '../../../../tools/testing/eventually.js';
import { enabledDp, importedComputer } from '../../testing/fixtures.js';
import { OWNER_TOKEN, startTestServer, type TestServer } from '../../testing/test-server.js';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
  await enabledDp(server, 'site');
});
afterAll(() => server.stop());

const headers = { 'accept-language': 'de-DE,de;q=0.9,en;q=0.8' };
const api = '/api/v1';

describe('refusals in German', () => {
  it.each<[string, string, object | undefined, string, string, Record<string, string>?]>([
    ['GET', '/computers/nobody', undefined, 'Nicht gefunden', 'Diesen Computer gibt es nicht.'],
    [
      'POST',
      '/tenants',
      { id: 'A B', name: 'x' },
      'Die Anfrage ist ungültig',
      'Die Anfrage ist ungültig: id muss ein Wort aus Kleinbuchstaben, Ziffern und inneren Bindestrichen mit 1 bis 40 Zeichen sein.',
    ],
    [
      'POST',
      '/tenants',
      { id: 'default', name: 'x' },
      'Bereits vorhanden',
      'Es gibt schon einen Mandanten default.',
    ],
    [
      'DELETE',
      '/distribution-points/server',
      undefined,
      'In diesem Status nicht möglich',
      'Der Server-DP gehört zum Server und bleibt.',
    ],
    [
      'POST',
      '/computers/release',
      { computers: ['x'], release: '9.9' },
      'Die Anfrage ist ungültig',
      'Es gibt keine Client-Version 9.9.',
    ],
    [
      'POST',
      '/accounts',
      { label: 'a', username: 'u', tenant: 'default', scope: 'all', password: 'x', passphrase: 'y' },
      'Die Anfrage ist ungültig',
      'Die Anfrage ist ungültig: passphrase gehört zu einem privaten Schlüssel.',
    ],
    [
      'PATCH',
      '/tenants/default',
      { name: 'Other' },
      'Von jemand anderem geändert',
      'Die Revision ist inzwischen 0, nicht 77: laden Sie neu, und wiederholen Sie die Änderung.',
      { 'if-match': '"77"' },
    ],
    [
      'POST',
      '/brakes',
      { scope: { dp: 'nowhere' }, reason: 'x' },
      'Die Anfrage ist ungültig',
      'Die Anfrage ist ungültig: scope.dp ist kein bekannter DP.',
    ],
    ['PUT', '/computers', {}, 'HTTP-Methode nicht erlaubt', 'Diese Adresse nimmt GET, HEAD.'],
    [
      'GET',
      '/computers?limit=5000',
      undefined,
      'Die Anfrage ist ungültig',
      'Die Anfrage ist ungültig: limit muss eine ganze Zahl von 1 bis 500 sein.',
    ],
  ])('%s %s', async (method, path, body, title, detail, more = {}) => {
    const answer = await server.call(method, api + path, {
      ...(body && { body }),
      headers: { ...headers, ...more },
    });
    expect(answer.body).toMatchObject({ title, detail });
  });

  it('say who is not signed in', async () => {
    const answer = await server.get(`${api}/computers`, { token: null, headers });
    expect(answer.body).toMatchObject({
      title: 'Nicht angemeldet',
      detail: 'Melden Sie sich an, oder senden Sie ein API-Token als Bearer.',
    });
  });
});

describe('what is stored', () => {
  const at = new Date('2026-05-01T08:00:00Z');

  it('is put into words for who asks; sentences of earlier versions stay as they are', async () => {
    const { id } = await importedComputer(server, 'two-alerts', 'site', {
      alerts: [
        { code: 'RESTART_OVERDUE', at, key: 'alert.restartOverdue' },
        { code: 'OLD', at, text: 'As an earlier version said it.' },
      ],
    });
    const texts = async (options = {}): Promise<string[]> => {
      const { body } = await server.get(`${api}/computers/${id}`, options);
      return (body.alerts as { text: string }[]).map(({ text }) => text);
    };
    expect(await texts({ headers })).toEqual([
      'Der Neustart nach der Installation ist überfällig.',
      'As an earlier version said it.',
    ]);
    expect(await texts()).toEqual([
      'The restart after the installation is overdue.',
      'As an earlier version said it.',
    ]);
  });

  it('is told by the timeline in both languages', async () => {
    const { id } = await importedComputer(server, 'told', 'site');
    await server.patch(`${api}/computers/${id}`, { description: 'x' });
    const told = async (options = {}): Promise<string> =>
      (await server.get(`${api}/computers/${id}/timeline`, options)).body.items[0].text;
    expect(await told({ headers })).toMatch(/^Bearbeitet von .+\.$/);
    expect(await told()).toMatch(/^Edited by .+\.$/);
  });
});

describe('where a browser cannot set a header', () => {
  it('the address names the language: of a download', async () => {
    const csv = await server.get(`${api}/audit/export.csv?lang=de`);
    expect(csv.text).toMatch(/^\ufeffID;Zeit;Wer;/);
    expect((await server.get(`${api}/audit/export.csv`)).text).toMatch(/^\ufeffId;At;Who;/);
  });

  it('and one that is not there is refused', async () => {
    const refused = await server.get(`${api}/events?lang=fr`);
    expect(refused).toMatchObject({ status: 400, body: { errors: [{ path: 'lang', code: 'enum' }] } });
  });

  it('and of the event stream, for each listener its own', async () => {
    await server.app.listen(0, '127.0.0.1');
    const { port } = server.app.getHttpServer().address() as AddressInfo;
    const abort = new AbortController();
    const heard = { en: '', de: '' };
    for (const lang of ['en', 'de'] as const) {
      const stream = await fetch(`http://127.0.0.1:${port}${api}/events?lang=${lang}`, {
        headers: { authorization: `Bearer ${OWNER_TOKEN}` },
        signal: abort.signal,
      });
      void (async () => {
        for await (const chunk of stream.body ?? []) heard[lang] += Buffer.from(chunk).toString();
      })().catch(() => undefined);
    }
    await eventually(() => expect(heard.en && heard.de).toContain('retry'));
    const { id } = await importedComputer(server, 'heard', 'site', {
      alerts: [{ code: 'RESTART_OVERDUE', at: new Date(), key: 'alert.restartOverdue' }],
    });
    await server.patch(`${api}/computers/${id}`, { description: 'now' });
    await eventually(() => {
      expect(heard.en).toContain('The restart after the installation is overdue.');
      expect(heard.de).toContain('Der Neustart nach der Installation ist überfällig.');
    });
    expect(heard.de).not.toContain('The restart');
    abort.abort();
  });
});
