<?php
// Runs before every script: WordPress loaded, its administrator at the keyboard.
$_SERVER['HTTP_HOST'] = '127.0.0.1:' . getenv('ARKIVD_WP_PORT');
$_SERVER['SERVER_NAME'] = '127.0.0.1';
$_SERVER['REQUEST_METHOD'] = 'GET';
$_SERVER['REQUEST_URI'] = '/';
$_SERVER['SERVER_PROTOCOL'] = 'HTTP/1.1';
require getenv('ARKIVD_WP_FILES') . '/wp-load.php';
require_once ABSPATH . 'wp-admin/includes/admin.php';
if (!wp_installing()) {
    wp_set_current_user(1);
}
