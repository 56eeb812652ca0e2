/** An article of a feed as HTML: its title as heading, then what the feed carries of it. The same item makes the same bytes. */
export const articleHtml = (title: string | null, bodyHtml: string): string =>
  `<article>\n${title ? `<h1>${escapeHtml(title)}</h1>\n` : ''}${bodyHtml}\n</article>\n`

export const escapeHtml = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
