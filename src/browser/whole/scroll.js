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

  // What the page took away while it was scrolled, whatever it is: a piece of each text.
  const gone = new Set(), plain = t => t.replace(/\s+/g, ' ').trim();
  let letters = 0;
  const takes = new MutationObserver(records => {
    for (const node of records.flatMap(r => [...r.removedNodes])) {
      if (!(node instanceof Element) || gone.size >= 2000 || letters > 5e7) continue;
      const raw = A.content(node);
      letters += raw.length;
      const text = plain(raw.slice(0, 4000));
      if (text.length >= 40) gone.add(text.length >= 100 ? text.slice(40, 100).trim() : text.slice(0, 60).trim());
    }
  });
  const watch = () => { for (const root of A.roots()) takes.observe(root, { childList: true, subtree: true }); };
  /// How many of them are not there now.
  A.lost = () => {
    if (!gone.size) return 0;
    const there = plain([A.body(), ...A.roots().slice(1)].filter(Boolean).map(A.content).join(' '));
    const end = performance.now() + 1000;
    let n = 0;
    for (const text of gone) {
      if (performance.now() > end) break;
      if (!there.includes(text)) n++;
    }
    return n;
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
    takes.disconnect();
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
    takes.disconnect();
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
