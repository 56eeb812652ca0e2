import type { Diagnostics } from './diagnostic.ts'
import type { ScalarNode, SyntaxNode } from './document.ts'

const SECRET_NAME = /(^|_)(password|passwd|passphrase|secret|token|api_key|access_key|private_key)$/i
/** `redis://user:word@host`. */
const URL_WITH_PASSWORD = /^[a-z][a-z0-9+.-]*:\/\/[^/\s:@]*:[^/\s@]+@/i

/** Whoever may read the topology may not read passwords: the file is in a repository, and in what tools print. */
export function checkSecrets(node: SyntaxNode, diagnostics: Diagnostics, name = ''): void {
  if (node.kind === 'list') for (const item of node.items) checkSecrets(item, diagnostics, name)
  if (node.kind === 'map') for (const [key, { value }] of node.entries) checkSecrets(value, diagnostics, key)
  if (node.kind !== 'scalar' || !isSecret(name, node)) return
  const variable = `\${env:${name.toUpperCase().replace(/\W/g, '_')}}`
  const help = `write "${variable}", or "\${file:path}" where it is mounted as a file`
  diagnostics.error('T042', node.span, `\`${name}\` is a secret in plain text`, 'in plain text', help)
}

const isSecret = (name: string, { value, isSubstituted }: ScalarNode): boolean =>
  typeof value === 'string' &&
  value !== '' &&
  !isSubstituted &&
  (SECRET_NAME.test(name) || URL_WITH_PASSWORD.test(value))
