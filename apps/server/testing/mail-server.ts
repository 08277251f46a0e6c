import type { AddressInfo } from 'node:net';
import { SMTPServer } from 'smtp-server';

/** A mail as it arrived. */
export interface ReceivedMail {
  to: string;
  /** Headers and body, as they were sent. */
  source: string;
  /** Headers unfolded, and bodies of quoted-printable and base64 in plain text. */
  text: string;
}

/** What a mail server says of one who is to get a mail; nothing: it takes it. */
type Verdict = { code: number; message: string } | undefined;

/** A real SMTP server that keeps what it gets. */
export class MailServer {
  readonly mails: ReceivedMail[] = [];
  /** Decides on each recipient; may be replaced. */
  judge: (to: string) => Verdict = () => undefined;
  private readonly server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    disableReverseLookup: true,
    onRcptTo: ({ address }, _session, done) => {
      const verdict = this.judge(address);
      if (!verdict) return done();
      done(Object.assign(new Error(verdict.message), { responseCode: verdict.code }));
    },
    onData: (stream, { envelope }, done) => {
      let source = '';
      stream.setEncoding('utf8');
      stream.on('data', (text: string) => (source += text));
      stream.on('end', () => {
        const to = envelope.rcptTo.map(({ address }) => address).join();
        this.mails.push({ to, source, text: readable(source) });
        done();
      });
    },
  });

  static async start(): Promise<MailServer> {
    const made = new MailServer();
    await new Promise<void>((done) => made.server.listen(0, '127.0.0.1', done));
    return made;
  }

  get url(): string {
    return `smtp://127.0.0.1:${(this.server.server.address() as AddressInfo).port}`;
  }

  stop(): Promise<void> {
    return new Promise((done) => this.server.close(() => done()));
  }
}

function readable(source: string): string {
  const unfolded = source
    .replaceAll(/\?=\r\n =\?UTF-8\?Q\?/gi, '')
    .replaceAll(/=\?UTF-8\?Q\?(.*?)\?=/gi, (_, word: string) => word.replaceAll('_', ' '))
    .replaceAll(/=\r\n/g, '');
  const bytes = unfolded.replaceAll(/=([0-9A-F]{2})/g, (_, hex: string) =>
    String.fromCharCode(parseInt(hex, 16)),
  );
  return Buffer.from(bytes, 'latin1').toString('utf8');
}
