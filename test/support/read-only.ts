/**
 * A mount namespace in which nothing can be written, like a container's `--read-only` and the unit's
 * ProtectSystem.
 */

/**
 * Remounts every mount separately, because a read-only root does not affect what is mounted on it. Fails if
 * one stays writable.
 */
const SCRIPT = `
  while read -r _ _ _ _ point _; do
    mount -o remount,bind,ro "$(printf '%b' "$point")" || exit 1
  done < /proc/self/mountinfo
  for folder in / /tmp /var/tmp /dev/shm "$HOME"; do
    if touch "$folder/written" 2>/dev/null; then echo "$folder can be written" >&2; exit 1; fi
  done
  exec "$0" "$@"`;

/** A command to start a program through: it ends by executing its arguments. Requires root. */
export const READ_ONLY = ["unshare", "--mount", "sh", "-c", SCRIPT];
