import { brokerVersionFault } from './broker-version.js';

describe('the version of the broker', () => {
  it.each(['3.10.0', '3.13.7', '4.0.5', '4.3.0-rc.1', '10.0.0'])('%s will do', (version) => {
    expect(brokerVersionFault({ product: 'RabbitMQ', version })).toBeUndefined();
  });

  it.each(['3.9.29', '3.8.2', '2.8.7'])('%s is refused, with what to do', (version) => {
    expect(brokerVersionFault({ product: 'RabbitMQ', version })).toMatch(
      new RegExp(`RabbitMQ ${version}, and 3.10 or later is needed: upgrade`),
    );
  });

  it('is not asked of what is no RabbitMQ, or does not say', () => {
    expect(brokerVersionFault({ product: 'LavinMQ', version: '1.2.0' })).toBeUndefined();
    expect(brokerVersionFault({ product: 'RabbitMQ', version: 'unknown' })).toBeUndefined();
    expect(brokerVersionFault({})).toBeUndefined();
  });
});
