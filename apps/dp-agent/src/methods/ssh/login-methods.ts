import type { AuthenticationType, Prompt } from 'ssh2';

/** What an account has to log in with. */
export interface LoginMeans {
  readonly password?: string | undefined;
  readonly privateKey?: string | undefined;
}

/**
 * What came of a login that did not get through, as far as the account is concerned.
 * - `nothing-sent`: the computer takes nothing that the account has
 * - `refused`: the last secret that was sent was refused
 * - `more-wanted`: a secret was accepted, or may have been, and the computer asks for a further one
 */
export type LoginStanding = 'nothing-sent' | 'refused' | 'more-wanted';

/** Characters kept of what the computer says while somebody logs in. */
const SAID_LIMIT = 1000;

/** Prompts that want something else than the password. */
const OTHER_FACTOR = /verification|one.?time|passcode|\b(?:otp|totp|pin|token|factor|code)\b/i;

/**
 * Chooses how to log in so that each login counts as one try: the computer is first asked what it offers, the key goes
 * first, and the password is sent once, either as such or to a prompt. ssh2 by itself sends a refused password a second
 * time by `keyboard-interactive`, which locks accounts in half the time.
 */
export class LoginMethods {
  private readonly tried = new Set<AuthenticationType>();
  private words = '';
  private answered = false;
  private offered: readonly AuthenticationType[] = [];
  /** How the login stands. */
  standing: LoginStanding = 'nothing-sent';

  constructor(private readonly means: LoginMeans) {}

  /** What the computer said with its prompts, and since a secret was sent. Not its first banner: that says the same to everybody. */
  get said(): string {
    return this.words.trim();
  }

  /** Whether a secret is on its way, or was. */
  get hasSent(): boolean {
    return this.sentPassword || this.tried.has('publickey');
  }

  /** Whether the password was sent; a login that got through has taken it then. */
  get sentPassword(): boolean {
    return this.tried.has('password') || this.answered;
  }

  /** The ways in that the computer named last. */
  get offers(): string {
    return this.offered.join(', ') || 'none';
  }

  /**
   * @param offered null: not known yet
   * @param isPart what was sent last was accepted, and more is wanted
   */
  next(offered: readonly AuthenticationType[] | null, isPart = false): AuthenticationType | false {
    if (offered === null) return 'none';
    this.offered = offered;
    if (this.hasSent && this.standing !== 'more-wanted') this.standing = isPart ? 'more-wanted' : 'refused';
    const { password, privateKey } = this.means;
    const takes = (method: AuthenticationType) => offered.includes(method) && !this.tried.has(method);
    if (privateKey !== undefined && takes('publickey')) return this.trying('publickey');
    const sent = this.tried.has('password') || this.tried.has('keyboard-interactive');
    if (password === undefined || sent) return false;
    if (takes('password')) return this.trying('password');
    return takes('keyboard-interactive') ? this.trying('keyboard-interactive') : false;
  }

  /** The answer to a prompt: the password, to the first hidden one. Null when something else, or more, is wanted. */
  answer(instructions: string, prompts: readonly Prompt[]): string[] | null {
    this.hear([instructions, ...prompts.map(({ prompt }) => prompt)].join('\n'));
    const [first, ...others] = prompts;
    if (!first) return [];
    const { password } = this.means;
    const isPassword = first.echo !== true && others.length === 0 && !OTHER_FACTOR.test(first.prompt);
    if (password === undefined || this.answered || !isPassword) {
      this.standing = 'more-wanted';
      return null;
    }
    this.answered = true;
    return [password];
  }

  /** A banner: after a secret was sent it is about this login. */
  heed(banner: string): void {
    if (this.hasSent) this.hear(banner);
  }

  private hear(words: string): void {
    this.words = `${this.words}\n${words}`.slice(-SAID_LIMIT);
  }

  private trying(method: AuthenticationType): AuthenticationType {
    this.tried.add(method);
    return method;
  }
}
