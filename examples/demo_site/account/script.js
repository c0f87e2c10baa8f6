// The account page: posts are fetched as the reader comes to the end.
const flode = document.getElementById('flode'), slut = document.getElementById('slut');
const antal = document.body.dataset.inlagg;
let nasta = 0, hamtar = false;

const element = (namn, egenskaper = {}, ...barn) => {
  const e = Object.assign(document.createElement(namn), egenskaper);
  e.append(...barn);
  return e;
};

const knapp = (text, gor) => {
  const k = element('button', { type: 'button', className: 'visa', textContent: text });
  k.addEventListener('click', () => { gor(k); k.remove(); });
  return k;
};

const kommentar = k => {
  const ruta = element('div', { className: 'kommentar' },
    element('p', {}, element('strong', { textContent: k.vem }), ' ', element('time', { textContent: k.tid })),
    element('p', { innerHTML: k.text }));
  if (!k.svar.length) return [ruta];
  const svar = element('div', { className: 'svar' });
  const text = k.svar.length === 1 ? 'Visa 1 svar' : `Visa ${k.svar.length} svar`;
  svar.append(knapp(text, () => svar.append(...k.svar.flatMap(kommentar))));
  return [ruta, svar];
};

const inlagg = i => {
  const a = element('article', { className: 'inlagg', id: `inlagg-${i.id}` });
  const tid = element('time', { textContent: i.tid, dateTime: i.tid.replace(' ', 'T') });
  const vapen = element('img', { src: '/konto/vapen.svg', alt: '', width: 40, height: 40 });
  a.append(element('div', { className: 'vem' }, vapen, element('div', {}, element('strong', { textContent: 'Ekhamra kommun' }), tid)));
  a.append(element('h2', { textContent: i.rubrik }), element('div', { innerHTML: i.inledning }));
  if (i.resten) {
    const rest = element('div', { innerHTML: i.resten, hidden: true });
    a.append(rest, knapp('… Visa mer', () => { rest.hidden = false; }));
  }
  const bilder = element('div', { className: 'bilder' });
  for (const b of i.bilder) bilder.append(element('img', { loading: 'lazy', src: b.src, alt: b.alt, width: b.width, height: b.height }));
  a.append(bilder);
  a.append(element('p', { className: 'nal', textContent: `${i.gillar} gillar · ${i.kommentarer.length} kommentarer` }));
  const rad = element('div', { className: 'knappar' });
  for (const namn of ['Gilla', 'Kommentera', 'Dela']) {
    const k = element('button', { type: 'button', textContent: namn });
    k.addEventListener('click', () => { document.body.dataset.tryckt = `${document.body.dataset.tryckt || ''} ${namn}`; });
    rad.append(k);
  }
  a.append(rad);
  const [forsta, ...ovriga] = i.kommentarer;
  if (forsta) a.append(...kommentar(forsta));
  if (ovriga.length) a.append(knapp(`Visa fler kommentarer (${ovriga.length})`, k => k.before(...ovriga.flatMap(kommentar))));
  return a;
};

const hamta = async () => {
  if (hamtar || nasta === null) return;
  hamtar = true;
  slut.classList.add('hamtar');
  const svar = await (await fetch(`/konto/inlagg?fran=${nasta}&n=${antal}`)).json();
  flode.append(...svar.inlagg.map(inlagg));
  nasta = svar.nasta;
  hamtar = false;
  if (nasta === null) { slut.textContent = 'Det finns inga fler inlägg.'; slut.classList.remove('hamtar'); vakt.disconnect(); }
  else if (slut.getBoundingClientRect().top < innerHeight + 600) hamta();
};
const vakt = new IntersectionObserver(e => { if (e.some(x => x.isIntersecting)) hamta(); }, { rootMargin: '600px' });
vakt.observe(slut);

const samtycke = document.querySelector('.samtycke');
for (const k of samtycke.querySelectorAll('button')) {
  k.addEventListener('click', () => {
    document.cookie = `samtycke=${k.dataset.svar}; path=/konto; SameSite=Lax`;
    samtycke.classList.add('bort');
    document.body.classList.remove('last');
    setTimeout(() => samtycke.remove(), 260);
  });
}
if (document.cookie.includes('samtycke=')) { samtycke.remove(); document.body.classList.remove('last'); }
