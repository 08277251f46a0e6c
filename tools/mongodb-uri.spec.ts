import { databaseOn, firstHost, throughPort } from './mongodb-uri.ts';

describe('a MongoDB URI', () => {
  it.each([
    ['mongodb://h:1', 'mongodb://h:1/own'],
    ['mongodb://h:1/', 'mongodb://h:1/own'],
    ['mongodb://h:1/other', 'mongodb://h:1/own'],
    ['mongodb://a:1,b:2,c:3/?replicaSet=r&w=1', 'mongodb://a:1,b:2,c:3/own?replicaSet=r&w=1'],
    ['mongodb://h?tls=true', 'mongodb://h/own?tls=true'],
    ['mongodb+srv://cluster.test/?appName=x', 'mongodb+srv://cluster.test/own?appName=x'],
    ['mongodb://u:p%40@h/?w=1', 'mongodb://u:p%40@h/own?w=1&authSource=admin'],
    ['mongodb://u:p@a,b/people', 'mongodb://u:p@a,b/own?authSource=people'],
    ['mongodb://u:p@a,b/people?authSource=users', 'mongodb://u:p@a,b/own?authSource=users'],
  ])('%s names another database: %s', (given, meant) => {
    expect(databaseOn(given, 'own')).toBe(meant);
  });

  it('goes through a relay to one host', () => {
    expect(throughPort('mongodb://u:p@a:1,b:2/x?replicaSet=r&w=1', 9)).toBe(
      'mongodb://u:p@127.0.0.1:9/x?w=1&directConnection=true',
    );
    expect(firstHost('mongodb://u:p@a:1,b:2/x')).toEqual({ host: 'a', port: 1 });
    expect(firstHost('mongodb://[::1]:3/x')).toEqual({ host: '[::1]', port: 3 });
    expect(firstHost('mongodb://h')).toEqual({ host: 'h', port: 27_017 });
  });

  it('is refused when it is none', () => {
    expect(() => databaseOn('http://h', 'own')).toThrow('not a MongoDB URI');
  });
});
