/**
 * Bytes as text: UTF-8, or UTF-16 if they begin with its byte order mark, as what Windows PowerShell writes with `>`. A byte
 * order mark of UTF-8 stays in the text.
 */
export function decodeText(bytes: Uint8Array): string {
  const [first, second] = bytes;
  if (first === 0xff && second === 0xfe) return new TextDecoder('utf-16le').decode(bytes);
  if (first === 0xfe && second === 0xff) return new TextDecoder('utf-16be').decode(bytes);
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
}
