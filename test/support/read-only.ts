/** A mount namespace in which nothing can be written: what a container's `--read-only` and the unit's ProtectSystem do. */

/** Every mount, each by itself: a read-only root leaves what is mounted on it as it is. Fails where one can be written. */
const SCRIPT = `
  while read -r _ _ _ _ point _; do
    mount -o remount,bind,ro "$(printf '%b' "$point")" || exit 1
  done < /proc/self/mountinfo
  for folder in / /tmp /var/tmp /dev/shm "$HOME"; do
    if touch "$folder/written" 2>/dev/null; then echo "$folder can be written" >&2; exit 1; fi
  done
  exec "$0" "$@"`;

/** To be started through: it ends by executing what follows. Takes root. */
export const READ_ONLY = ["unshare", "--mount", "sh", "-c", SCRIPT];
