import { mongo } from 'mongoose';
import { isDatabaseAway } from './database-faults.js';

const server = (code: number, more: object = {}): Error =>
  new mongo.MongoServerError({ message: 'said by the server', code, ...more });

/** As the driver wraps whatever ends a bulk. */
const bulk = (inner: Error | object, result: object = {}): Error =>
  new mongo.MongoBulkWriteError(inner as never, result as never);

const concern = (code: number): Error =>
  new mongo.MongoWriteConcernError({ ok: 1, writeConcernError: { code, errmsg: 'waiting for replication' } });

describe('a database that is away', () => {
  const network = new mongo.MongoNetworkError('connection 3 to 127.0.0.1:27017 closed');
  const stepped = [6, 7, 43, 50, 64, 89, 91, 100, 112, 133, 134, 175, 189, 202, 262, 365, 462, 9001, 10_107];
  const recovering = [11_600, 11_602, 13_435, 13_436];

  it.each([
    ['a cut connection', network],
    ['no server in time', new mongo.MongoServerSelectionError('timed out', {} as never)],
    ['a bulk that a cut connection ended', bulk(network)],
    ['a bulk in the middle of an election', bulk(server(10_107))],
    ['a bulk whose writes were refused one by one', bulk({ message: 'x', writeErrors: [{ code: 189 }] })],
    ['a bulk that too few servers have', bulk(server(1), { getWriteConcernError: () => ({ code: 64 }) })],
    ['a write that too few servers have', concern(64)],
    ['a bulk that the driver would do again', bulk(server(1, { errorLabels: ['RetryableWriteError'] }))],
    ['a full disk', server(14_031)],
    ...[...stepped, ...recovering].map((code): [string, Error] => [`code ${code}`, server(code)]),
    ...[...stepped, ...recovering].map((code): [string, Error] => [
      `code ${code} of a bulk`,
      bulk(server(code)),
    ]),
  ])('is known by %s', (_, error) => {
    expect(isDatabaseAway(error)).toBe(true);
  });

  it.each([
    ['a duplicate key', server(11_000)],
    ['a bulk with duplicate keys', bulk({ message: 'x', code: 11_000, writeErrors: [{ code: 11_000 }] })],
    ['a broken query', server(2)],
    ['a bulk with a broken document', bulk(server(121))],
    ['an error of another kind with such a code', Object.assign(new Error('no'), { code: 64 })],
    ['nothing', null],
  ])('is not known by %s', (_, error) => {
    expect(isDatabaseAway(error)).toBe(false);
  });
});
