import { LoginMethods } from './login-methods.js';

const hidden = { prompt: 'Password: ', echo: false };

describe('a login', () => {
  it('asks first what the computer offers', () => {
    expect(new LoginMethods({ password: 'p' }).next(null)).toBe('none');
  });

  it.each([
    ['password', ['publickey', 'password', 'keyboard-interactive']],
    ['keyboard-interactive', ['publickey', 'keyboard-interactive']],
  ] as const)('sends a password once, by %s', (method, offered) => {
    const login = new LoginMethods({ password: 'p' });
    expect(login.next([...offered])).toBe(method);
    expect(login.next([...offered])).toBe(false);
  });

  it('takes the key first, then the password where both are wanted', () => {
    const login = new LoginMethods({ password: 'p', privateKey: 'k' });
    expect(login.next(['publickey'])).toBe('publickey');
    expect(login.next(['password'])).toBe('password');
    expect(new LoginMethods({ privateKey: 'k' }).next(['password'])).toBe(false);
  });

  it('gives the password to the first hidden prompt, and to no later one', () => {
    const login = new LoginMethods({ password: 'p' });
    expect(login.answer('Welcome', [{ prompt: 'Name: ', echo: true }, hidden, hidden])).toEqual([
      '',
      'p',
      '',
    ]);
    expect(login.answer('', [])).toEqual([]);
    expect(login.answer('Expired', [{ prompt: 'New password: ', echo: false }])).toBeNull();
    expect(login.said).toContain('New password:');
    expect(new LoginMethods({ privateKey: 'k' }).answer('', [hidden])).toBeNull();
  });
});
