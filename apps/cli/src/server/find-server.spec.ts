import { ApiFault } from './connection.js';
import { findServer } from './find-server.js';

describe('the server of a command', () => {
  it.each(['rlp_secret\n', 'rlp_\nsecret', 'rlp secret', 'rlp_sécret', 'rlp_secret\u007f'])(
    'refuses the token %j, and does not show it',
    (token) => {
      const fault = refusal(() =>
        findServer({ url: 'https://relaypoint.example.com', token, state: undefined }, {}),
      );
      expect(fault).toMatchObject({ code: 'BAD_TOKEN' });
      expect(fault?.message).not.toMatch(/rlp|secret/);
    },
  );

  it('takes one that can be sent', () =>
    expect(() =>
      findServer(
        { url: undefined, token: undefined, state: undefined },
        {
          RELAYPOINT_URL: 'https://relaypoint.example.com',
          RELAYPOINT_TOKEN: 'rlp_aB3-~!',
        },
      ),
    ).not.toThrow());
});

function refusal(work: () => unknown): ApiFault | null {
  try {
    work();
    return null;
  } catch (error) {
    if (error instanceof ApiFault) return error;
    throw error;
  }
}
