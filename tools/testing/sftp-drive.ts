import { type FileHandle, mkdir, open, readdir, rename, rmdir, stat, unlink } from 'node:fs/promises';
import { existsSync, type Stats } from 'node:fs';
import { basename, join } from 'node:path';
import ssh2, { type SFTPWrapper } from 'ssh2';

const { OPEN_MODE, STATUS_CODE } = ssh2.utils.sftp;
/** What only an administrator may change: everything where Windows is. */
const OF_WINDOWS = /^\/C:\/windows(\/|$)/i;
/** What nobody else may even look into. */
const PROTECTED = /^\/C:\/windows\/Relaypoint(\/|$)/i;

/** A handle that was given away: an open file, or a folder of which everything has been told. */
type Handle = { readonly file: FileHandle } | { names: string[] | null; readonly path: string };

/** Serves drive C of a computer, whose folder is `drive`, as SFTP of Windows shows it: `/C:/Windows/…`. */
export function serveDrive(sftp: SFTPWrapper, drive: string, isAdmin: boolean): void {
  const handles = new Map<number, Handle>();
  let last = 0;
  const local = (path: string): string => {
    const found = /^\/C:(\/.*)?$/i.exec(path);
    if (!found) throw Object.assign(new Error(`no such path: ${path}`), { code: 'ENOENT' });
    return join(drive, found[1] ?? '');
  };
  const refuse = (path: string, changes: boolean): void => {
    if (!isAdmin && (changes ? OF_WINDOWS : PROTECTED).test(path) && (changes || existsSync(local(path))))
      throw Object.assign(new Error('access is denied'), { code: 'EACCES' });
  };
  const give = (handle: Handle): Buffer => {
    handles.set(++last, handle);
    const id = Buffer.alloc(4);
    id.writeUInt32BE(last);
    return id;
  };
  const fileOf = (id: Buffer): FileHandle => {
    const handle = handles.get(id.readUInt32BE());
    if (!handle || !('file' in handle)) throw new Error('no such handle');
    return handle.file;
  };
  /** Answers a request by what `work` does; a refusal by its status. */
  const answer = (request: number, work: () => Promise<unknown>): void => {
    Promise.resolve()
      .then(work)
      .then(
        (done) => done === undefined && sftp.status(request, STATUS_CODE.OK),
        (error: NodeJS.ErrnoException) => sftp.status(request, statusOf(error), error.message),
      );
  };
  const TOLD = true;

  sftp.on('REALPATH', (request, path) =>
    sftp.name(request, [{ filename: path, longname: path, attrs: attributes(null) }]),
  );
  for (const event of ['STAT', 'LSTAT'] as const) {
    sftp.on(event as 'STAT', (request: number, path: string) =>
      answer(request, async () => {
        refuse(path, false);
        sftp.attrs(request, attributes(await stat(local(path))));
        return TOLD;
      }),
    );
  }
  sftp.on('OPEN', (request, path, flags) =>
    answer(request, async () => {
      const mode = (flags & OPEN_MODE.WRITE) !== 0 ? 'w+' : 'r';
      refuse(path, mode === 'w+');
      sftp.handle(request, give({ file: await open(local(path), mode) }));
      return TOLD;
    }),
  );
  sftp.on('FSTAT', (request, id) =>
    answer(request, async () => {
      sftp.attrs(request, attributes(await fileOf(id).stat()));
      return TOLD;
    }),
  );
  sftp.on('READ', (request, id, offset, length) =>
    answer(request, async () => {
      const { bytesRead, buffer } = await fileOf(id).read(Buffer.alloc(length), 0, length, offset);
      if (bytesRead === 0) sftp.status(request, STATUS_CODE.EOF);
      else sftp.data(request, buffer.subarray(0, bytesRead));
      return TOLD;
    }),
  );
  sftp.on('WRITE', (request, id, offset, data) =>
    answer(request, async () => void (await fileOf(id).write(data, 0, data.length, offset))),
  );
  sftp.on('CLOSE', (request, id) =>
    answer(request, async () => {
      const handle = handles.get(id.readUInt32BE());
      handles.delete(id.readUInt32BE());
      if (handle && 'file' in handle) await handle.file.close();
    }),
  );
  sftp.on('OPENDIR', (request, path) =>
    answer(request, async () => {
      refuse(path, false);
      sftp.handle(request, give({ names: await readdir(local(path)), path: local(path) }));
      return TOLD;
    }),
  );
  sftp.on('READDIR', (request, id) =>
    answer(request, async () => {
      const handle = handles.get(id.readUInt32BE());
      if (!handle || 'file' in handle) throw new Error('no such handle');
      const { names, path } = handle;
      handle.names = null;
      if (names === null || names.length === 0) sftp.status(request, STATUS_CODE.EOF);
      else {
        const found = await Promise.all(names.map((name) => stat(join(path, name)).catch(() => null)));
        sftp.name(
          request,
          names.map((name, n) => ({ filename: name, longname: name, attrs: attributes(found[n] ?? null) })),
        );
      }
      return TOLD;
    }),
  );
  const change = (event: 'REMOVE' | 'RMDIR' | 'MKDIR', work: (path: string) => Promise<void>): void => {
    sftp.on(event as 'REMOVE', (request: number, path: string) =>
      answer(request, () => {
        refuse(path, true);
        return work(local(path));
      }),
    );
  };
  change('REMOVE', unlink);
  change('RMDIR', rmdir);
  change('MKDIR', (path) => mkdir(path));
  sftp.on('RENAME', (request, from, to) =>
    answer(request, async () => {
      refuse(from, true);
      if (existsSync(local(to))) throw new Error(`${basename(to)} is there already`);
      await rename(local(from), local(to));
    }),
  );
  for (const event of ['SETSTAT', 'FSETSTAT'] as const)
    sftp.on(event as 'SETSTAT', (request: number) => sftp.status(request, STATUS_CODE.OK));
}

function attributes(found: Stats | null) {
  const { mode = 0, size = 0, atimeMs = 0, mtimeMs = 0 } = found ?? {};
  return { mode, uid: 0, gid: 0, size, atime: Math.floor(atimeMs / 1000), mtime: Math.floor(mtimeMs / 1000) };
}

function statusOf({ code }: NodeJS.ErrnoException): number {
  if (code === 'ENOENT') return STATUS_CODE.NO_SUCH_FILE;
  return code === 'EACCES' ? STATUS_CODE.PERMISSION_DENIED : STATUS_CODE.FAILURE;
}
