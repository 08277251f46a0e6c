import { newWebhookSecret, signatureHeaders } from './webhook-signature.js';

describe('the signature of a webhook', () => {
  it('is that of the Standard Webhooks specification', () => {
    // the example that its libraries are tested with
    const body = '{"test": 2432232314}';
    const now = new Date(1_614_265_330_000);
    const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
    expect(signatureHeaders('msg_p5jXN8AQM9LWM0D4loKWxJek', now, body, [secret])).toEqual({
      'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
      'webhook-timestamp': '1614265330',
      'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
    });
  });

  it('is made by each secret, and every secret is another one', () => {
    const secrets = [newWebhookSecret(), newWebhookSecret()];
    expect(new Set(secrets).size).toBe(2);
    const headers = signatureHeaders('d-1', new Date(), '{}', secrets);
    expect(headers['webhook-signature']).toMatch(/^v1,[\w+/]{43}= v1,[\w+/]{43}=$/);
  });
});
