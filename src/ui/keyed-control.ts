/**
 * Presses the control that says, by `aria-keyshortcuts`, that it answers to a key, or puts the focus there where it is a field.
 * What it is folded away in is unfolded first. False where the page has none that could be pressed now.
 */
export function pressKeyed(key: string): boolean {
  const controls = document.querySelectorAll<HTMLElement>(`[aria-keyshortcuts="${CSS.escape(key)}" i]`);
  const control = [...controls].find((element) => element.getAttribute('aria-disabled') !== 'true');
  if (!control) return false;
  for (let at = control.parentElement; at; at = at.parentElement)
    if (at instanceof HTMLDetailsElement) at.open = true;
  if (control.matches('input, select, textarea')) control.focus();
  else control.click();
  return true;
}
