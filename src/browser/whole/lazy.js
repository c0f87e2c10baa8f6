// Pictures and frames that wait to be seen.
(A => {
  const SOURCES = ['data-src', 'data-lazy-src', 'data-original', 'data-lazy', 'data-src-large', 'data-image', 'data-url'];
  const SETS = ['data-srcset', 'data-lazy-srcset', 'data-original-set'];
  const web = t => t && !/^\s*(javascript|data|blob|file):/i.test(t);

  /// The browser's own waiting is ended at once.
  A.eager = () => {
    let n = 0;
    for (const el of A.all(['img[loading=lazy]', 'iframe[loading=lazy]'])) {
      A.setAttribute(el, 'loading', 'eager');
      n++;
    }
    return n;
  };

  /// What a script of the page should have put in, and did not though it was scrolled into sight.
  A.filled = () => {
    let n = 0;
    const set = (el, name, value) => { A.setAttribute(el, name, value); n++; };
    for (const el of A.all(['img', 'source', 'iframe'])) {
      const has = A.attribute(el, 'src') || '';
      const waits = el instanceof HTMLImageElement ? (has === '' || has.startsWith('data:') || (el.complete && el.naturalWidth <= 1)) && !A.attribute(el, 'srcset') : has === '' && !A.attribute(el, 'srcset');
      if (!waits) continue;
      const sources = SETS.map(k => A.attribute(el, k)).find(web), source = SOURCES.map(k => A.attribute(el, k)).find(web);
      if (sources && !(el instanceof HTMLIFrameElement)) set(el, 'srcset', sources);
      if (source && !(el instanceof HTMLSourceElement)) set(el, 'src', source);
    }
    for (const el of A.all(['[data-bg]', '[data-background-image]', '[data-lazy-background]'])) {
      const source = A.attribute(el, 'data-bg') || A.attribute(el, 'data-background-image') || A.attribute(el, 'data-lazy-background');
      const plain = (source || '').replace(/^url\(\s*["']?|["']?\s*\)$/g, '');
      if (!web(plain) || A.style(el).backgroundImage !== 'none') continue;
      A.set(el, 'background-image', `url("${CSS.escape(plain).replace(/\\([^0-9a-f])/gi, '$1').replace(/"/g, '%22')}")`);
      n++;
    }
    return n;
  };

  const waiting = () => A.all(['img']).filter(el => !el.complete && A.attribute(el, 'loading') !== 'lazy').length;
  /// How many pictures are still on their way after so long.
  A.pictures = async ({ ms }) => {
    await A.until(() => waiting() === 0, ms, 40);
    return waiting();
  };
})(arkivd);
