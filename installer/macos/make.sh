#!/usr/bin/env bash
# Signs the .app of DIST, makes a .pkg of it, and has it notarised where credentials are given.
#   MACOS_APPLICATION_IDENTITY, MACOS_INSTALLER_IDENTITY   names of certificates in the keychain; else ad hoc
#   MACOS_NOTARY_PROFILE                                   of `xcrun notarytool store-credentials`
set -euo pipefail
dist=$(cd "$1" && pwd) here=$(cd "$(dirname "$0")" && pwd)
app="$dist/VERTE Desktop.app"
version=$(head -n 1 "$dist/verte/VERSION")
cp -R "$dist/verte/licences" "$dist/verte/sbom.cdx.json" "$dist/verte/VERSION" "$app/Contents/Resources/"
identity=${MACOS_APPLICATION_IDENTITY:--}
# From the inside out: a signature covers those within.
find "$app/Contents" -type f \( -name '*.dylib' -o -name '*.so' -o -perm -u+x \) -print0 |
  while IFS= read -r -d '' file; do
    if file -b "$file" | grep -q Mach-O; then
      codesign --force --timestamp --options runtime --entitlements "$here/entitlements.plist" --sign "$identity" "$file" ||
        codesign --force --sign "$identity" "$file"
    fi
  done
codesign --force --options runtime --entitlements "$here/entitlements.plist" --sign "$identity" "$app"
codesign --verify --deep --strict "$app"
package="$dist/VERTE-$version.pkg"
pkgbuild --component "$app" --install-location /Applications --identifier org.verte.desktop --version "$version" \
  ${MACOS_INSTALLER_IDENTITY:+--sign "$MACOS_INSTALLER_IDENTITY"} "$package"
if [ -n "${MACOS_NOTARY_PROFILE:-}" ]; then
  xcrun notarytool submit "$package" --keychain-profile "$MACOS_NOTARY_PROFILE" --wait
  xcrun stapler staple "$package"
else
  echo "No credentials for notarisation are given: Gatekeeper will ask before the first start."
fi
