/** Copy buttons. The clipboard interface is refused on `file://` in some browsers; the old command works there. */

export function startCopyButtons(): void {
  document.addEventListener('click', (event) => {
    const button =
      event.target instanceof Element ? event.target.closest<HTMLButtonElement>('button[data-copy]') : null;
    if (button === null) return;
    const source = document.getElementById(button.dataset.copy ?? '');
    if (source !== null) void copy(button, source);
  });
}

async function copy(button: HTMLButtonElement, source: HTMLElement): Promise<void> {
  const text = source.textContent ?? '';
  let isCopied = false;
  try {
    await navigator.clipboard.writeText(text);
    isCopied = true;
  } catch {
    const range = document.createRange();
    range.selectNodeContents(source);
    const selection = getSelection();
    selection?.removeAllRanges();
    selection?.addRange(range);
    isCopied = document.execCommand('copy');
  }
  button.textContent = isCopied ? 'Copied' : 'Select and copy';
  announce(isCopied ? 'Copied to the clipboard' : 'The text is selected; copy it with the keyboard');
  setTimeout(() => {
    button.textContent = 'Copy';
  }, 1600);
}

/** Says something to screen readers. */
export function announce(text: string): void {
  const region = document.getElementById('announcer');
  if (region !== null) region.textContent = text;
}
