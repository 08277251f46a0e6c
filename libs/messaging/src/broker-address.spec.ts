import { brokerAddresses, classicOnCluster } from './broker-address.js';

describe('AMQP_URL', () => {
  it('is one address, or several of the same virtual host', () => {
    expect(brokerAddresses('amqp://u:p@one')).toMatchObject([{ host: 'one:5672', user: 'u', vhost: '/' }]);
    const several = brokerAddresses('amqps://u:p@one/v%2Fh , amqps://u:p@[::1]:5/v%2Fh');
    expect(several).toMatchObject([
      { host: 'one:5671', vhost: 'v/h' },
      { host: '[::1]:5', vhost: 'v/h' },
    ]);
  });

  it('may hold a comma in a password', () => {
    expect(brokerAddresses('amqp://u:a,b@one')).toMatchObject([{ url: 'amqp://u:a,b@one' }]);
  });

  it('says what is wrong, and nothing of the password', () => {
    const wrong = ['', 'amqp://', 'http://u:secret@one', 'amqp://u:secret@one/a,amqp://u:secret@two/b'];
    for (const text of wrong) {
      expect(() => brokerAddresses(text)).toThrow(TypeError);
      expect(() => brokerAddresses(text)).not.toThrow(/secret/);
    }
  });

  it('of several nodes does not go with queues that live on one of them', () => {
    const several = 'amqp://u:p@one,amqp://u:p@two';
    expect(classicOnCluster(several, 'ORDER_QUEUE_TYPE', 'classic')).toMatch(/Set ORDER_QUEUE_TYPE=quorum/);
    expect(classicOnCluster(several, 'ORDER_QUEUE_TYPE', 'quorum')).toBeNull();
    expect(classicOnCluster('amqp://u:p@one', 'ORDER_QUEUE_TYPE', 'classic')).toBeNull();
  });
});
