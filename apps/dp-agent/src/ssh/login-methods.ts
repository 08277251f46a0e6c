import type { AuthenticationType, Prompt } from 'ssh2';

/** What an account has to log in with. */
export interface LoginMeans {
  readonly password?: string | undefined;
  readonly privateKey?: string | undefined;
}

/** Characters kept of what the computer says while somebody logs in. */
const SAID_LIMIT = 1000;

/**
 * Chooses how to log in so that each login counts as one try: the computer is first asked what it offers, the key goes
 * first, and the password is sent once, either as such or to a prompt. ssh2 by itself sends a refused password a second
 * time by `keyboard-interactive`, which locks accounts in half the time.
 */
export class LoginMethods {
  private readonly tried = new Set<AuthenticationType>();
  private words = '';
  private answered = false;

  constructor(private readonly means: LoginMeans) {}

  /** What the computer said with its prompts. Not its banner: that says the same to everybody. */
  get said(): string {
    return this.words.trim();
  }

  /** @param offered null: not known yet */
  next(offered: readonly AuthenticationType[] | null): AuthenticationType | false {
    if (offered === null) return 'none';
    const { password, privateKey } = this.means;
    const takes = (method: AuthenticationType) => offered.includes(method) && !this.tried.has(method);
    if (privateKey !== undefined && takes('publickey')) return this.trying('publickey');
    const sent = this.tried.has('password') || this.tried.has('keyboard-interactive');
    if (password === undefined || sent) return false;
    if (takes('password')) return this.trying('password');
    return takes('keyboard-interactive') ? this.trying('keyboard-interactive') : false;
  }

  /** The answers to prompts: the password to the first hidden one. Null when it was given already and more is wanted. */
  answer(instructions: string, prompts: readonly Prompt[]): string[] | null {
    this.hear([instructions, ...prompts.map(({ prompt }) => prompt)].join('\n'));
    if (prompts.length === 0) return [];
    const { password } = this.means;
    if (password === undefined || this.answered) return null;
    this.answered = true;
    const first = prompts.findIndex(({ echo }) => echo !== true);
    return prompts.map((_, index) => (index === first ? password : ''));
  }

  private hear(words: string): void {
    this.words = `${this.words}\n${words}`.slice(-SAID_LIMIT);
  }

  private trying(method: AuthenticationType): AuthenticationType {
    this.tried.add(method);
    return method;
  }
}
