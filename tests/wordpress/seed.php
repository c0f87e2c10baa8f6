<?php
// Fills a site as a municipality's would be: posts, comment trees, pictures, a page, and what must stay unseen.
// argv: the number of posts. Prints as JSON what it made. Each text holds a word of its own, such as P0173X,
// that no line break can divide. The same number gives the same site, apart from the ids of its database.
mt_srand(20261121);
$number = (int) ($argv[1] ?? 250);

const SENTENCES = [
    'Biblioteket på Centrumgatan har öppet till klockan 19 på torsdagar.',
    'Vattnet stängs av i kvarteret Ängen mellan klockan 8 och 12, ställ gärna undan en tillbringare.',
    'Kommunstyrelsen sammanträder i Mötesplatsen, och mötet sänds direkt på webben 📺.',
    'Vi söker dig som vill arbeta som undersköterska – ansök senast den sista i månaden.',
    'Nu är skridskobanan på Fågelviken spolad ⛸️ och lamporna lyser till klockan 21.',
    '”Det här har vi väntat på länge”, säger Björn Åkesson på tekniska kontoret.',
    'Återvinningscentralen håller stängt på trettondedag jul; sopbilen kör som vanligt.',
    'Elever i årskurs 6 på Häggetorpsskolan har byggt en bro av glasspinnar som höll för 42 kg.',
    'Synpunkter på detaljplanen för Smulebergs industriområde lämnas skriftligt före den 14 mars.',
    'Förskolan Räven får ny gård: rutschkana, sandlåda och ett äppelträd 🌳.',
    'Räddningstjänsten råder till försiktighet med öppen eld i skog & mark.',
    'Välkommen på nationaldagsfirande i Sågängen, kaffe 25 kr – barn under 7 år går in gratis!',
    'Snöröjningen börjar på gång- och cykelvägarna, därefter huvudgatorna.',
    'Avgiften är < 100 kr för de flesta hushåll och > 300 kr för några få.',
];
const TITLES = [
    'Öppettider i jul', 'Vägarbete på Storgatan & Kyrkogatan', 'Ny förskola byggs i Häggetorp', 'Sök bidrag till föreningar',
    'Så går det till när det snöar ❄️', 'Kommunfullmäktige i korthet', '”Årets företagare” är utsedd', 'Dricksvattnet är åter tjänligt',
    'Lediga jobb – vecka 12', 'Frågor & svar om avfallstaxan', 'Simhallen <stänger> för underhåll', 'Tack alla som tyckte till!',
];
const NAMES = ['Märta Ek', 'Göran Åström', 'Fatima Al-Sayed', 'Lars-Åke Sjöö', 'Zoë Žižková', 'Anonym i Tibro', 'Éva Nagy', '李娜', 'Bengt O’Hara'];
const REMARKS = [
    'Tack för informationen!', 'När blir det klart? Det har stått stilla sedan i höstas.', 'Bra jobbat 👏👏',
    'Gäller det även Kyrkefalla?', 'Jag ringde växeln men fick inget svar…', 'Se även <a href="https://www.tibro.example/avfall">avfall</a>.',
    "Två rader:\nen till.", 'Håller med Göran, det är för mörkt vid busshållplatsen.',
];

function pick(array $from): string
{
    return $from[mt_rand(0, count($from) - 1)];
}

function must(mixed $made): mixed
{
    if (is_wp_error($made) || !$made) {
        fwrite(STDERR, (is_wp_error($made) ? $made->get_error_message() : 'WordPress made nothing') . "\n");
        exit(1);
    }
    return $made;
}

function stamp(int $time): array
{
    return [get_date_from_gmt(gmdate('Y-m-d H:i:s', $time)), gmdate('Y-m-d H:i:s', $time)];
}

function body(string $marker): string
{
    $paragraphs = [];
    foreach (range(0, mt_rand(1, 4)) as $_) {
        $sentences = array_map(fn () => pick(SENTENCES), range(0, mt_rand(0, 3)));
        $paragraphs[] = '<p>' . implode(' ', array_map('esc_html', $sentences)) . '</p>';
    }
    switch (mt_rand(0, 6)) {
        case 0:
            $paragraphs[] = '<h2>Det här gäller</h2><ul><li>Måndag–fredag 8–17</li><li>Lördag <strong>stängt</strong></li></ul>';
            break;
        case 1:
            $paragraphs[] = '<blockquote><p>Vi gör det <em>tillsammans</em>.</p></blockquote>';
            break;
        case 2:
            $paragraphs[] = '<p>Läs mer på <a href="https://www.tibro.example/nyheter?id=7&amp;visa=alla">kommunens webbplats</a>.</p>';
            break;
    }
    $paragraphs[] = "<p>Referens $marker.</p>";
    return implode("\n\n", $paragraphs);
}

function picture(int $number, string $kind, string $alt): array
{
    $image = imagecreatetruecolor(600, 400);
    for ($y = 0; $y < 400; $y += 8) {
        $colour = imagecolorallocate($image, mt_rand(0, 255), (int) ($y * 255 / 400), 255 - (int) ($y * 255 / 400));
        imagefilledrectangle($image, 0, $y, 599, $y + 7, $colour);
    }
    imagestring($image, 5, 20, 180, "Bild $number", imagecolorallocate($image, 255, 255, 255));
    ob_start();
    match ($kind) {
        'png' => imagepng($image),
        'gif' => imagegif($image),
        'webp' => imagewebp($image),
        default => imagejpeg($image, null, 85),
    };
    $bytes = ob_get_clean();
    $file = wp_upload_bits("bild-$number.$kind", null, $bytes, '2026/01');
    if (!empty($file['error'])) {
        must(new WP_Error('upload', $file['error']));
    }
    $id = must(wp_insert_attachment([
        'post_title' => "Bild $number", 'post_mime_type' => $file['type'], 'post_status' => 'inherit', 'post_excerpt' => "Bildtext $number",
    ], $file['file'], 0, true));
    wp_update_attachment_metadata($id, wp_generate_attachment_metadata($id, $file['file']));
    if ($alt !== '') {
        update_post_meta($id, '_wp_attachment_image_alt', $alt);
    }
    return ['id' => $id, 'url' => $file['url'], 'sha256' => hash('sha256', $bytes), 'bytes' => strlen($bytes), 'type' => $file['type'], 'alt' => $alt];
}

function comment(int $post, string $marker, int $parent, int $time, string|int $approved = 1): array
{
    [$local, $gmt] = stamp($time);
    $author = pick(NAMES);
    $id = must(wp_insert_comment(wp_slash([
        'comment_post_ID' => $post, 'comment_parent' => $parent, 'comment_author' => $author, 'comment_author_email' => "g$time@example.org",
        'comment_author_IP' => '192.0.2.7', 'comment_content' => pick(REMARKS) . " $marker", 'comment_date' => $local, 'comment_date_gmt' => $gmt,
        'comment_approved' => $approved,
    ])));
    return ['id' => $id, 'post' => $post, 'parent' => $parent, 'marker' => $marker, 'author' => $author];
}

function publish(string $title, string $content, int $time, array $more = []): int
{
    [$local, $gmt] = stamp($time);
    return must(wp_insert_post(wp_slash($more + [
        'post_title' => $title, 'post_content' => $content, 'post_status' => 'publish', 'post_author' => 1, 'post_date' => $local, 'post_date_gmt' => $gmt,
    ]), true));
}

wp_defer_term_counting(true);
wp_defer_comment_counting(true);
wp_suspend_cache_invalidation(false);
$categories = array_map(fn ($name) => wp_create_category($name), ['Bygga & bo', 'Förskola och skola', 'Kommun & politik']);
$made = ['posts' => [], 'pages' => [], 'comments' => [], 'held' => [], 'spam' => [], 'media' => [], 'unpublished' => []];

$kinds = ['jpg', 'jpg', 'png', 'jpg', 'webp', 'gif'];
for ($i = 1; $i <= intdiv($number + 11, 12); $i++) {
    // Every fourth picture lacks its alternative text, as on real sites.
    $made['media'][] = picture($i, $kinds[$i % count($kinds)], $i % 4 ? "Ett färgfält, bild $i, med text i mitten" : '');
}

$start = gmmktime(7, 30, 0, 1, 8, 2024);
$said = 0;
for ($i = 1; $i <= $number; $i++) {
    $marker = sprintf('P%04dX', $i);
    $title = TITLES[$i % count(TITLES)] . ($i >= count(TITLES) ? " ($i)" : '');
    $time = $start + $i * 86400 * 2 + mt_rand(0, 36000);
    $content = body($marker);
    $media = [];
    $more = ['post_category' => [$categories[$i % 3]], 'tags_input' => $i % 5 ? [] : ['tibro', 'nyhet']];
    if ($i % 12 === 1) {
        $one = $made['media'][intdiv($i, 12)];
        $content .= sprintf("\n\n<figure class=\"wp-block-image\"><img src=\"%s\" alt=\"%s\" class=\"wp-image-%d\"/><figcaption>Foto: kommunen</figcaption></figure>",
            esc_url($one['url']), esc_attr($one['alt']), $one['id']);
        $media[] = $one['id'];
    }
    $id = publish($title, $content, $time, $more);
    foreach ($media as $one) {
        wp_update_post(['ID' => $one, 'post_parent' => $id]);
        if ($i % 24 === 1) {
            set_post_thumbnail($id, $one);
        }
    }
    $made['posts'][] = ['id' => $id, 'title' => $title, 'marker' => $marker, 'media' => $media, 'link' => get_permalink($id)];
    if ($i % 5 === 0) {
        // A question, two answers, and answers to the answer.
        $next = function (int $parent) use (&$made, &$said, $id, $time) {
            $said++;
            $made['comments'][] = $one = comment($id, sprintf('C%04dX', $said), $parent, $time + 600 * $said);
            return $one['id'];
        };
        $question = $next(0);
        $answer = $next($question);
        $next($answer);
        $next($question);
        if ($i % 25 === 0) {
            $next($answer);
            $next(0);
        }
    }
}
if ($number > 0) {
    $end = $start + ($number + 1) * 86400 * 2;
    $last = end($made['posts'])['id'];
    $made['held'][] = comment($last, 'H0001X', 0, $end, 0);
    $made['held'][] = comment($last, 'H0002X', $made['comments'] ? end($made['comments'])['id'] : 0, $end + 60, 0);
    $made['spam'][] = comment($last, 'S0001X', 0, $end + 120, 'spam');
    $made['pages'][] = ['id' => publish('Om kommunen', body('A0001X'), $start, ['post_type' => 'page']), 'marker' => 'A0001X'];
    $made['unpublished'][] = ['id' => publish('Utkast', body('U0001X'), $end, ['post_status' => 'draft']), 'marker' => 'U0001X'];
    $made['unpublished'][] = ['id' => publish('Internt', body('U0002X'), $end, ['post_status' => 'private']), 'marker' => 'U0002X'];
}
wp_defer_term_counting(false);
wp_defer_comment_counting(false);
echo json_encode($made, JSON_UNESCAPED_UNICODE | JSON_UNESCAPED_SLASHES), "\n";
