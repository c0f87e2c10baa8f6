<?php
// Nothing leaves: no mail, no request to any other server, no flood or duplicate check on comments.
add_filter('pre_wp_mail', '__return_true');
add_filter('pre_http_request', fn () => new WP_Error('closed', 'no way out'));
add_filter('comment_flood_filter', '__return_false', 99);
// Maintenance, as wp_maintenance() answers while a site is updated.
add_action('init', function () {
    if (php_sapi_name() === 'cli-server' && get_option('arkivd_test_maintenance') === '1') {
        header('Retry-After: 600');
        wp_die('Briefly unavailable for scheduled maintenance.', 'Maintenance', 503);
    }
});
