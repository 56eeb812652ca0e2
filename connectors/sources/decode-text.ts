/** Text of bytes whose XML declaration or content type may name the encoding; UTF-8 otherwise. */
export function decodeText(bytes: Uint8Array, contentType: string = ''): string {
  const head = Buffer.from(bytes.subarray(0, 200)).toString('latin1')
  const label =
    /charset="?([\w-]+)/i.exec(contentType)?.[1] ?? /<\?xml[^>]*encoding=["']([\w-]+)/i.exec(head)?.[1] ?? 'utf-8'
  try {
    return new TextDecoder(label).decode(bytes)
  } catch {
    return new TextDecoder().decode(bytes)
  }
}
