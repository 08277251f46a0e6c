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

  it('gives the password to one hidden prompt, and to no later one', () => {
    const login = new LoginMethods({ password: 'p' });
    expect(login.answer('Welcome', [])).toEqual([]);
    expect(login.answer('', [hidden])).toEqual(['p']);
    expect(login.answer('Expired', [{ prompt: 'New password: ', echo: false }])).toBeNull();
    expect(login.said).toContain('New password:');
    expect(login.standing).toBe('more-wanted');
    expect(new LoginMethods({ privateKey: 'k' }).answer('', [hidden])).toBeNull();
  });

  it.each([
    ['several at once', [hidden, { prompt: 'Verification code: ', echo: true }]],
    ['for something else', [{ prompt: 'Verification code: ', echo: false }]],
    ['for a name', [{ prompt: 'Name: ', echo: true }]],
  ])('sends no password to prompts %s', (_what, prompts) => {
    const login = new LoginMethods({ password: 'p' });
    login.next(['keyboard-interactive']);
    expect(login.answer('', prompts)).toBeNull();
    expect([login.hasSent, login.standing]).toEqual([false, 'more-wanted']);
  });

  it('tells a secret that was refused from one that was not sent, and from one that was not enough', () => {
    const refused = new LoginMethods({ password: 'p' });
    for (const offered of [null, ['password'] as const, ['password'] as const]) refused.next(offered);
    expect(refused.standing).toBe('refused');
    const unsent = new LoginMethods({ password: 'p' });
    for (const offered of [null, ['publickey'] as const]) unsent.next(offered);
    expect([unsent.standing, unsent.offers]).toEqual(['nothing-sent', 'publickey']);
    const partly = new LoginMethods({ password: 'p' });
    partly.next(['password']);
    expect(partly.next(['keyboard-interactive'], true)).toBe(false);
    expect(partly.standing).toBe('more-wanted');
  });

  it('listens to banners from the moment it has sent a secret', () => {
    const login = new LoginMethods({ password: 'p' });
    login.heed('Authorised use only; accounts are locked after five tries');
    login.next(['password']);
    login.heed('System is booting up.');
    expect(login.said).toBe('System is booting up.');
  });
});
