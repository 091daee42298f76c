/**
 * The frame of both pages: one file, no request to anywhere. The content policy allows exactly the script that the page carries, by its
 * hash, so that no text from a program could run even if an escape were forgotten.
 */
import { createHash } from 'node:crypto';
import { escapeText, html, type Markup, trusted } from './escape.ts';

export interface PageParts {
  readonly title: string;
  readonly kind: 'suite' | 'run';
  readonly style: string;
  readonly body: Markup;
  readonly script: string;
  /** Deflated records in base64. */
  readonly data?: string;
}

export function renderPage(parts: PageParts): string {
  // The text inside a script element ends at the first such tag, whatever the quoting around it.
  const script = parts.script.replaceAll('</script', '<\\/script').replaceAll('<!--', '<\\!--');
  const hash = createHash('sha256').update(script).digest('base64');
  const policy = `default-src 'none'; script-src 'sha256-${hash}'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'`;
  const data =
    parts.data === undefined
      ? trusted('')
      : html`<script type="application/octet-stream" id="run-data">${trusted(parts.data)}</script>\n`;
  return `<!doctype html>
<html lang="en" data-page="${parts.kind}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<title>${escapeText(parts.title)}</title>
<link rel="icon" href="data:,">
<style>${parts.style}</style>
</head>
<body>
${parts.body.markup}
${data.markup}<script>${script}</script>
</body>
</html>
`;
}
