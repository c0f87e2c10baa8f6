// Down to the end, as far and as fast as the page follows.
(A => {
  const sideways = 'textarea,select,input,option,[contenteditable],[role=listbox],[role=menu]';
  /// More stands in it than it shows, and people can scroll to it.
  const scrolls = el => {
    const high = A.clientHeight(el);
    return high > 40 && A.scrollHeight(el) > high + 20 && /auto|scroll|overlay/.test(A.style(el).overflowY) && !A.is(el, sideways);
  };

  /// What scrolls: the page itself, or the one element in it that is nearly the whole window (single-page applications).
  A.scroller = () => {
    const page = A.page();
    if (A.scrollHeight(page) > innerHeight * 1.1) return page;
    if (A.inner && A.connected(A.inner) && A.scrollHeight(A.inner) > A.clientHeight(A.inner) + 50) return A.inner;
    let best = null, most = 0;
    for (const el of new Set([[.5, .5], [.5, .8], [.3, .5], [.7, .5]].flatMap(([x, y]) => A.at(x * innerWidth, y * innerHeight)))) {
      for (let up = el; up && up !== page && up !== A.body(); up = A.parent(up)) {
        if (!scrolls(up)) continue;
        const r = A.rect(up), size = r.width * r.height;
        if (size > most && r.width > innerWidth * .4 && r.height > innerHeight * .6) { best = up; most = size; }
      }
    }
    A.inner = best;
    return best || page;
  };

  /// All else that scrolls in the page, the outer before the inner.
  A.scrollers = () => {
    const page = [A.page(), A.body(), A.root()], found = [];
    for (const root of A.roots()) {
      for (const el of A.query(root, '*')) {
        const high = A.clientHeight(el);
        if (high > 40 && A.scrollHeight(el) > high + 20 && !page.includes(el) && scrolls(el) && A.seen(el)) found.push(el);
        if (found.length >= 200) return found;
      }
    }
    return found;
  };

  // Posts that were there at some time, by what tells them apart: lists that let go of what is out of sight show fewer at the end.
  const known = new Set();
  const mark = el => A.id(el) || A.attribute(A.query(el, 'a[href]')[0] || el, 'href') || A.content(el).slice(0, 120);
  A.posts = (selectors, roots = A.roots()) => {
    for (const s of selectors) {
      const found = A.all([s], roots);
      if (!found.length) continue;
      if (known.size < 20000) for (const el of found.slice(-400)) known.add(mark(el));
      return found.length;
    }
    return 0;
  };

  // What the page took away or wrote over while it was scrolled, whatever it is, by the beginning of its text. What tells
  // how long ago is another each time it is written.
  const TIMES = /\d+[:.]\d\d(?:[:.]\d\d)?(?![\p{L}\p{N}])|\d+\s?(?:s|sek\p{L}*|sec\p{L}*|min\p{L}*|m|h|tim\p{L}*|hours?)(?![\p{L}\p{N}])/giu;
  const plain = t => t.replace(TIMES, '').replace(/\s+/g, ' ').trim();
  const UNREAD = 'script,style,noscript,template,title';
  /// Its text without what nobody reads: scripts often hold all that their page will ever show.
  const words = el => el instanceof Element && A.is(el, UNREAD) ? ''
    : A.query(el, UNREAD).map(A.content).filter(t => t.length > 11).reduce((all, t) => all.replace(t, () => ' '), A.content(el));
  const LEADS = 'a[href],img[src]';
  const lead = el => {
    const one = A.query(el, LEADS)[0] || (A.is(el, 'a[href]') ? el : null);
    const to = one && (A.attribute(one, 'href') || A.attribute(one, 'src'));
    return to && !to.startsWith('data:') ? to : null;
  };
  /// By text: where one text took the place of another, its shape and who held it. By where they lead, those without text.
  const gone = new Map(), led = new Set();
  let letters = 0;
  const took = (raw, holder) => {
    letters += raw.length;
    const text = plain(raw.slice(0, 4000)).slice(0, 100).trim();
    if (text.length >= 12 && !gone.has(text)) gone.set(text, holder && { holder, shape: text.replace(/\d+/g, '#') });
    return text;
  };
  const heard = records => {
    for (const { type, target, oldValue, removedNodes } of records) {
      const over = type === 'characterData' ? A.parent(target) : target;
      for (const node of type === 'characterData' ? [target] : removedNodes) {
        if (gone.size + led.size >= 2000 || letters > 5e7) return;
        if (node instanceof Text) {
          if (over instanceof Element && !A.is(over, UNREAD)) took(type === 'characterData' ? oldValue || '' : node.data, over);
        } else if (node instanceof Element && !took(words(node), null)) {
          const to = lead(node);
          if (to) led.add(to);
        }
      }
    }
  };
  const takes = new MutationObserver(heard);
  const watch = () => {
    for (const root of A.roots()) takes.observe(root, { childList: true, subtree: true, characterData: true, characterDataOldValue: true });
  };
  const unwatch = () => { heard(takes.takeRecords()); takes.disconnect(); };
  /// How many of them are not there now. A few short ones are what any page changes of itself.
  A.lost = () => {
    if (!gone.size && !led.size) return 0;
    const there = plain([A.body(), ...A.roots().slice(1)].filter(Boolean).map(words).join(' '));
    const end = performance.now() + 1000, shapes = new Map();
    let long = 0, short = 0;
    for (const [text, by] of gone) {
      if (performance.now() > end) break;
      if (there.includes(text)) continue;
      // A counter is one that writes the same again with other figures.
      const shape = by && (shapes.get(by.shape) || new Set());
      if (by) { shapes.set(by.shape, shape); if (shape.has(by.holder) && shape.size < 3) continue; shape.add(by.holder); }
      if (text.length >= 40) long++; else short++;
    }
    if (led.size) {
      const now = new Set(A.all([LEADS]).flatMap(el => [A.attribute(el, 'href'), A.attribute(el, 'src')]));
      for (const to of led) if (!now.has(to)) short++;
    }
    return long + (short > 10 ? short : 0);
  };

  /// Which of the platforms that are known by signs this page is of.
  A.here = ({ hosts }) => hosts.filter(h => A.all(h.signs).length).map(h => h.name);

  const ended = s => A.scrollTop(s) + A.clientHeight(s) >= A.scrollHeight(s) - 2;
  A.measure = ({ posts }) => {
    const s = A.scroller(), n = A.posts(posts);
    return {
      height: Math.round(A.scrollHeight(s)), width: Math.round(A.scrollWidth(A.root())), posts: n, known: known.size,
      window: [innerWidth, innerHeight], end: ended(s),
    };
  };

  const to = (s, top) => A.scrollTo(s, { top, behavior: 'instant' });
  /// Scrolls on until the end, or for so long, but at least once; a frame for each step, in which the page sees where it is.
  A.scroll = async ({ ms, share, steps, height, posts, most }) => {
    const s = A.scroller(), eager = A.eager(), roots = A.roots();
    let n = 0, there = A.posts(posts, roots);
    watch();
    A.hiding(roots);
    const end = performance.now() + ms;
    while (n < steps && (n === 0 || performance.now() < end)) {
      if (ended(s) || A.scrollTop(s) + A.clientHeight(s) >= height) break;
      const before = A.scrollTop(s);
      to(s, before + Math.max(200, A.clientHeight(s) * share));
      n++;
      await A.frame();
      A.fades();
      // A list that lets go of posts has few at a time; one that keeps them is counted now and then.
      if ((there > 0 && there < 100) || n % 8 === 0) there = A.posts(posts, roots);
      if (there >= most) break;
      if (A.scrollTop(s) <= before) break;
    }
    unwatch();
    return { steps: n, eager, at: Math.round(A.scrollTop(s) + A.clientHeight(s)), ...A.measure({ posts }) };
  };

  const read = new WeakMap(), moved = new Set();
  /// The same in what scrolls inside the page: each to its end, once for each height it has.
  A.inside = async ({ ms, steps }) => {
    const end = performance.now() + ms, main = A.scroller();
    let n = 0, left = 0;
    const waiting = A.scrollers().filter(el => el !== main && read.get(el) !== A.scrollHeight(el));
    if (waiting.length) watch();
    for (const s of waiting) {
      moved.add(s);
      while (!ended(s) && A.connected(s)) {
        if (performance.now() > end || n >= steps) break;
        const before = A.scrollTop(s);
        to(s, before + A.clientHeight(s) * .9);
        n++;
        await A.frame();
        if (A.scrollTop(s) <= before) break;
      }
      if (performance.now() > end || n >= steps) left++; else read.set(s, A.scrollHeight(s));
    }
    unwatch();
    return { steps: n, left };
  };

  /// Waits until the page is higher or has more posts than it was told.
  let asked = 0;
  A.grown = ({ height, known: before, posts, ms }) => {
    const mine = ++asked;
    let n = 0;
    // One that nobody waits for any more ends with the next. Posts are counted less often than heights are read.
    return A.until(() => mine !== asked || A.scrollHeight(A.scroller()) > height + 4 || (n++ % 8 === 0 && more(before, posts)), ms, 40)
      .then(yes => yes || more(before, posts));
  };
  const more = (before, posts) => { A.posts(posts); return known.size > before; };

  /// Something at the end says that more is on its way.
  A.loads = () => {
    const s = A.scroller(), from = Math.min(A.rect(s).top, 0) + A.scrollHeight(s) - innerHeight;
    const says = /^(?:laddar|hämtar|läser in|loading|fetching)[^.!?]{0,20}[.…]*$/i;
    const late = el => A.rect(el).top + (s === A.page() ? 0 : A.scrollTop(s)) >= from - 2 && A.seen(el);
    return A.all(['[aria-busy=true]', '[role=progressbar]:not([aria-valuenow])']).some(late) ||
      A.all(['div,p,span,li,td']).some(el => el.childElementCount === 0 && A.content(el).length < 40 && says.test(A.content(el).trim()) && late(el));
  };

  /// A little up and down again: what loads more on movement is told of one.
  A.nudge = async () => {
    const s = A.scroller(), at = A.scrollTop(s);
    to(s, Math.max(0, at - A.clientHeight(s)));
    await A.frame();
    to(s, A.scrollHeight(s));
    await A.frame();
    // Some load more on the wheel alone.
    const under = A.at(innerWidth / 2, innerHeight / 2)[0];
    if (under) A.dispatch(under, new WheelEvent('wheel', { bubbles: true, cancelable: true, composed: true, view: window, deltaY: 600 }));
    return true;
  };

  A.top = async () => {
    for (const s of moved) to(s, 0);
    to(A.scroller(), 0);
    window.scrollTo({ top: 0, left: 0, behavior: 'instant' });
    await A.frame();
    await A.frame();
    return true;
  };
})(arkivd);
