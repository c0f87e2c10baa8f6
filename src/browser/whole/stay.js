// The page stays where it is while it is read: what would take it to another document is stopped, and told.
(A => {
  let staying = false;
  const would = new Set();
  /// The rule and the name of the button that is being pressed.
  A.pressing = null;
  /// Called where it would have led away.
  A.led = () => {};

  // On its way to what it is to show: a page that has shown something is one.
  const bare = () => !A.body() || (A.shown(A.body()).trim().length < 200 && !A.query(document, 'article,[role=article]').length);

  const keep = event => {
    if (!event.cancelable || event.downloadRequest) return;
    const to = new URL(event.destination.url), here = new URL(location.href);
    const same = to.origin === here.origin && to.pathname === here.pathname && to.search === here.search;
    if (A.pressing) {
      if (event.destination.sameDocument && (same || event.navigationType === 'replace')) return;
      event.preventDefault();
      A.led();
      return;
    }
    if (!staying || event.destination.sameDocument || bare()) return;
    event.preventDefault();
    // To itself it would bring nothing else.
    if (!same && would.size < 8) would.add(`${to.origin}${to.pathname}`.slice(0, 200));
  };
  if (Object.hasOwn(globalThis, 'arkivd_leaving')) arkivd_leaving.hear = keep;
  else if (globalThis.navigation) navigation.addEventListener('navigate', keep);
  addEventListener('submit', event => { if (A.pressing) { event.preventDefault(); A.led(); } }, true);
  addEventListener('click', event => { if (A.pressing && event.target instanceof Element && A.leads(event.target)) event.preventDefault(); }, true);

  A.stay = ({ on }) => { staying = on; return true; };
  /// Where it would have gone.
  A.would = () => [...would];
})(arkivd);
