<?php
// Installs a site without content and prints the administrator's application password.
require_once ABSPATH . 'wp-admin/includes/upgrade.php';
function fail(WP_Error $error): never
{
    fwrite(STDERR, $error->get_error_message() . "\n");
    exit(1);
}
ob_start();
$made = wp_install('Tibro kommun', 'redaktor', 'redaktor@tibro.example', true, '', wp_generate_password());
ob_end_clean();
foreach (get_posts(['post_type' => ['post', 'page'], 'post_status' => 'any', 'numberposts' => -1]) as $post) {
    wp_delete_post($post->ID, true);
}
update_option('blogdescription', 'Nyheter från kommunen');
update_option('timezone_string', 'Europe/Stockholm');
update_option('permalink_structure', '/%year%/%monthnum%/%postname%/');
update_option('comment_moderation', '0');
update_option('comment_previously_approved', '0');
update_option('thumbnail_size_w', 150);
update_option('posts_per_rss', 50);
// One scaled copy beside the original is as much as the tests look at.
update_option('large_size_w', 0);
update_option('medium_large_size_w', 0);
wp_update_user(['ID' => $made['user_id'], 'display_name' => 'Åsa Öberg', 'first_name' => 'Åsa', 'last_name' => 'Öberg']);
flush_rewrite_rules(false);
$password = WP_Application_Passwords::create_new_application_password($made['user_id'], ['name' => 'arkivd']);
if (is_wp_error($password)) {
    fail($password);
}
echo $password[0], "\n";
