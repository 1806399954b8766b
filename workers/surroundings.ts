/** Data sets lie beside the built scripts' folder, wherever the site is served from. */
export const dataRoot = new URL(
  /* @vite-ignore */ `${import.meta.env.DEV ? '/' : '../'}data/`,
  import.meta.url,
);

/** Gives the thread's waiting messages their turn, without a timer that a hidden tab would slow down. */
export const breathe = () =>
  new Promise<void>((done) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      done();
    };
    port2.postMessage(null);
  });
