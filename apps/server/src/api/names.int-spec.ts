import type { ImportRow, ImportRun, ImportRunId, TenantId } from '#domain';
import { ImportRowRepository, ImportRunRepository } from '#persistence';
import { WHOLE } from '../../../../libs/persistence/testing/aggregates.js';
import { enabledDp, importedComputer, publishedRelease } from '../../testing/fixtures.js';
import { startTestServer, type Answer, type TestServer } from '../../testing/test-server.js';

jest.setTimeout(120_000);

const tenant = 'default' as TenantId;
const run = 'names-run' as ImportRunId;
const CHOSEN_BY = { by: 'rule', rule: 'ar-1', name: 'Branch offices', value: null };

/** What people read is called by its name, not by its id. */
describe('names', () => {
  let server: TestServer;
  let viewer: string;
  let south: string;

  beforeAll(async () => {
    server = await startTestServer();
    await enabledDp(server, 'north');
    await server.post('/api/v1/tenants', { id: 'south', name: 'South' });
    const token = async (label: string, role: string, tenants: string[]): Promise<string> =>
      (await server.post('/api/v1/api-tokens', { label, role, tenants })).body.token;
    viewer = await token('viewer', 'viewer', ['default']);
    south = await token('south', 'admin', ['south']);
    const wish = { label: 'site', tenant, username: 'site', password: 'never used', scope: 'all' };
    await server.post('/api/v1/accounts', wish);
    await publishedRelease(server, '1.0.0', Buffer.from('a client'));
    const file = { blob: 'f-1', name: 'inventory.csv', size: 20 };
    await server.app
      .get(ImportRunRepository)
      .insert({ ...WHOLE.ImportRun, id: run, tenant, file } as ImportRun);
    const row = { ...WHOLE.ImportRow, id: `${run}:7`, run, tenant, line: 7, assignedBy: CHOSEN_BY };
    await server.app.get(ImportRowRepository).insertNew([row as ImportRow]);
  }, 120_000);
  afterAll(() => server.stop(), 60_000);

  describe('of where a computer comes from', () => {
    const source = (line: number, from: ImportRunId = run) =>
      ({ kind: 'csv', run: from, row: line, directory: null }) as const;

    it('are those of its file and of the rule that chose its DP', async () => {
      const { id } = await importedComputer(server, 'from-file', 'north', { source: source(7) });
      const shown = await server.get(`/api/v1/computers/${id}`, { token: viewer });
      expect(shown.body.origin).toEqual({
        kind: 'csv',
        import: run,
        line: 7,
        file: 'inventory.csv',
        chosenBy: CHOSEN_BY,
      });
    });

    it('lack what chose the DP when the row is gone, and are none when the import is', async () => {
      const rowless = await importedComputer(server, 'rowless', 'north', { source: source(8) });
      const lost = await importedComputer(server, 'lost', 'north', {
        source: source(7, 'no-such-run' as ImportRunId),
      });
      const origin = async (id: string) => (await server.get(`/api/v1/computers/${id}`)).body.origin;
      expect(await origin(rowless.id)).toMatchObject({ file: 'inventory.csv', chosenBy: null });
      expect(await origin(lost.id)).toBeNull();
    });
  });

  describe('of the computer of an order', () => {
    it('stands in the order, for all who may see it and for nobody else', async () => {
      const { id } = await importedComputer(server, 'of-order', 'north');
      const released = await server.post(`/api/v1/computers/${id}/release`, {});
      const path = `/api/v1/orders/${released.body.order}`;
      expect((await server.get(path, { token: viewer })).body).toMatchObject({
        computer: id,
        computerName: 'OF-ORDER',
      });
      expect((await server.get(path, { token: south })).status).toBe(404);
    });
  });

  describe('of what the audit tells of', () => {
    const entriesOf = async (target: string, language = 'en'): Promise<Answer['body'][]> =>
      (
        await server.get(`/api/v1/audit?target=${encodeURIComponent(target)}`, {
          headers: { 'accept-language': language },
        })
      ).body.items;

    it('are what things are called now, in the language of the reader', async () => {
      const wish = { label: 'deploy', tenant, username: 'deploy', password: 'never used', scope: 'all' };
      const { id } = (await server.post('/api/v1/accounts', wish)).body;
      await server.patch(`/api/v1/accounts/${id}`, { label: 'rollouts of the north' });
      const told = await entriesOf(`account:${id}`);
      expect(told.map(({ targetName }) => targetName)).toEqual(Array(2).fill('rollouts of the north'));
      expect(told[0].text).toMatch(/changed account rollouts of the north$/);
      const [inGerman] = await entriesOf(`account:${id}`, 'de');
      expect(inGerman.text).toMatch(/rollouts of the north/);
      expect(inGerman.text).not.toBe(told[0].text);
    });

    it('are the last known ones of what was deleted', async () => {
      const { id } = await importedComputer(server, 'to-be-deleted', 'north');
      await server.del(`/api/v1/computers/${id}`);
      const [deleted] = await entriesOf(`computer:${id}`);
      expect(deleted.targetName).toBe('TO-BE-DELETED');
      expect(deleted.text).not.toContain(id);
    });

    it('of an order are those of its computer', async () => {
      const { id } = await importedComputer(server, 'cancelled', 'north');
      const { order } = (await server.post(`/api/v1/computers/${id}/release`, {})).body;
      expect((await server.post(`/api/v1/orders/${order}/cancel`)).status).toBeLessThan(300);
      const [cancelled] = await entriesOf(`order:${order}`);
      expect(cancelled.targetName).toBe('CANCELLED');
    });
  });
});
