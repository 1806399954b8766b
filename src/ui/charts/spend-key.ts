/**
 * Does what a key stands for in a chart that has the focus, if it stands for anything. The key is then spent: neither
 * does the browser scroll, nor do the page's own shortcuts see it.
 */
export function spendKey(event: KeyboardEvent, actions: Readonly<Record<string, () => void>>): void {
  const action = Object.hasOwn(actions, event.key) ? actions[event.key] : undefined;
  if (!action) return;
  event.preventDefault();
  event.stopPropagation();
  action();
}
