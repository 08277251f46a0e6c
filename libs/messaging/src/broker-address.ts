/** One of the broker's nodes, and how to log in there. */
export interface BrokerAddress {
  /** With user, password and virtual host. */
  url: string;
  /** Host and port, for people: never with the password. */
  host: string;
  user: string;
  vhost: string;
}

/**
 * The addresses of AMQP_URL: one, or several nodes of a cluster, separated by commas.
 *
 * @throws TypeError naming what is wrong, without the text itself, which holds passwords
 */
export function brokerAddresses(text: string): [BrokerAddress, ...BrokerAddress[]] {
  // Only a comma before the next address separates: one in a password does not
  const [first, ...further] = text.split(/\s*,\s*(?=amqps?:\/\/)/).map(addressOf);
  if (!first) throw new TypeError('no address');
  if (further.some(({ vhost }) => vhost !== first.vhost))
    throw new TypeError('all addresses must name the same virtual host');
  return [first, ...further];
}

function addressOf(text: string): BrokerAddress {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (!url || !/^amqps?:$/.test(url.protocol) || url.hostname === '')
    throw new TypeError('each address must begin with amqp:// or amqps:// and name a host');
  return {
    url: text,
    host: `${url.hostname}:${url.port || (url.protocol === 'amqps:' ? '5671' : '5672')}`,
    user: decodeURIComponent(url.username) || 'guest',
    vhost: decodeURIComponent(url.pathname.slice(1)) || '/',
  };
}

/** What to tell whoever set up several nodes and queues that live on one of them; null: nothing. */
export function classicOnCluster(urls: string, variable: string, type: 'classic' | 'quorum'): string | null {
  if (type === 'quorum' || brokerAddresses(urls).length === 1) return null;
  return (
    `AMQP_URL names several nodes, but ${variable} is classic: each such queue lives on one of them, and its death stops what ` +
    `goes over it. Set ${variable}=quorum in all programs`
  );
}
