// What the page looks like, for who judges it.
(A => {
  A.address = () => location.href.slice(0, 4000);

  A.survey = ({ hosts, general }) => {
    const roots = A.roots(), body = A.body();
    const here = hosts.filter(h => h.hosts.length || A.all(h.signs, roots).length);
    const text = body ? A.text(body, 400000) : '';
    const inner = roots.slice(1).reduce((n, r) => n + [...r.children].reduce((m, c) => m + (c instanceof HTMLElement && !/^(style|script)$/i.test(c.tagName) ? A.text(c, 100000).length : 0), 0), 0);
    // Small enough that what asks is what it is about.
    const small = text.length + inner < 2500;
    const seen = selectors => selectors.find(s => A.all([s], roots).some(A.seen)) || null;
    const fields = A.all(['input[type=password]'], roots).filter(A.seen);
    // A form in the head of a page that shows more than it is no wall.
    const asks = el => {
      const form = A.within(el, 'form') || A.parent(el);
      const own = A.text(form, 4000).length;
      const over = A.within(el, 'dialog[open],[role=dialog],[aria-modal=true]');
      if (over) { const r = A.rect(over); return r.width * r.height > innerWidth * innerHeight * .15; }
      return text.length - own < 1500 && !A.within(el, 'nav,header,footer,aside,[role=navigation],[role=banner],[role=contentinfo],[role=complementary]');
    };
    const wall = A.covering(general), r = wall ? A.rect(wall) : null;
    const middle = wall && r.left < innerWidth / 2 && r.right > innerWidth / 2 && r.top < innerHeight / 2 && r.bottom > innerHeight / 2;
    const words = A.pattern(general.captcha_texts, false);
    const robots = small && words.exec(A.lower(`${document.title} ${text}`));
    const posts = here.flatMap(h => h.posts);
    return {
      address: location.href.slice(0, 2000), title: document.title.slice(0, 500), language: (A.attribute(A.root(), 'lang') || '').slice(0, 35),
      text: text.length + inner, elements: roots.reduce((n, x) => n + A.query(x, '*').length, 0),
      pictures: A.all(['img', 'svg', 'canvas', 'video', 'picture'], roots).filter(el => { const q = A.rect(el); return q.width >= 16 && q.height >= 16 && (!(el instanceof HTMLImageElement) || el.naturalWidth > 1) && A.seen(el); }).length,
      frames: A.all(['iframe', 'embed', 'object'], roots).filter(A.seen).length,
      password_fields: fields.length, password_asked: fields.some(asks),
      login_sign: seen([...here.flatMap(h => h.login_signs), ...general.login_signs]),
      captcha: (small ? seen(general.captcha) : null) || (robots ? robots[0].trim() : null),
      posts: posts.length ? A.posts(posts) : null, platform: here.length ? here[0].name : null,
      consent_wall: middle ? A.text(wall, 200) : null,
      width: A.root().scrollWidth, height: A.root().scrollHeight,
    };
  };
})(arkivd);
