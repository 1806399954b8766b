import type App from './App.svelte';
import type { Lab } from './lab.svelte';
import type { Theme } from './theme.svelte';

/** All that trains and shows runs. */
export interface Desk {
  App: typeof App;
  lab: Lab;
}

let loading: Promise<Desk> | null = null;

/** Loads the desk, once, and opens what the address says. */
export function loadDesk(theme: Theme): Promise<Desk> {
  loading ??= load(theme).catch((error: unknown) => {
    loading = null; // the next attempt may succeed
    throw error;
  });
  return loading;
}

async function load(theme: Theme): Promise<Desk> {
  // The experiment's page is asked for at the same time rather than once the app has found that it needs it.
  const [{ default: App }, { Lab }] = await Promise.all([
    import('./App.svelte'),
    import('./lab.svelte'),
    import('./experiment/ExperimentPage.svelte'),
  ]);
  const lab = new Lab(theme);
  lab.open();
  return { App, lab };
}
