// Buttons that show more. Never a link that leads away, never what sends a form, never what does something.
(A => {
  const pressed = new WeakMap();
  const stopped = new Set(), leaving = new Map();
  let pressing = null;

  // While a button of ours is being pressed the page may not go elsewhere for it.
  const keep = event => {
    if (!pressing) return;
    const to = new URL(event.destination.url), here = new URL(location.href);
    const same = to.origin === here.origin && to.pathname === here.pathname && to.search === here.search;
    const own = event.destination.sameDocument && (same || event.navigationType === 'replace');
    if (own || !event.cancelable) return;
    event.preventDefault();
    leave();
  };
  // What a button like this says is not pressed again; after some such, nothing of its rule is.
  const leave = () => {
    const { rule, name } = pressing;
    stopped.add(`${rule}: ${name}`);
    const times = (leaving.get(rule) || 0) + 1;
    leaving.set(rule, times);
    if (times >= 5) stopped.add(rule);
  };
  if (globalThis.navigation) navigation.addEventListener('navigate', keep);
  addEventListener('submit', event => { if (pressing) { event.preventDefault(); leave(); } }, true);
  addEventListener('click', event => { if (pressing && event.target instanceof Element && A.leads(event.target)) event.preventDefault(); }, true);

  const sends = el => (el instanceof HTMLButtonElement && el.type !== 'button' && el.form) || (el instanceof HTMLInputElement && el.type !== 'button');
  const MENUS = 'nav,header:not(article header),footer:not(article footer),[role=navigation],[role=banner],[role=menu],[role=menubar],[role=toolbar],[role=search],[role=tablist],form[role=search]';
  const barred = (el, link) => el.disabled || A.attribute(el, 'aria-disabled') === 'true' || sends(el) || (!link && A.leads(el)) ||
    /^(menu|listbox|dialog|true|tree|grid)$/.test(A.attribute(el, 'aria-haspopup') || '') || A.attribute(el, 'aria-expanded') === 'true' ||
    /^(switch|checkbox|radio|tab|option|combobox|menuitem|menuitemcheckbox|menuitemradio)$/.test(A.attribute(el, 'role') || '') ||
    A.attribute(el, 'aria-pressed') !== null || A.attribute(el, 'contenteditable') !== null || A.attribute(el, 'download') !== null;

  /// Presses what shows more, at most so many, for at most so long. What was pressed is pressed again only if the page grew by it.
  A.expand = async ({ hosts, general, most, ms, height }) => {
    const end = performance.now() + ms, counts = new Map(), roots = A.roots();
    const never = A.pattern(general.never, false);
    const all = A.all([A.BUTTONS], roots);
    const jobs = [];
    for (const host of hosts) {
      const texts = A.pattern(host.more);
      jobs.push([host.name, A.all(host.press, roots), () => true, false]);
      jobs.push([host.name, A.all(host.press_links, roots), () => true, false, true]);
      jobs.push([host.name, all, el => A.names(el).some(n => texts.test(n)), false]);
    }
    const texts = A.pattern(general.more);
    jobs.push(['general', all, el => A.names(el).some(n => n.length < 80 && texts.test(n)), false]);
    jobs.push(['accordions', A.all(general.accordions, roots), () => true, true]);

    // First all are found, then all pressed: what is read between presses would have the page laid out anew each time.
    let left = 0;
    const plan = new Map(), now = Math.round(A.scroller().scrollHeight);
    for (const [rule, found, fits, once, link] of jobs) {
      if (stopped.has(rule)) continue;
      for (const el of found) {
        const before = pressed.get(el);
        if (plan.has(el) || (before && (once || before.times >= 300 || (now <= before.height + 4 && before.text === (el.textContent || ''))))) continue;
        if (barred(el, link) || !fits(el) || !A.seen(el) || A.within(el, MENUS)) continue;
        if (A.rect(el).top + scrollY > height) continue;
        const names = A.names(el);
        if (names.some(n => never.test(n)) || stopped.has(`${rule}: ${names[0] || ''}`)) continue;
        // What holds a button that shows more is not it.
        if (A.query(el, A.BUTTONS).some(inner => inner !== el && fits(inner))) continue;
        if (plan.size >= most || performance.now() > end) { left++; continue; }
        plan.set(el, { rule, name: names[0] || '' });
        if (!counts.has(rule)) counts.set(rule, { rule, count: 0, text: A.text(el, 80) || A.attribute(el, 'aria-label') || '' });
      }
    }
    let done = 0;
    for (const [el, { rule, name }] of plan) {
      if (!el.isConnected || stopped.has(rule) || stopped.has(`${rule}: ${name}`)) continue;
      const before = pressed.get(el);
      pressed.set(el, { times: (before ? before.times : 0) + 1, height: now, text: el.textContent || '' });
      pressing = { rule, name };
      A.press(el);
      done++;
      counts.get(rule).count++;
      if (done % 50 === 0) await A.frame();
    }
    if (done) await A.frame();
    // What the page does a little later for our press is still ours.
    const mine = pressing;
    if (mine) setTimeout(() => { if (pressing === mine) pressing = null; }, 1000);

    const folded = A.all(['details:not([open])'], roots).filter(el => A.seen(el) && !A.within(el, MENUS) && A.rect(el).top + scrollY <= height);
    const details = { rule: 'details', count: 0, text: '' };
    for (const el of folded) {
      if (done >= most) { left++; continue; }
      HTMLElement.prototype.setAttribute.call(el, 'open', '');
      // Those of one name close each other.
      HTMLElement.prototype.removeAttribute.call(el, 'name');
      done++;
      details.count++;
    }
    if (details.count) counts.set('details', details);
    return { pressed: [...counts.values()].filter(c => c.count), left, stopped: [...stopped] };
  };
})(arkivd);
