import { DistributionPointRepository, LocationRuleRepository } from '#persistence';
import { enabledDp, registeredComputer } from '../../../testing/fixtures.js';
import { startTestServer, type TestServer } from '../../../testing/test-server.js';
import { ActionChecks } from './action-checks.js';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.stop());

describe('the routes of many computers', () => {
  it('are found without asking for each of them, also where location rules say who is reached directly', async () => {
    await enabledDp(server, 'east');
    await server.patch('/api/v1/settings', { directFirst: false });
    const rule = { dp: 'east', tenant: 'default', priority: 1, when: { dnsSuffix: 'east.example' } };
    expect(await server.post('/api/v1/location-rules', rule)).toMatchObject({ status: 201 });
    const names = Array.from({ length: 20 }, (_, index) => `many-${index}`);
    const computers = await Promise.all(names.map((name) => registeredComputer(server, name, 'east')));

    const asked: string[] = [];
    const counting = <T extends object>(repository: T, read: keyof T & string): void => {
      const methods = repository as Record<string, (...all: unknown[]) => unknown>;
      const real = methods[read]?.bind(repository);
      methods[read] = (...all) => {
        asked.push(read);
        return real?.(...all);
      };
    };
    counting(server.app.get(LocationRuleRepository), 'ofTenant');
    counting(server.app.get(DistributionPointRepository), 'findByIds');
    const checks = server.app.get(ActionChecks, { strict: false });
    const routes = await checks.routes(computers, 'probe', new Date());
    expect([...routes.values()]).toEqual(names.map(() => ['east']));
    expect(asked.toSorted()).toEqual(['findByIds', 'findByIds', 'ofTenant']);
  });
});
