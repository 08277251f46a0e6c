import { brokerAddresses } from './broker-address.js';
import { brokerSentence } from './broker-faults.js';

const [address] = brokerAddresses('amqp://relaypoint:secret@broker/site');
const sentence = (text: string): string => brokerSentence(new Error(text), address);

describe('what a fault of the broker means', () => {
  it.each([
    ['NOT_ALLOWED - vhost site not found', "virtual host 'site' does not exist at broker:5672"],
    [
      "NOT_ALLOWED - access to vhost 'site' refused for user 'relaypoint'",
      "no permissions in the virtual host 'site': deploy/rabbitmq/users.sh",
    ],
    [
      "NOT_ALLOWED - access to vhost 'site' refused for user 'relaypoint': connection limit (5) is reached",
      'its limit of 5 is reached',
    ],
    ["NOT_ALLOWED - vhost 'site' is down", 'rabbitmqctl restart_vhost'],
    [
      "Operation failed: QueueDeclare; 403 (ACCESS-REFUSED) with message \"ACCESS_REFUSED - configure access to queue 'q' in vhost 'site' refused for user 'relaypoint'\"",
      "lacks the permission to configure the queue 'q' in the virtual host 'site'",
    ],
    [
      "ACCESS_REFUSED - access to queue 'q' in vhost 'site' refused for user 'relaypoint'",
      "lacks the permission to use the queue 'q'",
    ],
    [
      'Handshake terminated by server: 403 (ACCESS-REFUSED) with message "ACCESS_REFUSED - Login was refused using authentication mechanism PLAIN."',
      "refuses the user 'relaypoint': name or password",
    ],
    ["NOT_FOUND - no exchange 'relaypoint.events' in vhost 'site'", 'a server makes it at its start'],
    ['connect ECONNREFUSED 10.0.0.1:5672', 'nobody listens at broker:5672'],
    ['getaddrinfo ENOTFOUND broker', 'cannot be resolved'],
    ['connect ETIMEDOUT', 'does not answer'],
    ['Heartbeat timeout', 'has fallen silent'],
    ['read ECONNRESET', 'has cut the connection'],
    ['something new', 'something new'],
  ])('%s', (text, says) => {
    expect(sentence(text)).toContain(says);
    expect(sentence(text)).not.toContain('secret');
  });

  it('is told of every address of a name', () => {
    const none = new AggregateError([new Error('connect ECONNREFUSED ::1:5672')], '');
    expect(brokerSentence(none, address)).toBe('nobody listens at broker:5672');
  });
});
