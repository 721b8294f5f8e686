// Hexadecimal text, lower case on output, either case on input.

const DIGITS = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

export function toHex(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += DIGITS[byte];
  return text;
}

/** What a digit is worth, by its character code; 16 for what is none. */
const WORTH = Uint8Array.from({ length: 128 }, (_, code) => {
  const worth = '0123456789abcdef'.indexOf(String.fromCharCode(code).toLowerCase());
  return worth === -1 ? 16 : worth;
});

/** The bytes of a hexadecimal text of an even length, or `undefined`. */
export function fromHex(text: string): Uint8Array<ArrayBuffer> | undefined {
  if (text.length % 2 !== 0) return undefined;
  const bytes = new Uint8Array(text.length / 2);
  for (let index = 0; index < bytes.length; index += 1) {
    const high = WORTH[text.charCodeAt(2 * index)] ?? 16;
    const low = WORTH[text.charCodeAt(2 * index + 1)] ?? 16;
    if (high === 16 || low === 16) return undefined;
    bytes[index] = high * 16 + low;
  }
  return bytes;
}

export function bytesEqual(left: Uint8Array, right: Uint8Array): boolean {
  if (left.length !== right.length) return false;
  for (let index = 0; index < left.length; index += 1) {
    if (left[index] !== right[index]) return false;
  }
  return true;
}
