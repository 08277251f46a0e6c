import {
  isConnectionLost,
  isMissing,
  parseFreeKiB,
  parseListing,
  parseServiceState,
  signOf,
  statusOf,
  withoutNoise,
} from './samba-output.js';

const LISTING = [
  '  .                                   D        0  Sun Nov 29 00:27:43 2026',
  '  ..                                  D        0  Sun Nov 29 00:27:43 2026',
  '  setup.exe                           A  7073792  Sun Nov  9 00:27:43 2026',
  '  a name with blanks.txt             AH        3  Sun Nov 29 00:27:43 2026',
  '  RelaypointPush-order-1-1.new        D        0  Sun Nov 29 00:27:43 2026',
  '  node.bin                            A 126595440  Sun Nov 29 00:43:31 2026',
  '  empty                                        0  Sun Nov 29 00:43:31 2026',
  '',
  '\t\t264212084 blocks of size 1024. 78422388 blocks available',
].join('\n');

describe('what smbclient prints', () => {
  it('is read as entries, without the folder itself and the one above', () => {
    expect(parseListing(LISTING)).toEqual([
      { name: 'setup.exe', isFolder: false, size: 7_073_792 },
      { name: 'a name with blanks.txt', isFolder: false, size: 3 },
      { name: 'RelaypointPush-order-1-1.new', isFolder: true, size: 0 },
      { name: 'node.bin', isFolder: false, size: 126_595_440 },
      { name: 'empty', isFolder: false, size: 0 },
    ]);
  });

  it('tells the free space in its own block size', () => {
    expect(parseFreeKiB(LISTING)).toBe(78_422_388);
    expect(parseFreeKiB('\t\t1000 blocks of size 4096. 10 blocks available')).toBe(40);
    expect(parseFreeKiB('NT_STATUS_NO_SUCH_FILE listing \\x')).toBeNull();
  });

  it('is cleared of what is no word of the computer', () => {
    const noise = [
      'Error reading password from file descriptor 3: empty password',
      'lpcfg_do_global_parameter: WARNING: The "x" option is deprecated',
    ];
    expect(withoutNoise(`${noise.join('\n')}\n  x  D\n`)).toBe('  x  D');
    expect(withoutNoise(noise[0] ?? '')).toBe('');
  });
});

describe('a status', () => {
  it.each([
    ['session setup failed: NT_STATUS_LOGON_FAILURE', 'ntstatus', 'NT_STATUS_LOGON_FAILURE'],
    [
      'NT_STATUS_OBJECT_NAME_COLLISION making remote directory \\x',
      'ntstatus',
      'NT_STATUS_OBJECT_NAME_COLLISION',
    ],
    ['Failed to open service.  [WERR_ACCESS_DENIED]', 'werror', 'WERR_ACCESS_DENIED'],
    ['Failed to start service: X [WERR_OK]', 'samba', '255'],
    ['something else', 'samba', '255'],
    ['first NT_STATUS_IO_TIMEOUT then NT_STATUS_OK', 'ntstatus', 'NT_STATUS_IO_TIMEOUT'],
  ])('is found in %p', (text, system, code) => {
    expect(signOf(text, 255)).toEqual({ system, code, text });
  });

  it('tells a lost connection and a missing file from other faults', () => {
    expect(statusOf('no status at all')).toBe('');
    for (const status of [
      'CONNECTION_RESET',
      'CONNECTION_DISCONNECTED',
      'IO_TIMEOUT',
      'NETWORK_NAME_DELETED',
    ])
      expect(isConnectionLost(`NT_STATUS_${status}`)).toBe(true);
    for (const status of ['NT_STATUS_ACCESS_DENIED', 'NT_STATUS_NO_SUCH_FILE', ''])
      expect(isConnectionLost(status)).toBe(false);
    for (const status of ['NO_SUCH_FILE', 'OBJECT_NAME_NOT_FOUND', 'OBJECT_PATH_NOT_FOUND'])
      expect(isMissing(`NT_STATUS_${status}`)).toBe(true);
    expect(isMissing('NT_STATUS_ACCESS_DENIED')).toBe(false);
  });
});

it.each([
  ['RelaypointPush-o-1 service is running.\nConfiguration details:\n', 'running'],
  ['RelaypointPush-o-1 service is stopped.', 'stopped'],
  ['RelaypointPush-o-1 service is start pending.', 'other'],
  ['Failed to open service.  [WERR_SERVICE_DOES_NOT_EXIST]', 'absent'],
  ['Failed to open service.  [WERR_NO_SUCH_SERVICE]', 'absent'],
  ['Failed to open service.  [WERR_ACCESS_DENIED]', null],
  ['Could not initialise pipe svcctl', null],
])('of a service %p means %s', (text, state) => {
  expect(parseServiceState(text)).toBe(state);
});
