/// <reference types="jest" />
import { isCut, linesOf } from './log-text.js';

describe('the lines of an output', () => {
  it('are split at each kind of end, and an end at the end begins no other', () => {
    expect(linesOf('one\ntwo\r\nthree\r\r\n')).toEqual(['one', 'two', 'three']);
    expect(linesOf('one\n\n')).toEqual(['one', '']);
    expect(linesOf('a\tb')).toEqual(['a\tb']);
  });

  it('lack colours and other escape sequences', () => {
    expect(linesOf('\x1b[1;31mError\x1b[0m: \x1b[38;5;200mdisk\x1b[m full\x07')).toEqual([
      'Error: disk full',
    ]);
    expect(linesOf('\x1b]0;title\x07a\x1b]8;;http://x\x1b\\b \x9b32mc\x1b(B\x1b=')).toEqual(['ab c']);
    // the output may have been cut within one
    expect(linesOf('done\x1b')).toEqual(['done']);
    expect(linesOf('done\x1b[3')).toEqual(['done']);
    expect(linesOf('[31m is no sequence without what begins one')).toEqual([
      '[31m is no sequence without what begins one',
    ]);
  });

  it('have of what was written over what stood there last', () => {
    expect(linesOf('10 %\r55 %\r100 %\ndone')).toEqual(['100 %', 'done']);
    expect(linesOf('downloading\rok')).toEqual(['okwnloading']);
    expect(linesOf('downloading\r\x1b[Kok')).toEqual(['ok']);
    expect(linesOf('downloading\x1b[2K\rok')).toEqual(['ok']);
    expect(linesOf('ab\x1b[1Kc')).toEqual(['  c']);
    expect(linesOf('|\b/\b-\b done')).toEqual([' done']);
  });
});

describe('an output', () => {
  it('is cut when it is as long as what is kept', () => {
    expect(isCut('a'.repeat(16 * 1024))).toBe(true);
    expect(isCut('ä'.repeat(8 * 1024))).toBe(true);
    // half a character at its beginning was left out
    expect(isCut('€'.repeat(5461))).toBe(true);
    expect(isCut('a'.repeat(16 * 1024 - 4))).toBe(false);
    expect(isCut('')).toBe(false);
  });
});
