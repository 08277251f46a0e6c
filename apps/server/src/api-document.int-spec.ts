import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import type { OpenAPIObject } from '@nestjs/swagger';
import { startTestServer, type TestServer } from '../testing/test-server.js';
import { everyObject, operationsOf, type Schema } from './platform/http/openapi-walk.js';

const MAIN = join(__dirname, '../../../dist/apps/server/src/main.js');
const ENV = { MONGODB_URI: 'mongodb://127.0.0.1/none', AMQP_URL: 'amqp://127.0.0.1', LOG_LEVEL: 'silent' };

interface Media {
  schema?: object;
  example?: unknown;
  examples?: Record<string, { value: unknown }>;
}
interface Body {
  content?: Record<string, Media>;
}

describe('the OpenAPI document', () => {
  let server: TestServer;
  let document: OpenAPIObject;
  let operations: ReturnType<typeof operationsOf>;

  beforeAll(async () => {
    server = await startTestServer();
    document = (await server.get('/api/v1/openapi.json', { token: null })).body as OpenAPIObject;
    operations = operationsOf(document);
  }, 120_000);
  afterAll(() => server.stop());

  it('is the same of the built server as of the sources that tests run', () => {
    const options = {
      env: { ...process.env, ...ENV },
      encoding: 'utf8',
      maxBuffer: 64 * 1024 * 1024,
    } as const;
    const built = JSON.parse(execFileSync(process.execPath, [MAIN, '--openapi'], options)) as OpenAPIObject;
    expect({ ...built, servers: [] }).toEqual({ ...document, servers: [] });
  });

  it('has an operation id of its own for each of its operations, and a tag that is described', () => {
    const ids = operations.map(({ operation }) => operation.operationId ?? '');
    expect(ids.filter((id) => !/^[a-z][A-Za-z]+$/.test(id))).toEqual([]);
    expect(new Set(ids).size).toBe(ids.length);
    const tags = document.tags?.map(({ name }) => name).toSorted();
    expect([...new Set(operations.flatMap(({ operation }) => operation.tags ?? []))].toSorted()).toEqual(
      tags,
    );
  });

  it('has for each body an example that its schema takes', () => {
    const ajv = new Ajv2020({ strict: false, validateFormats: false });
    ajv.addSchema({ ...document, $id: 'api' }, 'api');
    const shared = Object.entries(document.components?.responses ?? {});
    const bodies = [
      ...shared.map(([name, of]) => ({ name, of })),
      ...operations.flatMap(({ operation: { operationId, requestBody, responses } }) => [
        { name: `${operationId} request`, of: requestBody },
        ...Object.entries(responses).map(([status, of]) => ({ name: `${operationId} ${status}`, of })),
      ]),
    ];
    const faults: string[] = [];
    for (const { name, of } of bodies) {
      for (const { schema = {}, example, examples } of Object.values(
        (of as Body | undefined)?.content ?? {},
      )) {
        const given = examples ? Object.values(examples).map(({ value }) => value) : [example];
        const wanted = JSON.parse(JSON.stringify(schema).replaceAll('"#/', '"api#/')) as object;
        for (const value of given) {
          if (value === undefined || !ajv.validate(wanted, value))
            faults.push(`${name}: ${ajv.errorsText()}`);
        }
      }
    }
    expect(bodies.length).toBeGreaterThan(200);
    expect(faults).toEqual([]);
  });

  it('names every enum that stands in it more than once', () => {
    const seen = new Map<string, number>();
    everyObject(document, ({ enum: values }: Schema) => {
      if (!Array.isArray(values) || values.length < 2) return;
      seen.set(values.join(), (seen.get(values.join()) ?? 0) + 1);
    });
    expect([...seen].filter(([, count]) => count > 1)).toEqual([]);
    expect(Object.keys(document.components?.schemas ?? {})).toEqual(
      expect.arrayContaining(['OrderState', 'ComputerState', 'FailureCode', 'DistributionPointState']),
    );
  });

  it('says null the way of 3.1', () => {
    expect(document.openapi).toBe('3.1.0');
    const old: Schema[] = [];
    everyObject(document, (node) => 'nullable' in node && old.push(node));
    expect(old).toEqual([]);
  });
});
