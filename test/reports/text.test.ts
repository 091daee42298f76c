import { expect, test } from 'vitest';
import { duration, oneLine, printable, seconds, valueText } from '../../reports/words.ts';

test('control, zero-width and bidirectional characters become visible, tabs and line feeds stay', () => {
  expect(printable('a\u0000b\u001b[31mc\u202ed\u200be\tf\ng')).toBe('a\\x00b\\x1b[31mc\\u202ed\\u200be\tf\ng');
});

test('a lone surrogate becomes visible, a pair stays', () => {
  expect(printable('\ud800x \u{1d11e}')).toBe('\\ud800x \u{1d11e}');
});

test('a long text is one line of the given length', () => {
  expect(oneLine('one\n  two\tthree', 9)).toBe('one two …');
  expect(oneLine('x'.repeat(500))).toHaveLength(200);
});

test('lengths of time use the unit that fits', () => {
  expect([820, 4200, 20e6, 200e6, 7260e6, 90 * 86_400e6].map((micros) => duration(micros))).toEqual([
    '820 µs',
    '4.2 ms',
    '20 s',
    '3 min 20 s',
    '2 h 1 min',
    '90 d',
  ]);
  expect(seconds(12_410_238)).toBe('12.410 s');
});

test('a flat value is said in words, a nested one as JSON', () => {
  expect(valueText({ amount: 57, currency: 'EUR' })).toBe('amount 57, currency EUR');
  expect(valueText({ a: [1] })).toBe('{"a":[1]}');
});
