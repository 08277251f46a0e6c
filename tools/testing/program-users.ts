import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

const SCRIPT = join(__dirname, '..', '..', 'deploy/rabbitmq/users.sh');
const PROGRAMS = ['server', 'gateway', 'importer'] as const;
export type ProgramName = (typeof PROGRAMS)[number];

/** The broker as its administrator reaches it. */
interface Administered {
  readonly vhost: string;
  /** Without user and virtual host. */
  readonly amqpUrl: string;
  readonly managementUrl: string;
  readonly manage: (method: string, path: string, body?: unknown) => Promise<unknown>;
}

/** The programs' users on a test's virtual host, with the rights that an installation gives them. */
export interface ProgramUsers {
  /** AMQP_URL of each. */
  readonly amqpUrls: Readonly<Record<ProgramName, string>>;
  /** AMQP_MANAGEMENT_URL of each. */
  readonly managementUrls: Readonly<Record<ProgramName, string>>;
  /** Gives them their rights again, after the virtual host was made anew. */
  grant: () => Promise<void>;
  drop: () => Promise<void>;
}

/** Makes them as an administrator does. Users belong to the whole broker: their names begin with the virtual host's. */
export async function createProgramUsers(broker: Administered): Promise<ProgramUsers> {
  const { vhost, manage } = broker;
  const passwords = Object.fromEntries(
    PROGRAMS.map((name) => [`RABBITMQ_${name.toUpperCase()}_PASSWORD`, `secret-${name}`]),
  );
  const printed = execFileSync('sh', [SCRIPT, '--print', vhost, `${vhost}-`], {
    env: { PATH: process.env['PATH'] ?? '', ...passwords },
    encoding: 'utf8',
  });
  const grant = async (): Promise<void> => {
    await manage('POST', '/api/definitions', JSON.parse(printed));
  };
  await grant();
  const urls = (base: string, path: string): Record<ProgramName, string> => {
    const of = (name: ProgramName): string => {
      const url = new URL(base);
      url.username = `${vhost}-${name}`;
      url.password = `secret-${name}`;
      url.pathname = path;
      return url.href;
    };
    return { server: of('server'), gateway: of('gateway'), importer: of('importer') };
  };
  return {
    amqpUrls: urls(broker.amqpUrl, `/${vhost}`),
    managementUrls: urls(broker.managementUrl, '/'),
    grant,
    drop: async () => {
      await Promise.all(PROGRAMS.map((name) => manage('DELETE', `/api/users/${vhost}-${name}`)));
    },
  };
}
