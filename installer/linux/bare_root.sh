#!/usr/bin/env bash
# Installs the .deb of DIST in a bare Debian without Python, tries the program there, and removes it again.
#   bare_root.sh DIST EXAMPLES       (root; needs debootstrap)
set -euo pipefail
dist=$(realpath "$1") examples=$(realpath "$2") here=$(dirname "$(realpath "$0")")
root=$(mktemp -d)
trap 'umount "$root/proc" 2>/dev/null || true; rm -rf --one-file-system "$root"' EXIT
chmod 755 "$root"
site=$(apt-get indextargets --format '$(SITE)' "Created-By: Packages" | head -n 1)
suite=$(. /etc/os-release && echo "$VERSION_CODENAME")
debootstrap --variant=minbase --no-check-gpg "$suite" "$root" "$site" >/dev/null
if chroot "$root" sh -c 'command -v python3'; then
  echo "The root is not bare: it has a Python." >&2
  exit 1
fi
mount -t proc proc "$root/proc" 2>/dev/null || true
cp /etc/resolv.conf "$root/etc/" 2>/dev/null || true
rm -f "$root/etc/apt/sources.list"
cp -r /etc/apt/. "$root/etc/apt/"
cp -r "$examples" "$root/root/examples"
mkdir -p "$root/root/.config"
cp "$dist"/verte-desktop_*_amd64.deb "$root/root/verte.deb"
chroot "$root" apt-get update -qq
chroot "$root" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends /root/verte.deb >/dev/null
if chroot "$root" sh -c 'command -v python3'; then
  echo "The package needs a Python of the system." >&2
  exit 1
fi
python3 "$here/../smoke.py" /opt/verte-desktop /root/examples --root "$root"
chroot "$root" verte --version
# A reader's own files stay when the program goes.
echo kept > "$root/root/.config/kept"
chroot "$root" env DEBIAN_FRONTEND=noninteractive apt-get remove -y -qq verte-desktop >/dev/null
for gone in opt/verte-desktop usr/bin/verte usr/share/applications/verte-desktop.desktop; do
  if [ -e "$root/$gone" ]; then
    echo "$gone is left behind." >&2
    exit 1
  fi
done
test -e "$root/root/.config/kept"
echo "Installed, tried and removed in a bare root."
