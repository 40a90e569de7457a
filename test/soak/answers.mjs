/** A strict reader of HTTP/1.1 answers: what a client must be able to rely on, it insists on. */
import { brotliDecompressSync, gunzipSync, inflateSync } from 'node:zlib';

const END_OF_HEAD = '\r\n\r\n';
const DECODERS = { gzip: gunzipSync, br: brotliDecompressSync, deflate: inflateSync };

export class BadAnswer extends Error {}

export class AnswerReader {
  #rest = Buffer.alloc(0);
  #methods;
  answers = [];

  /** @param methods of the requests, in their order: a HEAD gets no body. */
  constructor(methods) {
    this.#methods = methods;
  }

  /** Bytes that are no whole answer yet. */
  get pending() {
    return this.#rest.length;
  }

  push(chunk, isEnd = false) {
    this.#rest = Buffer.concat([this.#rest, chunk]);
    for (;;) {
      const read = this.#rest.length === 0 ? null : this.#readOne(isEnd);
      if (read === null) return;
      this.#rest = this.#rest.subarray(read.length);
      if (read.answer.status >= 200) this.answers.push({ ...read.answer, at: Date.now() });
    }
  }

  #readOne(isEnd) {
    const end = this.#rest.indexOf(END_OF_HEAD);
    if (end < 0) return null;
    const head = parseHead(this.#rest.subarray(0, end).toString('latin1'));
    const bodyAt = end + END_OF_HEAD.length;
    const method = this.#methods[this.answers.length];
    const body = bodyOf(head, this.#rest.subarray(bodyAt), { method, isEnd });
    if (body === null) return null;
    if (method !== 'HEAD') checkEncoding(head, body.content);
    return { answer: { ...head, content: body.content }, length: bodyAt + body.length };
  }
}

function parseHead(text) {
  const [first, ...lines] = text.split('\r\n');
  const status = /^HTTP\/1\.1 (\d{3})(?: [^\r\n]*)?$/.exec(first)?.[1];
  if (status === undefined) throw new BadAnswer(`no status line: ${JSON.stringify(first.slice(0, 100))}`);
  const headers = {};
  for (const line of lines) {
    const [, name, value] = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*(.*)$/.exec(line) ?? [];
    if (name === undefined) throw new BadAnswer(`no header: ${JSON.stringify(line.slice(0, 100))}`);
    (headers[name.toLowerCase()] ??= []).push(value);
  }
  return { status: Number(status), headers };
}

/** Null: there is more to come. */
function bodyOf({ status, headers }, rest, { method, isEnd }) {
  const { 'content-length': lengths, 'transfer-encoding': encodings, connection } = headers;
  if (lengths && encodings) throw new BadAnswer('both Content-Length and Transfer-Encoding');
  if (lengths && (lengths.length > 1 || !/^\d+$/.test(lengths[0])))
    throw new BadAnswer(`Content-Length: ${lengths}`);
  if (status < 200 || status === 204 || status === 304 || method === 'HEAD')
    return { content: Buffer.alloc(0), length: 0 };
  if (encodings) return chunkedBody(rest);
  if (lengths) {
    const length = Number(lengths[0]);
    return rest.length < length ? null : { content: rest.subarray(0, length), length };
  }
  if (!/close/i.test(String(connection))) throw new BadAnswer(`${status} with neither a length nor an end`);
  return isEnd ? { content: rest, length: rest.length } : null;
}

function chunkedBody(rest) {
  const chunks = [];
  for (let at = 0; ;) {
    const lineEnd = rest.indexOf('\r\n', at);
    if (lineEnd < 0) return null;
    const size = rest.subarray(at, lineEnd).toString('latin1');
    if (!/^[0-9a-f]+$/i.test(size))
      throw new BadAnswer(`size of a chunk: ${JSON.stringify(size.slice(0, 50))}`);
    const from = lineEnd + 2;
    const to = from + Number.parseInt(size, 16);
    if (rest.length < to + 2) return null;
    if (rest.subarray(to, to + 2).toString() !== '\r\n')
      throw new BadAnswer('a chunk does not end where it says');
    if (to === from) return { content: Buffer.concat(chunks), length: to + 2 };
    chunks.push(rest.subarray(from, to));
    at = to + 2;
  }
}

/** A compressed body has to be whole too. */
function checkEncoding({ status, headers }, content) {
  const decode = DECODERS[headers['content-encoding']?.[0]];
  if (!decode || content.length === 0 || status === 206) return;
  try {
    decode(content);
  } catch (error) {
    throw new BadAnswer(`${headers['content-encoding']} body of ${content.length} bytes: ${error.message}`);
  }
}
