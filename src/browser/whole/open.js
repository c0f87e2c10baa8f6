// What scrolls inside the page is opened to its whole height.
(A => {
  const over = el => A.scrollHeight(el) - A.clientHeight(el);

  const let_out = el => {
    A.set(el, 'height', 'auto');
    A.set(el, 'max-height', 'none');
    A.set(el, 'overflow', 'visible');
    if (A.style(el).contain !== 'none') A.set(el, 'contain', 'none');
  };

  /// What stands in the middle of the window would grow upwards too, and out of the page.
  const lower = (el, was) => {
    const up = () => was - (A.rect(el).top + scrollY) > 2;
    for (let one = A.parent(el); one && up(); one = A.parent(one)) {
      const s = A.style(one);
      if (!/flex|grid/.test(s.display)) continue;
      A.set(one, /flex/.test(s.display) && /column/.test(s.flexDirection) ? 'justify-content' : 'align-items', 'flex-start');
      if (s.flexWrap !== 'nowrap' || /grid/.test(s.display)) A.set(one, 'align-content', 'flex-start');
    }
    for (let one = el; one && one !== A.body() && up(); one = A.parent(one)) {
      if (A.style(one).transform !== 'none') A.set(one, 'transform', 'none');
    }
    if (!up()) return;
    const by = was - (A.rect(el).top + scrollY);
    A.set(el, 'margin-top', `${parseFloat(A.style(el).marginTop) + by}px`);
  };

  /// One, and all that holds it and would cut it off. The page's own height is left alone unless it is the page that scrolls in it.
  const open = (el, is_page) => {
    const wanted = A.scrollHeight(el), above = [], was = A.rect(el).top + scrollY;
    for (let up = A.parent(el); up; up = A.parent(up)) {
      if (!is_page && (up === A.body() || up === A.root())) break;
      above.push([up, over(up)]);
    }
    const free = up => {
      const s = A.style(up), r = A.rect(up);
      if (is_page && /fixed|absolute/.test(s.position) && r.height > innerHeight * .5) {
        A.set(up, 'position', 'relative');
        A.set(up, 'inset', 'auto');
      }
    };
    free(el);
    let_out(el);
    A.set(el, 'min-height', `${wanted}px`);
    let n = 1;
    for (const [up, before] of above) {
      if (is_page) free(up);
      if (over(up) <= before + 2 && !(is_page && A.rect(up).height < wanted)) continue;
      let_out(up);
      // One that shrinks to what its own holder gives it.
      if (over(up) > before + 2) A.set(up, 'min-height', `${A.scrollHeight(up)}px`);
      n++;
    }
    lower(el, was);
    return n;
  };

  /// Returns how many elements were changed, and how many were left as they are when the time was over.
  A.opened = ({ ms }) => {
    const end = performance.now() + ms, main = A.inner && A.connected(A.inner) ? A.inner : null;
    let n = 0, left = 0;
    if (main && over(main) > 10) n += open(main, true);
    for (const el of A.scrollers()) {
      if (el === main || over(el) <= 10) continue;
      if (performance.now() > end) left++; else n += open(el, false);
    }
    return { opened: n, left };
  };
})(arkivd);
