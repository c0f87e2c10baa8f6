// What keeps its place in the window is put where it stands at the top of the page; what scrolls inside is opened.
(A => {
  /// The element that scrolls instead of the page, and what holds it, to their full height.
  A.opened = () => {
    const inner = A.inner && A.inner.isConnected ? A.inner : null;
    if (!inner || inner.scrollHeight <= inner.clientHeight + 10) return 0;
    const wanted = inner.scrollHeight;
    let n = 0;
    for (let el = inner; el; el = A.parent(el)) {
      const s = A.style(el), r = A.rect(el);
      const bounded = el === inner || el.scrollHeight > el.clientHeight + 2 || r.height < wanted;
      if (!bounded) continue;
      A.set(el, 'height', 'auto');
      A.set(el, 'max-height', 'none');
      A.set(el, 'overflow', 'visible');
      if (/fixed|absolute/.test(s.position) && r.height > innerHeight * .5) {
        A.set(el, 'position', 'relative');
        A.set(el, 'inset', 'auto');
      }
      if (s.contain !== 'none') A.set(el, 'contain', 'none');
      n++;
    }
    A.set(inner, 'min-height', `${wanted}px`);
    return n;
  };

  A.unfix = () => {
    let n = 0;
    const found = [];
    for (const root of A.roots()) {
      for (const el of A.query(root, '*')) {
        const s = A.style(el);
        if (s.position === 'fixed') found.push([el, A.rect(el), s]);
        else if (s.position === 'sticky') {
          A.set(el, 'position', 'relative');
          A.set(el, 'inset', 'auto');
          n++;
        }
      }
    }
    // Their places are read before any is moved: one may hold another.
    const places = found.map(([el, r, s]) => ({
      el, top: r.top + scrollY, left: r.left + scrollX, width: s.width, height: s.height, seen: r.width > 0 && r.height > 0,
      outside: r.width > 0 && (r.right <= 0 || r.left >= innerWidth || r.bottom <= 0 || r.top >= innerHeight),
    }));
    for (const { el, top, left, width, height, seen, outside } of places) {
      // A drawer beside the window is seen by nobody, and would make the page as wide as where it waits.
      if (outside) { A.hide(el); n++; continue; }
      A.set(el, 'position', 'absolute');
      if (seen) {
        A.set(el, 'inset', 'auto');
        A.set(el, 'top', '0px');
        A.set(el, 'left', '0px');
        A.set(el, 'width', width);
        A.set(el, 'height', height);
        A.set(el, 'margin', '0px');
        const r = A.rect(el);
        A.set(el, 'top', `${top - (r.top + scrollY)}px`);
        A.set(el, 'left', `${left - (r.left + scrollX)}px`);
      }
      n++;
    }
    return n;
  };
})(arkivd);
