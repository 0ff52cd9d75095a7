import { WORDPRESS_CONTENT } from './_paths';

export const WORDPRESS_OBJECT_CACHE = `${WORDPRESS_CONTENT}/object-cache.php`;

/**
 * A drop-in of WordPress, by php-memcached. Servers that don't answer are asked again after some seconds and are never left
 * out: another server would have their keys by then on one web server and not on the next. Without servers it keeps things
 * for one request, as WordPress does by itself.
 */
export const WORDPRESS_OBJECT_CACHE_CODE = `<?php
// Written by firesteel configure; changes made here do not last.
defined('ABSPATH') || exit;

final class WP_Object_Cache
{
    private const LONGEST = 30 * 86400;
    private array $kept = [];
    private array $local = [];
    private ?Memcached $remote = null;
    public int $cache_hits = 0;
    public int $cache_misses = 0;

    public function __construct(private string $salt, array $servers)
    {
        if ($servers === [] || !class_exists('Memcached')) {
            return;
        }
        $wanted = array_map(fn ($server) => [strtok($server, ':'), (int) strtok(':')], $servers);
        $this->remote = new Memcached('wordpress ' . implode(' ', $servers));
        if ($this->remote->getServerList() !== []) {
            return;
        }
        $this->remote->setOptions([
            Memcached::OPT_LIBKETAMA_COMPATIBLE => true,
            Memcached::OPT_TCP_NODELAY => true,
            Memcached::OPT_CONNECT_TIMEOUT => 200,
            Memcached::OPT_POLL_TIMEOUT => 500,
            Memcached::OPT_RETRY_TIMEOUT => 5,
        ]);
        $this->remote->addServers($wanted);
    }

    public function add($key, $data, $group, $expire): bool
    {
        if (function_exists('wp_suspend_cache_addition') && wp_suspend_cache_addition()) {
            return false;
        }
        return $this->store('add', $key, $data, $group, $expire);
    }

    public function replace($key, $data, $group, $expire): bool
    {
        return $this->store('replace', $key, $data, $group, $expire);
    }

    public function set($key, $data, $group, $expire): bool
    {
        return $this->store('set', $key, $data, $group, $expire);
    }

    public function get($key, $group, $force, &$found)
    {
        $id = $this->id($key, $group);
        $found = array_key_exists($id, $this->kept);
        if ($this->remotely($group) && ($force || !$found)) {
            $value = $this->remote->get($id);
            $found = $this->remote->getResultCode() === Memcached::RES_SUCCESS;
            unset($this->kept[$id]);
            if ($found) {
                $this->kept[$id] = $value;
            }
        }
        $found ? $this->cache_hits++ : $this->cache_misses++;
        return $found ? $this->copy($this->kept[$id]) : false;
    }

    public function getMultiple($keys, $group, $force): array
    {
        $ids = [];
        foreach ($keys as $key) {
            $ids[$key] = $this->id($key, $group);
        }
        $asked = array_filter($ids, fn ($id) => $force || !array_key_exists($id, $this->kept));
        if ($asked !== [] && $this->remotely($group)) {
            $this->kept = ($this->remote->getMulti(array_values($asked)) ?: []) + array_diff_key($this->kept, array_flip($asked));
        }
        return array_map(fn ($id) => array_key_exists($id, $this->kept) ? $this->copy($this->kept[$id]) : false, $ids);
    }

    public function delete($key, $group): bool
    {
        $id = $this->id($key, $group);
        $was = array_key_exists($id, $this->kept);
        unset($this->kept[$id]);
        return $this->remotely($group) ? $this->remote->delete($id) : $was;
    }

    public function add_to($key, $offset, $group)
    {
        $value = $this->get($key, $group, true, $found);
        if (!$found) {
            return false;
        }
        $value = max(0, (is_numeric($value) ? (int) $value : 0) + (int) $offset);
        $this->set($key, $value, $group, 0);
        return $value;
    }

    public function flush(): bool
    {
        $this->kept = [];
        return $this->remote === null || $this->remote->flush();
    }

    public function forget(): bool
    {
        $this->kept = [];
        return true;
    }

    public function keepLocal(array $groups): void
    {
        $this->local += array_fill_keys($groups, true);
    }

    private function store(string $how, $key, $data, $group, $expire): bool
    {
        $id = $this->id($key, $group);
        $data = $this->copy($data);
        $known = array_key_exists($id, $this->kept);
        if ($this->remotely($group)) {
            $expire = max(0, (int) $expire);
            $until = $expire > self::LONGEST ? time() + $expire : $expire;
            if (($how === 'add' && $known) || !$this->remote->$how($id, $data, $until)) {
                if ($how === 'set') {
                    $this->remote->delete($id);
                }
                return false;
            }
        } elseif (($how === 'add' && $known) || ($how === 'replace' && !$known)) {
            return false;
        }
        $this->kept[$id] = $data;
        return true;
    }

    private function remotely($group): bool
    {
        return $this->remote !== null && !isset($this->local[$group ?: 'default']);
    }

    private function id($key, $group): string
    {
        $id = $this->salt . ($group ?: 'default') . ':' . $key;
        return strlen($id) > 200 || preg_match('/[^\\x21-\\x7e]/', $id) ? $this->salt . sha1($id) : $id;
    }

    private function copy($value)
    {
        return is_object($value) ? clone $value : $value;
    }
}

function wp_cache_init()
{
    $GLOBALS['wp_object_cache'] = new WP_Object_Cache(WP_CACHE_KEY_SALT, FIRESTEEL_CACHE);
}

function wp_cache_add($key, $data, $group = '', $expire = 0)
{
    return $GLOBALS['wp_object_cache']->add($key, $data, $group, $expire);
}

function wp_cache_replace($key, $data, $group = '', $expire = 0)
{
    return $GLOBALS['wp_object_cache']->replace($key, $data, $group, $expire);
}

function wp_cache_set($key, $data, $group = '', $expire = 0)
{
    return $GLOBALS['wp_object_cache']->set($key, $data, $group, $expire);
}

function wp_cache_get($key, $group = '', $force = false, &$found = null)
{
    return $GLOBALS['wp_object_cache']->get($key, $group, $force, $found);
}

function wp_cache_get_multiple($keys, $group = '', $force = false)
{
    return $GLOBALS['wp_object_cache']->getMultiple($keys, $group, $force);
}

function wp_cache_delete($key, $group = '')
{
    return $GLOBALS['wp_object_cache']->delete($key, $group);
}

function wp_cache_incr($key, $offset = 1, $group = '')
{
    return $GLOBALS['wp_object_cache']->add_to($key, $offset, $group);
}

function wp_cache_decr($key, $offset = 1, $group = '')
{
    return $GLOBALS['wp_object_cache']->add_to($key, -$offset, $group);
}

function wp_cache_flush()
{
    return $GLOBALS['wp_object_cache']->flush();
}

function wp_cache_flush_runtime()
{
    return $GLOBALS['wp_object_cache']->forget();
}

function wp_cache_supports($feature)
{
    return in_array($feature, ['get_multiple', 'flush_runtime'], true);
}

function wp_cache_add_non_persistent_groups($groups)
{
    $GLOBALS['wp_object_cache']->keepLocal((array) $groups);
}

function wp_cache_close()
{
    return true;
}

function wp_cache_add_global_groups($groups)
{
}

function wp_cache_switch_to_blog($blog_id)
{
}
`;
