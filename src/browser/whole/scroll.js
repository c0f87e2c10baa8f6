// Down to the end, as far and as fast as the page follows.
(A => {
  /// What scrolls: the page itself, or the one element in it that is nearly the whole window (single-page applications).
  A.scroller = () => {
    const page = document.scrollingElement instanceof Element ? document.scrollingElement : A.root();
    if (page.scrollHeight > innerHeight * 1.1) return page;
    if (A.inner && A.inner.isConnected && A.inner.scrollHeight > A.inner.clientHeight + 50) return A.inner;
    let best = null, most = 0;
    for (const el of new Set([[.5, .5], [.5, .8], [.3, .5], [.7, .5]].flatMap(([x, y]) => document.elementsFromPoint(x * innerWidth, y * innerHeight)))) {
      for (let up = el; up && up !== page && up !== A.body(); up = A.parent(up)) {
        if (up.scrollHeight <= up.clientHeight + 50 || !/auto|scroll|overlay/.test(A.style(up).overflowY)) continue;
        const r = A.rect(up), size = r.width * r.height;
        if (size > most && r.width > innerWidth * .4 && r.height > innerHeight * .6) { best = up; most = size; }
      }
    }
    A.inner = best;
    return best || page;
  };

  // Posts that were there at some time, by what tells them apart: lists that let go of what is out of sight show fewer at the end.
  const known = new Set();
  const mark = el => el.id || A.attribute(Element.prototype.querySelector.call(el, 'a[href]') || el, 'href') || (el.textContent || '').slice(0, 120);
  A.posts = (selectors, roots = A.roots()) => {
    for (const s of selectors) {
      const found = A.all([s], roots);
      if (!found.length) continue;
      if (known.size < 20000) for (const el of found.slice(-400)) known.add(mark(el));
      return found.length;
    }
    return 0;
  };

  /// Which of the platforms that are known by signs this page is of.
  A.here = ({ hosts }) => hosts.filter(h => A.all(h.signs).length).map(h => h.name);

  A.measure = ({ posts }) => {
    const s = A.scroller(), n = A.posts(posts);
    return {
      height: Math.round(s.scrollHeight), width: Math.round(A.root().scrollWidth), posts: n, known: known.size,
      window: [innerWidth, innerHeight],
      end: s.scrollTop + s.clientHeight >= s.scrollHeight - 2,
    };
  };

  /// Scrolls on until the end, or for so long; a frame for each step, in which the page sees where it is.
  A.scroll = async ({ ms, share, steps, height, posts, most }) => {
    const s = A.scroller(), end = performance.now() + ms;
    const eager = A.eager(), roots = A.roots();
    let n = 0, there = A.posts(posts, roots);
    while (n < steps && performance.now() < end) {
      if (s.scrollTop + s.clientHeight >= s.scrollHeight - 2) break;
      if (s.scrollTop + s.clientHeight >= height) break;
      const before = s.scrollTop;
      s.scrollTo({ top: before + Math.max(200, s.clientHeight * share), behavior: 'instant' });
      n++;
      await A.frame();
      // A list that lets go of posts has few at a time; one that keeps them is counted now and then.
      if (there < 100 || n % 8 === 0) there = A.posts(posts, roots);
      if (there >= most) break;
      if (s.scrollTop <= before) break;
    }
    return { steps: n, eager, at: Math.round(s.scrollTop + s.clientHeight), ...A.measure({ posts }) };
  };

  /// Waits until the page is higher or has more posts than it was told.
  let asked = 0;
  A.grown = ({ height, known: before, posts, ms }) => {
    const mine = ++asked;
    // One that nobody waits for any more ends with the next.
    return A.until(() => mine !== asked || larger(height, before, posts), ms, 40);
  };
  const larger = (height, before, posts) => {
    const m = A.measure({ posts });
    return m.height > height + 4 || m.known > before;
  };

  /// A little up and down again: what loads more on movement is told of one.
  A.nudge = async () => {
    const s = A.scroller(), at = s.scrollTop;
    s.scrollTo({ top: Math.max(0, at - s.clientHeight), behavior: 'instant' });
    await A.frame();
    s.scrollTo({ top: s.scrollHeight, behavior: 'instant' });
    await A.frame();
    return true;
  };

  A.top = async () => {
    const s = A.scroller();
    s.scrollTo({ top: 0, behavior: 'instant' });
    window.scrollTo({ top: 0, left: 0, behavior: 'instant' });
    await A.frame();
    await A.frame();
    return true;
  };
})(arkivd);
