import { createReadStream } from 'node:fs';
import type { ClientChannel } from 'ssh2';

/** What a command reads from its standard input, part by part. */
export type CommandInput = readonly (Buffer | { readonly file: string })[];

/** Sends the parts in turn and ends the input. A command that does not read on is no error. */
export async function feed(channel: ClientChannel, parts: CommandInput): Promise<void> {
  for (const part of parts) {
    const chunks: AsyncIterable<Buffer> | Buffer[] = Buffer.isBuffer(part)
      ? [part]
      : createReadStream(part.file);
    for await (const chunk of chunks) {
      if (channel.destroyed || !channel.writable) return;
      if (!channel.write(chunk)) await drained(channel);
    }
  }
  channel.end();
}

function drained(channel: ClientChannel): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      channel.off('drain', done).off('close', done);
      resolve();
    };
    channel.on('drain', done).on('close', done);
  });
}
