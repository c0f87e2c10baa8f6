<?php
// Nothing leaves: no mail, no request to any other server, no flood or duplicate check on comments.
add_filter('pre_wp_mail', '__return_true');
add_filter('pre_http_request', fn () => new WP_Error('closed', 'no way out'));
add_filter('comment_flood_filter', '__return_false', 99);
