<?php
// Several sites share one database and one set of files; the environment says which one this is.
$site = getenv('ARKIVD_WP_SITE') ?: 'main';
$port = getenv('ARKIVD_WP_PORT');
define('DB_NAME', 'wordpress');
define('DB_USER', 'wordpress');
define('DB_PASSWORD', '@PASSWORD@');
define('DB_HOST', '127.0.0.1:@PORT@');
define('DB_CHARSET', 'utf8mb4');
define('DB_COLLATE', '');
$table_prefix = $site . '_';
define('WP_HOME', "http://127.0.0.1:$port");
define('WP_SITEURL', "http://127.0.0.1:$port");
define('UPLOADS', "wp-content/uploads/$site");
// "local" allows application passwords without TLS.
define('WP_ENVIRONMENT_TYPE', 'local');
define('WP_HTTP_BLOCK_EXTERNAL', true);
define('DISABLE_WP_CRON', true);
define('AUTOMATIC_UPDATER_DISABLED', true);
define('WP_DEFAULT_THEME', 'twentytwentyone');
if (getenv('ARKIVD_WP_INSTALLING')) {
    define('WP_INSTALLING', true);
}
foreach (['AUTH_KEY', 'SECURE_AUTH_KEY', 'LOGGED_IN_KEY', 'NONCE_KEY', 'AUTH_SALT', 'SECURE_AUTH_SALT', 'LOGGED_IN_SALT', 'NONCE_SALT'] as $key) {
    define($key, hash('sha256', $key . DB_PASSWORD));
}
if (!defined('ABSPATH')) {
    define('ABSPATH', __DIR__ . '/');
}
require_once ABSPATH . 'wp-settings.php';
