// MongoDB URIs, cut by hand: they may list several hosts, which URL refuses.

interface Parts {
  scheme: string;
  /** `user:password@`, or nothing. */
  login: string;
  hosts: string[];
  /** Empty: none is named. */
  database: string;
  options: URLSearchParams;
}

function partsOf(uri: string): Parts {
  const match = /^(mongodb(?:\+srv)?:\/\/)([^/?]*@)?([^/?@]+)(?:\/([^?]*))?(?:\?(.*))?$/.exec(uri);
  if (match === null) throw new Error('not a MongoDB URI');
  const [, scheme = '', login = '', hosts = '', database = '', query = ''] = match;
  return { scheme, login, hosts: hosts.split(','), database, options: new URLSearchParams(query) };
}

function uriOf({ scheme, login, hosts, database, options }: Parts): string {
  const query = options.size > 0 ? `?${options.toString()}` : '';
  return `${scheme}${login}${hosts.join()}/${database}${query}`;
}

/**
 * A database of that name on the server of a URI, whatever database the URI names. The login goes on against the
 * database it was meant for.
 */
export function databaseOn(uri: string, database: string): string {
  const parts = partsOf(uri);
  if (parts.login !== '' && !parts.options.has('authSource')) {
    parts.options.set('authSource', parts.database || 'admin');
  }
  return uriOf({ ...parts, database });
}

/** As it is when it names a database, else with that name. */
export function withDatabase(uri: string, database: string): string {
  return partsOf(uri).database === '' ? databaseOn(uri, database) : uri;
}

/** The same by way of a relay in front of the first host, and of no other host. */
export function throughPort(uri: string, port: number): string {
  const parts = partsOf(uri);
  parts.options.delete('replicaSet');
  parts.options.set('directConnection', 'true');
  return uriOf({ ...parts, hosts: [`127.0.0.1:${port}`] });
}

/** The first host of a URI. */
export function firstHost(uri: string): { host: string; port: number } {
  const [, host = '', port = '27017'] = /^(.*?)(?::(\d+))?$/.exec(partsOf(uri).hosts[0] ?? '') ?? [];
  return { host, port: Number(port) };
}
