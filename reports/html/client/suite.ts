/** The filters of the suite page: words, verdict, subject. Without a script the page shows every line. */
import { byId } from './element.ts';

export function startSuitePage(): void {
  const search = byId('filter-words') as HTMLInputElement;
  const state = byId('filter-state') as HTMLSelectElement;
  const subject = byId('filter-subject') as HTMLSelectElement;
  const result = byId('filter-result');
  const lines = [...document.querySelectorAll<HTMLElement>('[data-line]')];
  const groups = [...document.querySelectorAll<HTMLElement>('[data-group]')];

  const apply = (): void => {
    const words = search.value.toLowerCase().trim();
    let shown = 0;
    for (const line of lines) {
      const isShown =
        (words === '' || (line.dataset.words ?? '').includes(words)) &&
        (state.value === '' || (line.dataset.states ?? '').split(' ').includes(state.value)) &&
        (subject.value === '' || line.dataset.subject === subject.value);
      line.hidden = !isShown;
      if (isShown) shown += 1;
    }
    for (const group of groups) group.hidden = group.querySelector('[data-line]:not([hidden])') === null;
    result.textContent = shown === lines.length ? '' : `${shown} of ${lines.length} lines`;
  };
  search.addEventListener('input', apply);
  state.addEventListener('change', apply);
  subject.addEventListener('change', apply);
  byId('filters').hidden = false;
  document.documentElement.dataset.ready = 'true';
}
