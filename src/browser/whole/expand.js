// Buttons that show more. Never a link that leads away, never what sends a form, never what does something.
(A => {
  const pressed = new WeakMap(), other = new WeakMap();
  const label = el => `${(el.textContent || '').slice(0, 600)}|${A.attribute(el, 'aria-label')}|${A.attribute(el, 'title')}|${el.value || ''}`;
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
    // First all are found, then all pressed: what is read between presses would have the page laid out anew each time.
    let left = 0;
    const plan = new Map(), now = Math.round(A.scroller().scrollHeight);
    const consider = (el, rule, { once = false, link = false } = {}) => {
      const before = pressed.get(el);
      if (plan.has(el) || stopped.has(rule)) return;
      if (before && (once || before.times >= 300 || (now <= before.height + 4 && before.text === (el.textContent || '')))) return;
      if (barred(el, link) || !A.seen(el) || A.within(el, MENUS) || A.rect(el).top + scrollY > height) return;
      const names = A.names(el), name = names[0] || '';
      if (names.some(n => never.test(n)) || stopped.has(`${rule}: ${name}`)) return;
      if (plan.size >= most || performance.now() > end) { left++; return; }
      plan.set(el, { rule, name });
      if (!counts.has(rule)) counts.set(rule, { rule, count: 0, text: A.text(el, 80) || A.attribute(el, 'aria-label') || '' });
    };
    for (const host of hosts) {
      for (const el of A.all(host.press, roots)) consider(el, host.name);
      for (const el of A.all(host.press_links, roots)) consider(el, host.name, { link: true });
    }
    const texts = [...hosts.map(h => [h.name, A.pattern(h.more)]), ['general', A.pattern(general.more)]];
    for (const el of A.all([A.BUTTONS], roots)) {
      const key = label(el);
      // Most buttons say something else than that, and the same as when they were asked last.
      if (other.get(el) === key) continue;
      const names = A.names(el).filter(n => n.length < 80);
      const by = texts.find(([, pattern]) => names.some(n => pattern.test(n)));
      if (!by) { other.set(el, key); continue; }
      // What holds a button that says so is not it.
      const inner = A.query(el, A.BUTTONS).some(i => i !== el && A.names(i).some(n => by[1].test(n)));
      if (!inner) consider(el, by[0]);
    }
    for (const el of A.all(general.accordions, roots)) consider(el, 'accordions', { once: true });

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
