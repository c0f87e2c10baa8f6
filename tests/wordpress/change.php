<?php
// What happens to a site between two snapshots. argv: edit POST TEXT | delete POST | trash POST | publish POST | post TITLE TEXT
// | draft POST | protect TITLE TEXT | comment POST PARENT TEXT | hold COMMENT | approve COMMENT | spam COMMENT
// | trashcomment COMMENT | uncomment COMMENT | maintenance 0/1 | revoke 1. Prints the id it touched or made.
function must(mixed $made): mixed
{
    if (is_wp_error($made) || !$made) {
        fwrite(STDERR, (is_wp_error($made) ? $made->get_error_message() : 'WordPress refused') . "\n");
        exit(1);
    }
    return $made;
}

[, $verb, $what] = $argv;
$id = (int) $what;
switch ($verb) {
    case 'edit':
        must(wp_update_post(wp_slash(['ID' => $id, 'post_content' => $argv[3]]), true));
        break;
    case 'delete':
        must(wp_delete_post($id, true));
        break;
    case 'trash':
        must(wp_trash_post($id));
        break;
    case 'publish':
        must(wp_untrash_post($id));
        must(wp_update_post(['ID' => $id, 'post_status' => 'publish'], true));
        break;
    case 'post':
    case 'protect':
        $password = $verb === 'protect' ? 'endast-namnden' : '';
        $id = must(wp_insert_post(wp_slash([
            'post_title' => $what, 'post_content' => $argv[3], 'post_status' => 'publish', 'post_author' => 1, 'post_password' => $password,
        ]), true));
        break;
    case 'comment':
        $id = must(wp_insert_comment(wp_slash([
            'comment_post_ID' => $id, 'comment_parent' => (int) $argv[3], 'comment_author' => 'Märta Ek', 'comment_author_email' => 'marta@example.org',
            'comment_content' => $argv[4], 'comment_approved' => 1,
        ])));
        break;
    case 'hold':
        must(wp_set_comment_status($id, 'hold', true));
        break;
    case 'approve':
        must(wp_set_comment_status($id, 'approve', true));
        break;
    case 'spam':
        must(wp_set_comment_status($id, 'spam', true));
        break;
    case 'trashcomment':
        must(wp_trash_comment($id));
        break;
    case 'draft':
        must(wp_update_post(['ID' => $id, 'post_status' => 'draft'], true));
        break;
    case 'maintenance':
        // As an update leaves a site, for this site alone: see closed.php.
        update_option('arkivd_test_maintenance', (string) $id);
        break;
    case 'revoke':
        WP_Application_Passwords::delete_all_application_passwords(1);
        break;
    case 'uncomment':
        must(wp_delete_comment($id, true));
        break;
    default:
        fwrite(STDERR, "unknown verb '$verb'\n");
        exit(2);
}
echo $id, "\n";
