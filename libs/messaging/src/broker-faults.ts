import type { BrokerAddress } from './broker-address.js';

/** What a fault looks like in amqplib's and Node's words, and what to tell people about it. */
interface Sentence {
  sign: RegExp;
  says: (match: RegExpExecArray, address: BrokerAddress) => string;
}

/** What to do where a right is missing; a right to everything would be too much. */
const GRANT = 'deploy/rabbitmq/users.sh gives each program what it needs (docs/queue-topology.md, "Rights")';

/** The first that matches counts. The broker's texts are those of RabbitMQ 3.10 to 4. */
const SENTENCES: readonly Sentence[] = [
  {
    sign: /NOT_ALLOWED - vhost (.*) not found/,
    says: ([, vhost = ''], { host }) =>
      `the virtual host '${vhost}' does not exist at ${host}: correct AMQP_URL, or create it with: rabbitmqctl add_vhost '${vhost}'`,
  },
  {
    sign: /connection limit \((\d+)\) is reached/,
    says: ([, limit = ''], { host, user, vhost }) =>
      `${host} takes no further connection of '${user}' to the virtual host '${vhost}': its limit of ${limit} is reached`,
  },
  {
    sign: /NOT_ALLOWED - access to vhost '(.*)' refused for user '(.*)'/,
    says: ([, vhost = '', user = '']) =>
      `the user '${user}' has no permissions in the virtual host '${vhost}': ${GRANT}`,
  },
  {
    sign: /vhost '(.*)' is down/,
    says: ([, vhost = ''], { host }) =>
      `the virtual host '${vhost}' is down at ${host}: the broker's log says why; rabbitmqctl restart_vhost -p '${vhost}' starts it again`,
  },
  {
    sign: /ACCESS_REFUSED - Login was refused/,
    says: (_match, { host, user }) =>
      `${host} refuses the user '${user}': name or password in AMQP_URL are wrong` +
      (user === 'guest' ? ' (RabbitMQ lets guest in from its own machine only)' : ''),
  },
  {
    // RabbitMQ 3.10 does not say which of the three permissions is missing
    sign: /ACCESS_REFUSED - (?:(\w+) )?access to (\w+) '(.*)' in vhost '(.*)' refused for user '(.*)'/,
    says: ([, access = 'use', kind = '', name = '', vhost = '', user = '']) =>
      `the user '${user}' lacks the permission to ${access} the ${kind} '${name}' in the virtual host '${vhost}': ${GRANT}`,
  },
  {
    sign: /NOT_FOUND - no exchange '(.*)' in vhost/,
    says: ([, name = '']) => `the exchange '${name}' is not there yet: a server makes it at its start`,
  },
  { sign: /ECONNREFUSED/, says: (_match, { host }) => `nobody listens at ${host}` },
  { sign: /ENOTFOUND|EAI_AGAIN/, says: (_match, { host }) => `the name of ${host} cannot be resolved` },
  { sign: /ETIMEDOUT/, says: (_match, { host }) => `${host} does not answer` },
  { sign: /Heartbeat timeout/, says: (_match, { host }) => `${host} has fallen silent` },
  {
    sign: /ECONNRESET|EPIPE|Unexpected close|Socket closed abruptly/,
    says: (_match, { host }) => `${host} has cut the connection`,
  },
];

/** What is wrong, in one sentence with what to do about it where that is known; the native text otherwise. */
export function brokerSentence(error: unknown, address: BrokerAddress): string {
  const text = nativeText(error);
  for (const { sign, says } of SENTENCES) {
    const match = sign.exec(text);
    if (match) return says(match, address);
  }
  return text;
}

function nativeText(error: unknown): string {
  // Node tries every address of a name, and puts what came of each into one error without a message
  if (error instanceof AggregateError) return error.errors.map(nativeText).join('; ');
  return error instanceof Error ? error.message : String(error);
}
